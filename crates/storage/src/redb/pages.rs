//! Long records without waste. redb gives a record that is longer than its pages one of its own, as large as the next power
//! of two, so one that is a little longer takes, and writes, nearly twice its room. Of such a record the bytes that fill a
//! page stand apart, in a table where each has a page to itself; what is over stands with the other records.

use ::redb::{ReadTransaction, Table, TableDefinition, WriteTransaction};

use super::cause;
use crate::StorageError;

/// The first bytes of long records, under the same keys.
const PAGES: TableDefinition<&[u8], &[u8]> = TableDefinition::new("pages");

/// The pages of redb that records share.
const PAGE_BYTES: usize = 4_096;

/// What a page of redb's holds beside the key and the value when it holds one: its head, and where either ends.
const HEAD_BYTES: usize = 4 + 4 + 4;

/// How many of the first bytes of a value fill a page, where laying them apart saves a quarter of the room at least.
pub(super) fn filling(key: &[u8], value: &[u8]) -> Option<usize> {
    let beside = HEAD_BYTES + key.len();
    let page = (beside + value.len()).next_power_of_two() / 2;
    let filling = page.checked_sub(beside).filter(|_| page >= PAGE_BYTES)?;
    let over = value.len().checked_sub(filling)?;
    (over <= page / 2).then_some(filling)
}

/// The pages as one transaction writes them. It opens their table only when it has to: most commits have no long record.
pub(super) struct Pages<'a> {
    writing: &'a WriteTransaction,
    table: Option<Table<'a, &'static [u8], &'static [u8]>>,
}

impl<'a> Pages<'a> {
    pub fn of(writing: &'a WriteTransaction) -> Self {
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

/// A value of which the first bytes stand apart, as a whole.
pub(super) fn joined(reading: &ReadTransaction, key: &[u8], over: &[u8]) -> Result<Vec<u8>, StorageError> {
    let pages = reading.open_table(PAGES).map_err(cause("open its pages"))?;
    let page = pages.get(key).map_err(cause("read a page"))?;
    let page = page.ok_or(StorageError::Damaged { what: "page", cause: None })?;
    Ok([page.value(), over].concat())
}

#[cfg(test)]
mod tests {
    use ::redb::ReadableTableMetadata;

    use super::*;
    use crate::engine::{Commit, Engine, Operation};
    use crate::redb::RedbEngine;

    #[test]
    fn what_fills_a_page_stands_apart_where_that_saves_a_quarter() {
        let of = |bytes: usize| filling(&[0; 20], &vec![0; bytes]);
        assert_eq!(of(4_096 - 32), None, "fits a page that others share");
        assert_eq!(of(4_096 - 31), Some(4_096 - 32));
        assert_eq!(of(4_096 - 32 + 2_048), Some(4_096 - 32));
        assert_eq!(of(4_096 - 32 + 2_049), None, "takes two pages either way");
        assert_eq!(of(8_192 - 32), None, "fills its page");
        assert_eq!(of(32_768 + 81), Some(32_768 - 32));
        assert_eq!(of(0), None);
    }

    /// Long and short, alone and in runs, over each other and removed.
    #[tokio::test]
    async fn a_page_goes_with_its_record() {
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
