//! Finds records by keys that come sorted. Many stand side by side, so it walks on from the last one where that is shorter
//! than to look anew from the root.

use ::redb::{AccessGuard, Range, ReadableTable};

use super::cause;
use super::record::Record;
use super::runs::Records;
use crate::StorageError;
use crate::engine::{Key, Revision};

/// Chosen by us: with fewer keys to find, walking cannot pay.
const WORTH_A_WALK: usize = 16;

/// Records passed by before it looks anew. Measured: passing one costs about a fifth of looking.
const MAX_KEYS_PASSED: usize = 4;

/// Chosen by us: keys that lie apart show it soon, and then each is looked for by itself.
const MAX_FAILED_WALKS: usize = 4;

type Guard<'a> = AccessGuard<'a, &'static [u8]>;

pub(super) struct Finder<'a> {
    records: &'a Records<'a>,
    walk: Option<Range<'a, &'static [u8], &'static [u8]>>,
    /// Where it stands: the first record that was not passed by.
    here: Option<(Guard<'a>, Guard<'a>)>,
    vain: usize,
}

impl<'a> Finder<'a> {
    pub fn on(records: &'a Records<'a>, keys: usize) -> Self {
        let vain = if keys < WORTH_A_WALK { MAX_FAILED_WALKS } else { 0 };
        Self { records, walk: None, here: None, vain }
    }

    /// The revision of a record, if it is there. Each key comes after the one before, or is the same.
    pub fn find(&mut self, key: &Key) -> Result<Option<Revision>, StorageError> {
        if self.vain >= MAX_FAILED_WALKS {
            let found = self.records.get(key.as_slice()).map_err(cause("check a precondition"))?;
            return found.map(|found| revision(&found)).transpose();
        }
        if !self.walk_to(key)? {
            self.look_for(key)?;
        }
        let Some((found, value)) = &self.here else { return Ok(None) };
        if found.value() == key.as_slice() { revision(value).map(Some) } else { Ok(None) }
    }

    /// True when it stands where the key would be.
    fn walk_to(&mut self, key: &[u8]) -> Result<bool, StorageError> {
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

    fn look_for(&mut self, key: &[u8]) -> Result<(), StorageError> {
        let mut walk = self.records.range(key..).map_err(cause("check preconditions"))?;
        self.here = walk.next().transpose().map_err(cause("check preconditions"))?;
        self.walk = Some(walk);
        Ok(())
    }
}

fn revision(stored: &Guard<'_>) -> Result<Revision, StorageError> {
    Record::read(stored.value()).map(|record| record.revision)
}
