//! What is left of a damaged store, from whichever reader gets at it.

use async_trait::async_trait;
use bytes::Bytes;

use crate::Revision;
use crate::engine::{Key, Snapshot};
use crate::inspection::{Problem, ProblemKind, innermost};
use crate::kinds::described;
use crate::walk::{Stretch, read_stretch};

/// Reads what it can of a store, each stretch once.
#[async_trait]
pub trait RecoverySource: Send {
    /// The next stretch; none at the end.
    async fn next(&mut self) -> Option<Recovered>;

    /// Starts again from the beginning.
    fn rewind(&mut self);
}

pub enum Recovered {
    /// In whatever order. A key may come more than once, with different revisions.
    Records(Vec<RecoveredRecord>),
    /// A part that is lost.
    Unreadable(Problem),
}

/// A record as it lay in the store, its checksum included.
pub struct RecoveredRecord {
    pub key: Key,
    pub value: Bytes,
    pub revision: Revision,
    pub certainty: Certainty,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// It is part of the last commit that can be read as a whole.
    Current,
    /// It was found outside of that: it may have been changed or deleted since.
    Uncertain,
}

/// Records read at once. Chosen by us, like `PAGE`.
const AT_ONCE: usize = 1_000;

/// Recovery through an engine that still opens.
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
        match read_stretch(&*self.snapshot, &from, AT_ONCE).await {
            Stretch::Records { records, next } => {
                self.from = next;
                let recovered = records.into_iter().map(|(key, stored)| RecoveredRecord {
                    key,
                    value: stored.value,
                    revision: stored.revision,
                    certainty: Certainty::Current,
                });
                Some(Recovered::Records(recovered.collect()))
            }
            Stretch::Unreadable { fault, next } => {
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
