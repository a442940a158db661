//! An engine in memory that counts what is read.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use strongroom_storage::{
    Commit, CommitLimits, Counters, Engine, Key, MemoryEngine, Outcome, Snapshot, Span, StorageError, Stored,
};

#[derive(Default)]
pub struct Reads {
    gets: AtomicUsize,
    ranges: AtomicUsize,
    entries: AtomicUsize,
}

/// Round trips that read records by key, round trips that read a range, and the entries of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    pub gets: usize,
    pub ranges: usize,
    pub entries: usize,
}

impl Reads {
    /// What was read since the last time.
    pub fn take(&self) -> Count {
        let take = |number: &AtomicUsize| number.swap(0, Ordering::SeqCst);
        Count { gets: take(&self.gets), ranges: take(&self.ranges), entries: take(&self.entries) }
    }
}

pub struct Counted {
    engine: MemoryEngine,
    pub reads: Arc<Reads>,
}

impl Counted {
    pub fn new() -> Self {
        Self { engine: MemoryEngine::new(), reads: Arc::default() }
    }
}

#[async_trait]
impl Engine for Counted {
    fn limits(&self) -> CommitLimits {
        self.engine.limits()
    }

    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StorageError> {
        let snapshot = self.engine.snapshot().await?;
        Ok(Box::new(CountedSnapshot { snapshot, reads: self.reads.clone() }))
    }

    async fn commit(&self, commit: Commit) -> Result<Outcome, StorageError> {
        self.engine.commit(commit).await
    }

    fn counters(&self) -> Counters {
        self.engine.counters()
    }
}

struct CountedSnapshot {
    snapshot: Box<dyn Snapshot>,
    reads: Arc<Reads>,
}

#[async_trait]
impl Snapshot for CountedSnapshot {
    async fn get(&self, key: &[u8]) -> Result<Option<Stored>, StorageError> {
        self.reads.gets.fetch_add(1, Ordering::SeqCst);
        self.snapshot.get(key).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>, StorageError> {
        self.reads.gets.fetch_add(1, Ordering::SeqCst);
        self.snapshot.get_many(keys).await
    }

    async fn range(&self, span: &Span, limit: usize) -> Result<Vec<(Key, Stored)>, StorageError> {
        let found = self.snapshot.range(span, limit).await?;
        self.reads.ranges.fetch_add(1, Ordering::SeqCst);
        self.reads.entries.fetch_add(found.len(), Ordering::SeqCst);
        Ok(found)
    }
}
