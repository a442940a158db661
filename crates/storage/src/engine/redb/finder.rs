//! Finds records by sorted keys. Many are neighbours, so it scans on from the last one where that is faster than a new lookup
//! from the root.

use ::redb::{AccessGuard, Range, ReadableTable};

use super::record::Record;
use super::runs::Records;
use super::tables::cause;
use crate::StorageError;
use crate::engine::{Key, Revision};

/// Fewest keys for which scanning is tried. Our choice: with fewer it cannot be faster.
const MIN_KEYS_FOR_SCAN: usize = 16;

/// Records skipped before a new lookup. Measured: skipping one costs about a fifth of a lookup.
const MAX_KEYS_PASSED: usize = 4;

/// Failed scans before every key is looked up. Our choice: scattered keys show early.
const MAX_FAILED_SCANS: usize = 4;

type Guard<'a> = AccessGuard<'a, &'static [u8]>;

pub(super) struct Finder<'a> {
    records: &'a Records<'a>,
    walk: Option<Range<'a, &'static [u8], &'static [u8]>>,
    /// The position: the first record that was not skipped.
    here: Option<(Guard<'a>, Guard<'a>)>,
    vain: usize,
}

impl<'a> Finder<'a> {
    pub fn new(records: &'a Records<'a>, keys: usize) -> Self {
        let vain = if keys < MIN_KEYS_FOR_SCAN { MAX_FAILED_SCANS } else { 0 };
        Self { records, walk: None, here: None, vain }
    }

    /// The revision of a record, if it exists. Keys must not decrease from call to call.
    pub fn find(&mut self, key: &Key) -> Result<Option<Revision>, StorageError> {
        if self.vain >= MAX_FAILED_SCANS {
            let found = self.records.get(key.as_slice()).map_err(cause("check a precondition"))?;
            return found.map(|found| revision(&found)).transpose();
        }
        if !self.scan_to(key)? {
            self.look_up(key)?;
        }
        let Some((found, value)) = &self.here else { return Ok(None) };
        if found.value() == key.as_slice() { revision(value).map(Some) } else { Ok(None) }
    }

    /// Scans towards the key. True if the position is where the key is or would be.
    fn scan_to(&mut self, key: &[u8]) -> Result<bool, StorageError> {
        let Some(walk) = &mut self.walk else { return Ok(false) };
        for _ in 0..=MAX_KEYS_PASSED {
            match &self.here {
                Some((found, _)) if found.value() < key => {}
                Some(_) | None => return Ok(true),
            }
            self.here = walk.next().transpose().map_err(cause("check preconditions"))?;
        }
        self.vain += 1;
        Ok(false)
    }

    fn look_up(&mut self, key: &[u8]) -> Result<(), StorageError> {
        let mut walk = self.records.range(key..).map_err(cause("check preconditions"))?;
        self.here = walk.next().transpose().map_err(cause("check preconditions"))?;
        self.walk = Some(walk);
        Ok(())
    }
}

fn revision(stored: &Guard<'_>) -> Result<Revision, StorageError> {
    Record::read(stored.value()).map(|record| record.revision)
}
