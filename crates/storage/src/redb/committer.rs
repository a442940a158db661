//! The one thread that writes. It takes whatever waits, decides each request in the order of arrival inside
//! one transaction, flushes once, and only then answers.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ::redb::{Database, ReadableTable, WriteTransaction};
use tokio::sync::{mpsc, oneshot};

use super::backend::{Backend, Failure};
use super::disk::Disk;
use super::finder::Finder;
use super::pages::Pages;
use super::runs::{Records, apply};
use super::store::{Store, caught, guarded};
use super::{RECORDS, SEQUENCE, cause};
use crate::Fault;
use crate::engine::{Commit, Counters, Expect, Key, Outcome, Revision};

/// Chosen by us: with more, the time of the flush no longer shows in the time of a request.
const GROUP_REQUESTS: usize = 256;

/// Chosen by us: writing this much takes longer than the flush it would save, so the next group may as well
/// wait its turn. A single commit may be larger.
const GROUP_BYTES: usize = 4 * 1024 * 1024;

pub(super) struct Request {
    pub commit: Commit,
    pub answer: oneshot::Sender<Result<Outcome, Fault>>,
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
pub(super) fn prepare(database: &Database, disk: &Disk) -> Result<(), Fault> {
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
        let mut waiting = Vec::with_capacity(GROUP_REQUESTS);
        while self.accepted.blocking_recv_many(&mut waiting, GROUP_REQUESTS) > 0 {
            let mut waiting: VecDeque<Request> = waiting.drain(..).collect();
            while !waiting.is_empty() {
                self.answer(next_group(&mut waiting));
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
            Err(Fault::Damaged { .. }) if group.len() > 1 => {
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

    fn commit(&self, group: &[Request]) -> Result<Vec<Outcome>, Fault> {
        let (writing, backend) = guarded(|| self.store.begin_write())?;
        let changed = caught(|| write(writing, group, &backend)).unwrap_or(Err(Interrupted::Broken));
        if matches!(changed, Err(Interrupted::Broken)) {
            backend.fail(Failure::Stopped);
        }
        if let Some(failure) = backend.failure() {
            self.store.recover(&backend, &failure);
            return Err(failure.fault());
        }
        let Changed { outcomes, requests, last } = changed.map_err(|interrupted| match interrupted {
            Interrupted::Refused(fault) => fault,
            Interrupted::Broken => Failure::Stopped.fault(),
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
    Refused(Fault),
    /// What redb has in memory is not to be trusted any more.
    Broken,
}

fn write(writing: WriteTransaction, group: &[Request], backend: &Backend) -> Result<Changed, Interrupted> {
    let changed = change(&writing, group).map_err(Interrupted::Refused)?;
    // What was written so far may have failed already. Then there is nothing to commit.
    let done = match changed.requests > 0 && backend.failure().is_none() {
        true => writing.commit().map_err(::redb::Error::from),
        false => writing.abort().map_err(::redb::Error::from),
    };
    done.map(|()| changed).map_err(|_| Interrupted::Broken)
}

/// Each request sees what those before it in the group wrote. One that conflicts is left out.
fn change(writing: &WriteTransaction, group: &[Request]) -> Result<Changed, Fault> {
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

/// The first request that waits, and those after it as long as the group stays small.
fn next_group(waiting: &mut VecDeque<Request>) -> Vec<Request> {
    let mut bytes = 0;
    let mut count = 0;
    for request in waiting.iter() {
        bytes += request.commit.bytes();
        if count > 0 && bytes > GROUP_BYTES {
            break;
        }
        count += 1;
    }
    waiting.drain(..count).collect()
}

fn holds(records: &Records<'_>, preconditions: &[(Key, Expect)]) -> Result<bool, Fault> {
    let mut finder = Finder::on(records, preconditions.len());
    for (key, expect) in preconditions {
        if !expect.holds(finder.find(key)?) {
            return Ok(false);
        }
    }
    Ok(true)
}
