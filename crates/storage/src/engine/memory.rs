//! An engine in memory, for tests. It is the model that other engines are compared with.

use std::ops::Bound;
use std::sync::{PoisonError, RwLock};

use async_trait::async_trait;
use immutable_chunkmap::map::MapM;

use super::limits::LOCAL_LIMITS;
use crate::StorageError;
use crate::engine::{
    Commit, CommitLimits, Counters, Engine, Key, Operation, Outcome, Revision, Snapshot, Span, Stored,
};

pub struct MemoryEngine {
    limits: CommitLimits,
    state: RwLock<State>,
}

impl Default for MemoryEngine {
    fn default() -> Self {
        Self::with_limits(LOCAL_LIMITS)
    }
}

#[derive(Default)]
struct State {
    /// A persistent map: a snapshot shares it, and a commit copies only the nodes that it changes.
    records: MapM<Key, Stored>,
    last: u64,
}

impl MemoryEngine {
    pub fn new() -> Self {
        Self::default()
    }

    /// With smaller limits, as shared engines have.
    pub fn with_limits(limits: CommitLimits) -> Self {
        Self { limits, state: RwLock::default() }
    }
}

#[async_trait]
impl Engine for MemoryEngine {
    fn limits(&self) -> CommitLimits {
        self.limits
    }

    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StorageError> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        Ok(Box::new(MemorySnapshot(state.records.clone())))
    }

    async fn commit(&self, commit: Commit) -> Result<Outcome, StorageError> {
        let commit = commit.prepared(self.limits)?;
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let found = |key| state.records.get(key).map(|stored: &Stored| stored.revision);
        if !commit.preconditions.iter().all(|(key, expect)| expect.holds(found(key))) {
            return Ok(Outcome::Conflict);
        }
        if commit.operations.is_empty() {
            return Ok(Outcome::Committed(Revision(state.last)));
        }

        state.last += 1;
        let revision = Revision(state.last);
        let records = &mut state.records;
        for operation in commit.operations {
            match operation {
                Operation::Put { key, value } => records.insert_cow(key, Stored { value, revision }),
                Operation::Delete { key } => records.remove_cow(&key),
            };
        }
        Ok(Outcome::Committed(revision))
    }

    fn counters(&self) -> Counters {
        let done = self.state.read().unwrap_or_else(PoisonError::into_inner).last;
        Counters { commits: done, requests: done, failures: 0 }
    }
}

struct MemorySnapshot(MapM<Key, Stored>);

#[async_trait]
impl Snapshot for MemorySnapshot {
    async fn get(&self, key: &[u8]) -> Result<Option<Stored>, StorageError> {
        Ok(self.0.get(key).cloned())
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>, StorageError> {
        Ok(keys.iter().map(|key| self.0.get(key).cloned()).collect())
    }

    async fn range(&self, span: &Span, limit: usize) -> Result<Vec<(Key, Stored)>, StorageError> {
        if span.is_empty() {
            return Ok(Vec::new());
        }
        let end = span.end.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let found = self.0.range::<Key, _>((Bound::Included(&span.start), end));
        Ok(found.take(limit).map(|(key, stored)| (key.clone(), stored.clone())).collect())
    }
}
