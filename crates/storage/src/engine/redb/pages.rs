//! Stores long records without waste. redb puts a record that is longer than a page into pages of its own and rounds up to a
//! power of two, so a slightly longer record takes nearly twice its size. Such a record is split: the bytes that fill complete
//! pages go to a table of their own, and the remainder stays with the other records.

use ::redb::{ReadTransaction, Table, TableDefinition, WriteTransaction};

use super::tables::cause;
use crate::StorageError;

/// The first parts of long records, under the same keys.
const PAGES: TableDefinition<&[u8], &[u8]> = TableDefinition::new("pages");

/// Size of the pages of redb that records share.
const PAGE_BYTES: usize = 4_096;

/// Overhead of a page with one record: its head, and the ends of key and value.
const PAGE_OVERHEAD_BYTES: usize = 4 + 4 + 4;

/// How many bytes of a value to store in pages of their own; `None` if that saves less than a quarter of the space.
pub(super) fn first_part_bytes(key: &[u8], value: &[u8]) -> Option<usize> {
    let beside = PAGE_OVERHEAD_BYTES + key.len();
    let page = (beside + value.len()).next_power_of_two() / 2;
    let first_part_bytes = page.checked_sub(beside).filter(|_| page >= PAGE_BYTES)?;
    let remainder = value.len().checked_sub(first_part_bytes)?;
    (remainder <= page / 2).then_some(first_part_bytes)
}

/// Writes first parts in one transaction. Opens their table only on demand: most commits have no long record.
pub(super) struct Pages<'a> {
    writing: &'a WriteTransaction,
    table: Option<Table<'a, &'static [u8], &'static [u8]>>,
}

impl<'a> Pages<'a> {
    pub fn new(writing: &'a WriteTransaction) -> Self {
        Self { writing, table: None }
    }

    pub fn put(&mut self, key: &[u8], bytes: &[u8]) -> Result<(), StorageError> {
        self.table()?.insert(key, bytes).map_err(cause("write a page"))?;
        Ok(())
    }

    pub fn remove(&mut self, key: &[u8]) -> Result<(), StorageError> {
        self.table()?.remove(key).map_err(cause("remove a page"))?;
        Ok(())
    }

    fn table(&mut self) -> Result<&mut Table<'a, &'static [u8], &'static [u8]>, StorageError> {
        let table = match self.table.take() {
            Some(table) => table,
            None => self.writing.open_table(PAGES).map_err(cause("open its pages"))?,
        };
        Ok(self.table.insert(table))
    }
}

/// Joins the first part and the remainder of a long value.
pub(super) fn joined(
    reading: &ReadTransaction,
    key: &[u8],
    remainder: &[u8],
) -> Result<Vec<u8>, StorageError> {
    let pages = reading.open_table(PAGES).map_err(cause("open its pages"))?;
    let page = pages.get(key).map_err(cause("read a page"))?;
    let page = page.ok_or(StorageError::Damaged { what: "page", cause: None })?;
    Ok([page.value(), remainder].concat())
}

#[cfg(test)]
mod tests {
    use ::redb::ReadableTableMetadata;

    use super::*;
    use crate::RedbEngine;
    use crate::engine::{Commit, Engine, Operation};

    #[test]
    fn value_is_split_only_if_that_saves_a_quarter_of_the_space() {
        let first_part = |bytes: usize| first_part_bytes(&[0; 20], &vec![0; bytes]);
        assert_eq!(first_part(4_096 - 32), None, "fits into a shared page");
        assert_eq!(first_part(4_096 - 31), Some(4_096 - 32));
        assert_eq!(first_part(4_096 - 32 + 2_048), Some(4_096 - 32));
        assert_eq!(first_part(4_096 - 32 + 2_049), None, "takes two pages either way");
        assert_eq!(first_part(8_192 - 32), None, "fills its page");
        assert_eq!(first_part(32_768 + 81), Some(32_768 - 32));
        assert_eq!(first_part(0), None);
    }

    /// Long and short records, single and in runs, overwritten and removed.
    #[tokio::test]
    async fn first_part_is_removed_with_its_record() {
        let folder = tempfile::tempdir().unwrap();
        let engine = RedbEngine::open(&folder.path().join("store")).unwrap();
        let key = |number: u16| number.to_be_bytes().to_vec();
        let put =
            |number: u16, bytes: usize| Operation::Put { key: key(number), value: vec![7; bytes].into() };
        let commit = async |operations: Vec<Operation>| {
            let done = engine.commit(Commit { operations, ..Commit::default() }).await.unwrap();
            assert!(matches!(done, crate::Outcome::Committed(_)));
            let reading = engine.store().unwrap().begin_read().unwrap();
            reading.transaction.open_table(PAGES).unwrap().len().unwrap()
        };
        for many in [1, 100] {
            assert_eq!(commit((0..many).map(|number| put(number, 33_000)).collect()).await, u64::from(many));
            assert_eq!(commit((0..many).map(|number| put(number, 5_000)).collect()).await, u64::from(many));
            assert_eq!(commit((0..many).map(|number| put(number, 50)).collect()).await, 0);
            assert_eq!(commit((0..many).map(|number| put(number, 5_000)).collect()).await, u64::from(many));
            let delete = |number| Operation::Delete { key: key(number) };
            assert_eq!(commit((0..many).map(delete).collect()).await, 0);
        }
    }
}
