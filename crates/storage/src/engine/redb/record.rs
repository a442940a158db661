//! The stored format of a record: the revision of its commit in 8 bytes, big-endian, then its value. The highest bit of the
//! revision marks a split record, whose first part is in a page of its own.

use crate::StorageError;
use crate::engine::Revision;

const IS_SPLIT: u64 = 1 << 63;

pub(super) struct Record<'a> {
    pub revision: Revision,
    pub begins_apart: bool,
    pub value: &'a [u8],
}

impl<'a> Record<'a> {
    pub fn read(bytes: &'a [u8]) -> Result<Self, StorageError> {
        let (number, value) =
            bytes.split_first_chunk().ok_or(StorageError::Damaged { what: "revision", cause: None })?;
        let number = u64::from_be_bytes(*number);
        let revision = Revision(number & !IS_SPLIT);
        Ok(Self { revision, begins_apart: number & IS_SPLIT != 0, value })
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        let apart = if self.begins_apart { IS_SPLIT } else { 0 };
        [&(self.revision.0 | apart).to_be_bytes(), self.value].concat()
    }
}
