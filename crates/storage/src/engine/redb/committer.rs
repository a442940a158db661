//! The thread that writes. It takes a group of waiting requests, small ones first, applies them in one redb transaction,
//! flushes once, and then answers.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ::redb::{Database, ReadableTable, WriteTransaction};
use tokio::sync::{mpsc, oneshot};

use super::backend::{Backend, WriteFailure};
use super::disk::Disk;
use super::finder::Finder;
use super::pages::Pages;
use super::runs::{Records, apply};
use super::store::{Store, catch_panic, guarded};
use super::tables::{RECORDS, SEQUENCE, cause};
use crate::StorageError;
use crate::engine::{Commit, Counters, Expect, Key, Outcome, Revision};

/// Most requests in a group. Our choice: with more, the share of the flush in the time of a request is negligible.
const MAX_GROUP_REQUESTS: usize = 256;

/// Most bytes in a group, except that a single commit may be larger. Our choice: writing more takes longer than the flush that
/// sharing saves.
const MAX_GROUP_BYTES: usize = 1024 * 1024;

/// Requests up to this size are small and do not wait for large ones. Our choice: far above a secret with the largest value, far
/// below an import of a thousand.
const SMALL_BYTES: usize = 128 * 1024;

pub(super) struct Request {
    pub commit: Commit,
    pub answer: oneshot::Sender<Result<Outcome, StorageError>>,
}

/// Counters for metrics. They are independent, so relaxed ordering is enough.
#[derive(Default)]
pub(super) struct Tally {
    commits: AtomicU64,
    requests: AtomicU64,
    failures: AtomicU64,
}

impl Tally {
    pub fn counters(&self) -> Counters {
        Counters {
            commits: self.commits.load(Ordering::Relaxed),
            requests: self.requests.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
        }
    }
}

pub(super) struct Committer {
    store: Arc<Store>,
    tally: Arc<Tally>,
    accepted: mpsc::Receiver<Request>,
}

/// Creates the tables of a new store, so that readers find them.
pub(super) fn create_tables(database: &Database, disk: &Disk) -> Result<(), StorageError> {
    // Both copies, so that one of them is intact from the first flush on.
    disk.acknowledge_twice(0).map_err(cause("write its first note"))?;
    let writing = database.begin_write().map_err(cause("begin to write"))?;
    {
        writing.open_table(RECORDS).map_err(cause("open its tables"))?;
        let mut sequence = writing.open_table(SEQUENCE).map_err(cause("open its tables"))?;
        sequence.insert((), 0).map_err(cause("write its sequence"))?;
    }
    writing.commit().map_err(cause("write its tables"))
}

impl Committer {
    pub fn new(store: Arc<Store>, tally: Arc<Tally>, accepted: mpsc::Receiver<Request>) -> Self {
        Self { store, tally, accepted }
    }

    /// Runs until all senders are dropped and every accepted request is answered.
    pub fn run(mut self) {
        let (mut waiting, mut arrived) = (Waiting::default(), Vec::with_capacity(MAX_GROUP_REQUESTS));
        while self.accepted.blocking_recv_many(&mut arrived, MAX_GROUP_REQUESTS) > 0 {
            arrived.drain(..).for_each(|request| waiting.add(request));
            while let Some(group) = waiting.next_group() {
                self.answer(group);
                while let Some(request) = self.accepted.try_recv().ok().filter(|_| !waiting.is_full()) {
                    waiting.add(request);
                }
            }
        }
    }

    fn answer(&self, group: Vec<Request>) {
        match self.commit(&group) {
            Ok(outcomes) => {
                for (request, outcome) in group.into_iter().zip(outcomes) {
                    // The caller may have stopped waiting; the commit stays.
                    let _ = request.answer.send(Ok(outcome));
                }
            }
            // One request needs a damaged page. Commit each on its own, so that the others succeed.
            Err(StorageError::Damaged { .. }) if group.len() > 1 => {
                group.into_iter().for_each(|request| self.answer(vec![request]));
            }
            Err(fault) => {
                self.tally.failures.fetch_add(1, Ordering::Relaxed);
                for request in group {
                    let _ = request.answer.send(Err(fault.clone()));
                }
            }
        }
    }

    fn commit(&self, group: &[Request]) -> Result<Vec<Outcome>, StorageError> {
        let (writing, backend) = guarded(|| self.store.begin_write())?;
        let changed = catch_panic(|| write(writing, group, &backend)).unwrap_or(Err(Interrupted::Broken));
        if matches!(changed, Err(Interrupted::Broken)) {
            backend.fail(WriteFailure::Stopped);
        }
        if let Some(failure) = backend.failure() {
            self.store.recover(&backend, &failure);
            return Err(failure.to_error());
        }
        let GroupResult { outcomes, requests, last } = changed.map_err(|interrupted| match interrupted {
            Interrupted::Rejected(fault) => fault,
            Interrupted::Broken => WriteFailure::Stopped.to_error(),
        })?;
        if requests > 0 {
            // The commit is durable, so a failure here is not an error of the commit. The next write reports it.
            let _ = self.store.disk().acknowledge(last);
            self.tally.commits.fetch_add(1, Ordering::Relaxed);
            self.tally.requests.fetch_add(requests, Ordering::Relaxed);
        }
        Ok(outcomes)
    }
}

/// The result of one group.
struct GroupResult {
    outcomes: Vec<Outcome>,
    /// The number of requests that wrote something.
    requests: u64,
    last: u64,
}

/// Why a group has no result.
enum Interrupted {
    /// The transaction was aborted; later ones are possible.
    Rejected(StorageError),
    /// The state of redb in memory can no longer be trusted.
    Broken,
}

fn write(
    writing: WriteTransaction,
    group: &[Request],
    backend: &Backend,
) -> Result<GroupResult, Interrupted> {
    let changed = apply_group(&writing, group).map_err(Interrupted::Rejected)?;
    // Earlier writes may have failed already. Then there is nothing to commit.
    let done = match changed.requests > 0 && backend.failure().is_none() {
        true => writing.commit().map_err(::redb::Error::from),
        false => writing.abort().map_err(::redb::Error::from),
    };
    done.map(|()| changed).map_err(|_| Interrupted::Broken)
}

/// Each request sees the writes of those before it in the group. A request that conflicts is left out.
fn apply_group(writing: &WriteTransaction, group: &[Request]) -> Result<GroupResult, StorageError> {
    let mut outcomes = Vec::with_capacity(group.len());
    let mut requests = 0;
    let mut records = writing.open_table(RECORDS).map_err(cause("open its tables"))?;
    let mut pages = Pages::new(writing);
    let mut sequence = writing.open_table(SEQUENCE).map_err(cause("open its tables"))?;
    let mut last = sequence.get(()).map_err(cause("read its sequence"))?.map_or(0, |last| last.value());
    for Request { commit, .. } in group {
        if !holds(&records, &commit.preconditions)? {
            outcomes.push(Outcome::Conflict);
            continue;
        }
        if !commit.operations.is_empty() {
            last += 1;
            requests += 1;
            apply(&mut records, &mut pages, &commit.operations, Revision(last))?;
        }
        outcomes.push(Outcome::Committed(Revision(last)));
    }
    if requests > 0 {
        sequence.insert((), last).map_err(cause("write its sequence"))?;
    }
    Ok(GroupResult { outcomes, requests, last })
}

/// Requests that wait for a group, each kind in order of arrival.
#[derive(Default)]
struct Waiting {
    small: VecDeque<Request>,
    large: VecDeque<Request>,
    /// Whether the last group had small requests.
    after_small: bool,
}

impl Waiting {
    fn add(&mut self, request: Request) {
        let queue = if request.commit.bytes() > SMALL_BYTES { &mut self.large } else { &mut self.small };
        queue.push_back(request);
    }

    /// Further requests wait in the bounded channel, which holds callers back.
    fn is_full(&self) -> bool {
        self.small.len() + self.large.len() >= MAX_GROUP_REQUESTS
    }

    /// The next group of one kind, up to the limits of a group. If both kinds wait they alternate, so a small request waits for at
    /// most one group of large ones.
    fn next_group(&mut self) -> Option<Vec<Request>> {
        let of_small = !self.small.is_empty() && (self.large.is_empty() || !self.after_small);
        self.after_small = of_small;
        let queue = if of_small { &mut self.small } else { &mut self.large };
        let (mut group, mut bytes) = (Vec::new(), 0);
        while let Some(request) = queue.pop_front() {
            bytes += request.commit.bytes();
            group.push(request);
            let next = queue.front().map_or(0, |next| next.commit.bytes());
            if bytes + next > MAX_GROUP_BYTES || group.len() == MAX_GROUP_REQUESTS {
                break;
            }
        }
        (!group.is_empty()).then_some(group)
    }
}

fn holds(records: &Records<'_>, preconditions: &[(Key, Expect)]) -> Result<bool, StorageError> {
    let mut finder = Finder::new(records, preconditions.len());
    for (key, expect) in preconditions {
        if !expect.holds(finder.find(key)?) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::engine::Operation;

    fn groups(bytes: &[usize]) -> Vec<Vec<usize>> {
        let mut waiting = Waiting::default();
        for bytes in bytes {
            let operations =
                vec![Operation::Put { key: b"key".to_vec(), value: Bytes::from(vec![0; *bytes]) }];
            let (answer, _) = oneshot::channel();
            waiting.add(Request { commit: Commit { preconditions: Vec::new(), operations }, answer });
        }
        let size = |request: Request| request.commit.bytes() - b"key".len();
        std::iter::from_fn(|| waiting.next_group())
            .map(|group| group.into_iter().map(size).collect())
            .collect()
    }

    #[test]
    fn small_request_waits_for_at_most_one_group_of_large_ones() {
        const LARGE: usize = 600 * 1024;
        assert_eq!(
            groups(&[LARGE, LARGE, 32, LARGE, 33]),
            [vec![32, 33], vec![LARGE], vec![LARGE], vec![LARGE]]
        );
    }

    #[test]
    fn large_requests_are_not_starved_by_small_ones() {
        let many = [vec![32; 3 * MAX_GROUP_REQUESTS], vec![SMALL_BYTES; 9]].concat();
        let sizes: Vec<_> = groups(&many).iter().map(Vec::len).collect();
        assert_eq!(sizes, [MAX_GROUP_REQUESTS, 7, MAX_GROUP_REQUESTS, 2, MAX_GROUP_REQUESTS]);
    }
}
