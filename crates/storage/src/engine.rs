//! What an engine promises: ordered keys, reads on a snapshot, and commits that are done whole, durable when
//! answered, and rejected when what they were decided on has changed.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;

use crate::StorageError;

/// Keys sort as their bytes do.
pub type Key = Vec<u8>;

/// Stores keys and values. The suite in `tests/conformance` says to the letter what each engine has to do.
#[async_trait]
pub trait Engine: Send + Sync + 'static {
    /// What one commit may hold.
    fn limits(&self) -> CommitLimits;

    /// What was committed so far, as it is at this moment. Later commits do not show in it.
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StorageError>;

    /// Does all of the operations if all of the preconditions hold, else none. Durable once answered.
    async fn commit(&self, commit: Commit) -> Result<Outcome, StorageError>;

    /// What has been written since the start.
    fn counters(&self) -> Counters;

    /// Whether it takes changes at this moment.
    fn health(&self) -> Health {
        Health::Working
    }

    /// Verifies some of the blocks that it keeps its records in, whether they are in use or not: so many, from this one on.
    /// It reads them while the caller waits.
    fn scrub(&self, _from: u64, _blocks: u64) -> Result<Scrubbed, StorageError> {
        Ok(Scrubbed::default())
    }
}

/// What a look at some blocks found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scrubbed {
    pub checked: u64,
    /// Blocks that do not match their checksum.
    pub damaged: Vec<u64>,
    /// Where to go on; nothing at the end.
    pub next: Option<u64>,
}

/// What an engine can do at this moment.
#[derive(Clone, Debug)]
pub enum Health {
    Working,
    /// It can be read but not written, and tries to write again by itself.
    ReadOnly {
        cause: StorageError,
    },
    /// It can be read and written except for what is damaged.
    Damaged {
        cause: StorageError,
    },
}

/// The state of a store at one moment.
#[async_trait]
pub trait Snapshot: Send + Sync {
    async fn get(&self, key: &[u8]) -> Result<Option<Stored>, StorageError>;

    /// The first `limit` of the keys in the span, in order.
    async fn range(&self, span: &Span, limit: usize) -> Result<Vec<(Key, Stored)>, StorageError>;
}

/// A value and the commit that wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub value: Bytes,
    pub revision: Revision,
}

/// The number of a commit. Each commit has a higher one than all before it, so that a key which is removed
/// and written anew never shows a revision it had before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

/// A stretch of keys: `start` belongs to it, `end` no more; without an `end` it goes on to the last key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    pub start: Key,
    pub end: Option<Key>,
}

impl Span {
    /// Every key that begins with `prefix`.
    pub fn prefix(prefix: Key) -> Self {
        let end = past(&prefix);
        Self { start: prefix, end }
    }

    /// What of this span comes after `key`.
    pub fn after(self, mut key: Key) -> Self {
        key.push(0);
        Self { start: self.start.max(key), end: self.end }
    }

    /// What of this span comes before `end`.
    pub fn until(self, end: Key) -> Self {
        Self { start: self.start, end: Some(self.end.map_or(end.clone(), |own| own.min(end))) }
    }

    /// Whether it can hold a key at all.
    pub fn is_empty(&self) -> bool {
        self.end.as_ref().is_some_and(|end| end <= &self.start)
    }
}

/// The first key after all that begin with `prefix`; none when the prefix is the highest there is.
fn past(prefix: &[u8]) -> Option<Key> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

/// Changes that belong together, and what they rely on.
#[derive(Clone, Debug, Default)]
pub struct Commit {
    pub preconditions: Vec<(Key, Expect)>,
    pub operations: Vec<Operation>,
}

/// What a commit relies on: a key that is not there, or one that is as it was when it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    Absent,
    At(Revision),
}

/// One change of one key. Deleting a key that is not there is no fault.
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
    /// Whether a key found at this revision, or not found, is as expected.
    pub fn holds(self, found: Option<Revision>) -> bool {
        match self {
            Self::Absent => found.is_none(),
            Self::At(revision) => found == Some(revision),
        }
    }
}

impl Commit {
    /// The bytes of all keys and values in it.
    pub fn bytes(&self) -> usize {
        self.preconditions.iter().map(|(key, _)| key.len()).sum::<usize>()
            + self.operations.iter().map(Operation::bytes).sum::<usize>()
    }

    /// What every engine does first: rejects what is too large or names a key twice (the outcome would
    /// depend on the engine), and sorts, because neighbours in key order are neighbours on disk.
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

/// By key. A secret has keys of several kinds, told by their first byte, and secrets mostly come in order: kind by kind there
/// is little left to sort.
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

/// How a commit ended.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Committed(Revision),
    /// A precondition did not hold: nothing was changed. Read again and decide anew.
    Conflict,
}

/// What one commit may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitLimits {
    pub operations: usize,
    pub bytes: usize,
}

/// What an engine has written since the start: `requests` by callers, in `commits` of its own, and how many of those
/// have failed.
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
    fn a_prefix_ends_before_its_successor() {
        assert_eq!(Span::prefix(vec![1, 2]).end, Some(vec![1, 3]));
        assert_eq!(Span::prefix(vec![1, 0xff]).end, Some(vec![2]));
        assert_eq!(Span::prefix(vec![0xff, 0xff]).end, None);
        assert_eq!(Span::prefix(vec![]).end, None);
    }

    #[test]
    fn a_commit_is_rejected_beyond_either_limit() {
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
    fn a_commit_names_a_key_once() {
        let delete = || Operation::Delete { key: vec![7] };
        let commit = Commit { preconditions: vec![], operations: vec![delete(), delete()] };
        let limits = CommitLimits { operations: 9, bytes: 99 };
        assert!(matches!(commit.prepared(limits), Err(StorageError::Malformed { .. })));
    }
}
