//! The engine contract: ordered keys, reads on a snapshot, and commits that are atomic, durable once answered, and rejected
//! if a precondition no longer holds.

mod limits;
pub mod memory;
pub mod redb;

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::StorageError;
pub use limits::CommitLimits;

/// Keys are ordered by their bytes.
pub type Key = Vec<u8>;

/// Stores keys and values. The suite in `tests/conformance` specifies what every engine must do.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// Limits of one commit.
    fn limits(&self) -> CommitLimits;

    /// The current state. Later commits do not appear in it.
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StorageError>;

    /// Applies all operations if all preconditions hold, otherwise none. Durable once answered.
    async fn commit(&self, commit: Commit) -> Result<Outcome, StorageError>;

    /// Counters since the start.
    fn counters(&self) -> Counters;

    /// Whether it can be read and written now.
    fn health(&self) -> Health {
        Health::Working
    }

    /// Verifies up to `blocks` blocks of its storage from block `from` on, in use or not. Blocks the calling thread.
    fn scrub(&self, _from: u64, _blocks: u64) -> Result<Scrubbed, StorageError> {
        Ok(Scrubbed::default())
    }
}

/// The result of a scrub of some blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scrubbed {
    pub checked: u64,
    /// Blocks that do not match their checksum.
    pub damaged: Vec<u64>,
    /// The block to continue at; `None` at the end.
    pub next: Option<u64>,
}

/// What an engine can do now.
#[derive(Clone, Debug)]
pub enum Health {
    Working,
    /// It can be read but not written. It retries writing by itself.
    ReadOnly {
        cause: StorageError,
    },
    /// It can be read and written, except for damaged parts.
    Damaged {
        cause: StorageError,
    },
}

/// The state of a store at one point in time.
#[async_trait]
pub trait Snapshot: Send + Sync {
    async fn get(&self, key: &[u8]) -> Result<Option<Stored>, StorageError>;

    /// The values of these keys, in the same order, in one round trip.
    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>, StorageError>;

    /// The first `limit` keys in the span, in order.
    async fn range(&self, span: &Span, limit: usize) -> Result<Vec<(Key, Stored)>, StorageError>;
}

/// A value and the revision of the commit that wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub value: Bytes,
    pub revision: Revision,
}

/// The number of a commit. Each commit has a higher number than all before it, so a key that is deleted and written again
/// never has an earlier revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

/// A range of keys from `start` (inclusive) to `end` (exclusive); without `end`, to the last key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub start: Key,
    pub end: Option<Key>,
}

impl Span {
    /// All keys that start with `prefix`.
    pub fn prefix(prefix: Key) -> Self {
        let end = end_of_prefix(&prefix);
        Self { start: prefix, end }
    }

    /// The part of this span after `key`.
    pub fn after(self, mut key: Key) -> Self {
        key.push(0);
        Self { start: self.start.max(key), end: self.end }
    }

    /// The part of this span before `end`.
    pub fn until(self, end: Key) -> Self {
        Self { start: self.start, end: Some(self.end.map_or(end.clone(), |own| own.min(end))) }
    }

    /// True if no key can be in it.
    pub fn is_empty(&self) -> bool {
        self.end.as_ref().is_some_and(|end| end <= &self.start)
    }
}

/// The first key after all keys that start with `prefix`; `None` if there is no such key.
fn end_of_prefix(prefix: &[u8]) -> Option<Key> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

/// Operations to apply as one, and their preconditions.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    pub preconditions: Vec<(Key, Expect)>,
    pub operations: Vec<Operation>,
}

/// A precondition: the key is absent, or it still has the revision that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    Absent,
    At(Revision),
}

/// A write of one key. Deleting an absent key is not an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    Put { key: Key, value: Bytes },
    Delete { key: Key },
}

impl Operation {
    pub fn key(&self) -> &[u8] {
        match self {
            Self::Put { key, .. } | Self::Delete { key } => key,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Put { key, value } => key.len() + value.len(),
            Self::Delete { key } => key.len(),
        }
    }
}

impl Expect {
    /// Whether the precondition holds for a key with this revision, or for an absent key.
    pub fn holds(self, found: Option<Revision>) -> bool {
        match self {
            Self::Absent => found.is_none(),
            Self::At(revision) => found == Some(revision),
        }
    }
}

impl Commit {
    /// Total bytes of keys and values.
    pub fn bytes(&self) -> usize {
        self.preconditions.iter().map(|(key, _)| key.len()).sum::<usize>()
            + self.operations.iter().map(Operation::bytes).sum::<usize>()
    }

    /// Every engine calls this first. Rejects a commit that is too large or names a key twice (whose result would depend on the
    /// engine), and sorts the operations, because neighbours in key order are neighbours on disk.
    pub fn prepared(mut self, limits: CommitLimits) -> Result<Self, StorageError> {
        let (operations, bytes) = (self.operations.len(), self.bytes());
        if operations > limits.operations || bytes > limits.bytes {
            return Err(StorageError::TooLarge { operations, bytes, limits });
        }
        self.preconditions = sorted(self.preconditions, |(key, _)| key);
        self.operations = sorted(self.operations, Operation::key);
        if self.operations.windows(2).any(|pair| matches!(pair, [one, next] if one.key() == next.key())) {
            return Err(StorageError::Malformed { problem: "it would write one key twice" });
        }
        Ok(self)
    }
}

/// Sorts by key, each kind of key (its first byte) separately. Secrets mostly arrive in order, so within one kind little is left
/// to sort.
fn sorted<T>(all: Vec<T>, key: impl Fn(&T) -> &[u8]) -> Vec<T> {
    let usual = all.len() / 4;
    let mut kinds = BTreeMap::<Option<u8>, Vec<T>>::new();
    for one in all {
        let kind = kinds.entry(key(&one).first().copied());
        kind.or_insert_with(|| Vec::with_capacity(usual)).push(one);
    }
    for kind in kinds.values_mut() {
        kind.sort_by(|one, other| key(one).cmp(key(other)));
    }
    kinds.into_values().flatten().collect()
}

/// The result of a commit.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Committed(Revision),
    /// A precondition did not hold, and nothing was changed. Read again and compute the change anew.
    Conflict,
}

/// Counters since the start: `requests` of callers, the engine `commits` that wrote them, and how many of those failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    pub commits: u64,
    pub requests: u64,
    pub failures: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefix_span_ends_before_the_next_prefix() {
        assert_eq!(Span::prefix(vec![1, 2]).end, Some(vec![1, 3]));
        assert_eq!(Span::prefix(vec![1, 0xff]).end, Some(vec![2]));
        assert_eq!(Span::prefix(vec![0xff, 0xff]).end, None);
        assert_eq!(Span::prefix(vec![]).end, None);
    }

    #[test]
    fn commit_over_either_limit_is_rejected() {
        let put = |key: u8| Operation::Put { key: vec![key], value: Bytes::from_static(b"123") };
        let commit = Commit { preconditions: vec![], operations: vec![put(2), put(1)] };
        let limits = |operations, bytes| CommitLimits { operations, bytes };
        assert!(matches!(
            commit.clone().prepared(limits(1, 100)),
            Err(StorageError::TooLarge { operations: 2, .. })
        ));
        assert!(matches!(
            commit.clone().prepared(limits(9, 7)),
            Err(StorageError::TooLarge { bytes: 8, .. })
        ));
        let sorted = commit.prepared(limits(2, 8)).unwrap();
        assert_eq!(sorted.operations, [put(1), put(2)]);
    }

    #[test]
    fn commit_that_names_a_key_twice_is_rejected() {
        let delete = || Operation::Delete { key: vec![7] };
        let commit = Commit { preconditions: vec![], operations: vec![delete(), delete()] };
        let limits = CommitLimits { operations: 9, bytes: 99 };
        assert!(matches!(commit.prepared(limits), Err(StorageError::Malformed { .. })));
    }
}
