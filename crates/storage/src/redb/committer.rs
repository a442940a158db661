//! The one thread that writes. It takes whatever waits, small requests first, decides one after the other inside one
//! transaction, flushes once, and only then answers.

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
use super::store::{Store, caught, guarded};
use super::{RECORDS, SEQUENCE, cause};
use crate::StorageError;
use crate::engine::{Commit, Counters, Expect, Key, Outcome, Revision};

/// Chosen by us: with more, the time of the flush no longer shows in the time of a request.
const GROUP_REQUESTS: usize = 256;

/// Chosen by us: writing this much takes longer than the flush it would save, so the next group may as well
/// wait its turn. A single commit may be larger.
const GROUP_BYTES: usize = 1024 * 1024;

/// A request up to this size is small, and does not wait for large ones. Chosen by us: far above a secret with the largest value,
/// far below an import of a thousand.
const SMALL_BYTES: usize = 128 * 1024;

pub(super) struct Request {
    pub commit: Commit,
    pub answer: oneshot::Sender<Result<Outcome, StorageError>>,
}

/// Counted for metrics only, hence without any order between the two.
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

/// Makes the tables of a new store, so that a reader finds them.
pub(super) fn prepare(database: &Database, disk: &Disk) -> Result<(), StorageError> {
    // Both copies, so that from the first flush on one of them is always whole.
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

    /// Ends when no one can ask any more and everything accepted is answered.
    pub fn run(mut self) {
        let (mut waiting, mut arrived) = (Waiting::default(), Vec::with_capacity(GROUP_REQUESTS));
        while self.accepted.blocking_recv_many(&mut arrived, GROUP_REQUESTS) > 0 {
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
                    // Whoever asked may have gone; what was done stays done.
                    let _ = request.answer.send(Ok(outcome));
                }
            }
            // One of them needs what is damaged. The others do not have to fail with it.
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
        let changed = caught(|| write(writing, group, &backend)).unwrap_or(Err(Interrupted::Broken));
        if matches!(changed, Err(Interrupted::Broken)) {
            backend.fail(WriteFailure::Stopped);
        }
        if let Some(failure) = backend.failure() {
            self.store.recover(&backend, &failure);
            return Err(failure.to_error());
        }
        let Changed { outcomes, requests, last } = changed.map_err(|interrupted| match interrupted {
            Interrupted::Rejected(fault) => fault,
            Interrupted::Broken => WriteFailure::Stopped.to_error(),
        })?;
        if requests > 0 {
            // It is durable. That the note is not written shows when the next one is not either.
            let _ = self.store.disk().acknowledge(last);
            self.tally.commits.fetch_add(1, Ordering::Relaxed);
            self.tally.requests.fetch_add(requests, Ordering::Relaxed);
        }
        Ok(outcomes)
    }
}

/// What the requests of one group came to.
struct Changed {
    outcomes: Vec<Outcome>,
    /// How many of them wrote something.
    requests: u64,
    last: u64,
}

/// Why there is nothing to answer.
enum Interrupted {
    /// The transaction was given up; others can follow.
    Rejected(StorageError),
    /// What redb has in memory is not to be trusted any more.
    Broken,
}

fn write(writing: WriteTransaction, group: &[Request], backend: &Backend) -> Result<Changed, Interrupted> {
    let changed = change(&writing, group).map_err(Interrupted::Rejected)?;
    // What was written so far may have failed already. Then there is nothing to commit.
    let done = match changed.requests > 0 && backend.failure().is_none() {
        true => writing.commit().map_err(::redb::Error::from),
        false => writing.abort().map_err(::redb::Error::from),
    };
    done.map(|()| changed).map_err(|_| Interrupted::Broken)
}

/// Each request sees what those before it in the group wrote. One that conflicts is left out.
fn change(writing: &WriteTransaction, group: &[Request]) -> Result<Changed, StorageError> {
    let mut outcomes = Vec::with_capacity(group.len());
    let mut requests = 0;
    let mut records = writing.open_table(RECORDS).map_err(cause("open its tables"))?;
    let mut pages = Pages::of(writing);
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
    Ok(Changed { outcomes, requests, last })
}

/// Requests that wait for their group, each kind in the order of arrival.
#[derive(Default)]
struct Waiting {
    small: VecDeque<Request>,
    large: VecDeque<Request>,
    /// The last group was of small requests.
    after_small: bool,
}

impl Waiting {
    fn add(&mut self, request: Request) {
        let queue = if request.commit.bytes() > SMALL_BYTES { &mut self.large } else { &mut self.small };
        queue.push_back(request);
    }

    /// The rest waits in the channel, whose bound holds callers back.
    fn is_full(&self) -> bool {
        self.small.len() + self.large.len() >= GROUP_REQUESTS
    }

    /// The first request of a kind, and those after it as long as the group stays small. Where both kinds wait they take turns:
    /// a small one waits for one group of large ones at most.
    fn next_group(&mut self) -> Option<Vec<Request>> {
        let of_small = !self.small.is_empty() && (self.large.is_empty() || !self.after_small);
        self.after_small = of_small;
        let queue = if of_small { &mut self.small } else { &mut self.large };
        let (mut group, mut bytes) = (Vec::new(), 0);
        while let Some(request) = queue.pop_front() {
            bytes += request.commit.bytes();
            group.push(request);
            let next = queue.front().map_or(0, |next| next.commit.bytes());
            if bytes + next > GROUP_BYTES || group.len() == GROUP_REQUESTS {
                break;
            }
        }
        (!group.is_empty()).then_some(group)
    }
}

fn holds(records: &Records<'_>, preconditions: &[(Key, Expect)]) -> Result<bool, StorageError> {
    let mut finder = Finder::on(records, preconditions.len());
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
    fn small_requests_do_not_wait_for_all_large_ones_before_them() {
        const LARGE: usize = 600 * 1024;
        assert_eq!(
            groups(&[LARGE, LARGE, 32, LARGE, 33]),
            [vec![32, 33], vec![LARGE], vec![LARGE], vec![LARGE]]
        );
    }

    #[test]
    fn large_requests_are_not_held_off_by_small_ones_without_end() {
        let many = [vec![32; 3 * GROUP_REQUESTS], vec![SMALL_BYTES; 9]].concat();
        let sizes: Vec<_> = groups(&many).iter().map(Vec::len).collect();
        assert_eq!(sizes, [GROUP_REQUESTS, 7, GROUP_REQUESTS, 2, GROUP_REQUESTS]);
    }
}
