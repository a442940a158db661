//! Sources of records for the salvage of a damaged store.

use async_trait::async_trait;
use bytes::Bytes;

use crate::Revision;
use crate::engine::{Key, Snapshot};
use crate::inspection::{Problem, ProblemKind, innermost};
use crate::kinds::described;
use crate::walk::{ScannedRange, read_range};

/// Reads the readable records of a store, range by range.
#[async_trait]
pub trait RecoverySource: Send {
    /// The next range; `None` at the end.
    async fn next(&mut self) -> Option<Recovered>;

    /// Starts again from the beginning.
    fn rewind(&mut self);
}

pub enum Recovered {
    /// Records in any order. A key may occur more than once, with different revisions.
    Records(Vec<RecoveredRecord>),
    /// A lost range.
    Unreadable(Problem),
}

/// A stored record, including its checksum.
pub struct RecoveredRecord {
    pub key: Key,
    pub value: Bytes,
    pub revision: Revision,
    pub certainty: Certainty,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// The record is part of the last commit that is completely readable.
    Current,
    /// The record was found outside of that commit: it may have been changed or deleted since.
    Uncertain,
}

/// Records read in one call. Our choice, like `PAGE`.
const RECORDS_PER_READ: usize = 1_000;

/// Reads through an engine that still opens.
pub struct SnapshotSource {
    snapshot: Box<dyn Snapshot>,
    from: Option<Key>,
}

impl SnapshotSource {
    pub fn new(snapshot: Box<dyn Snapshot>) -> Self {
        Self { snapshot, from: Some(Key::new()) }
    }
}

#[async_trait]
impl RecoverySource for SnapshotSource {
    async fn next(&mut self) -> Option<Recovered> {
        let from = self.from.take()?;
        match read_range(&*self.snapshot, &from, RECORDS_PER_READ).await {
            ScannedRange::Records { records, next } => {
                self.from = next;
                let recovered = records.into_iter().map(|(key, stored)| RecoveredRecord {
                    key,
                    value: stored.value,
                    revision: stored.revision,
                    certainty: Certainty::Current,
                });
                Some(Recovered::Records(recovered.collect()))
            }
            ScannedRange::Unreadable { fault, next } => {
                let record = match &next {
                    Some(next) => format!("records from {} to {}", described(&from), described(next)),
                    None => format!("every record from {} on", described(&from)),
                };
                self.from = next;
                let problem = Problem { record, kind: ProblemKind::Unreadable, details: innermost(&fault) };
                Some(Recovered::Unreadable(problem))
            }
        }
    }

    fn rewind(&mut self) {
        self.from = Some(Key::new());
    }
}
