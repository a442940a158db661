//! The one thread that writes. It takes whatever waits, decides each request in the order of arrival inside
//! one transaction, flushes once, and only then answers.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ::redb::{Database, ReadableTable};
use tokio::sync::{mpsc, oneshot};

use super::finder::Finder;
use super::pages::Pages;
use super::runs::{Records, apply};
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
    database: Arc<Database>,
    tally: Arc<Tally>,
    accepted: mpsc::Receiver<Request>,
}

/// Makes the tables of a new store, so that a reader finds them.
pub(super) fn prepare(database: &Database) -> Result<(), Fault> {
    let writing = database.begin_write().map_err(cause("begin to write"))?;
    let is_new = {
        writing.open_table(RECORDS).map_err(cause("open its tables"))?;
        let mut sequence = writing.open_table(SEQUENCE).map_err(cause("open its tables"))?;
        let is_new = sequence.get(()).map_err(cause("read its sequence"))?.is_none();
        if is_new {
            sequence.insert((), 0).map_err(cause("write its sequence"))?;
        }
        is_new
    };
    if !is_new {
        return writing.abort().map_err(cause("end a transaction"));
    }
    writing.commit().map_err(cause("write its tables"))
}

impl Committer {
    pub fn new(database: Arc<Database>, tally: Arc<Tally>, accepted: mpsc::Receiver<Request>) -> Self {
        Self { database, tally, accepted }
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
            Err(fault) => {
                self.tally.failures.fetch_add(1, Ordering::Relaxed);
                for request in group {
                    let _ = request.answer.send(Err(fault.clone()));
                }
            }
        }
    }

    /// Each request sees what those before it in the group wrote. One that conflicts is left out.
    fn commit(&self, group: &[Request]) -> Result<Vec<Outcome>, Fault> {
        let writing = self.database.begin_write().map_err(cause("begin to write"))?;
        let mut outcomes = Vec::with_capacity(group.len());
        let mut written = 0;
        {
            let mut records = writing.open_table(RECORDS).map_err(cause("open its tables"))?;
            let mut pages = Pages::of(&writing);
            let mut sequence = writing.open_table(SEQUENCE).map_err(cause("open its tables"))?;
            let mut last =
                sequence.get(()).map_err(cause("read its sequence"))?.map_or(0, |last| last.value());
            for Request { commit, .. } in group {
                if !holds(&records, &commit.preconditions)? {
                    outcomes.push(Outcome::Conflict);
                    continue;
                }
                if !commit.operations.is_empty() {
                    last += 1;
                    written += 1;
                    apply(&mut records, &mut pages, &commit.operations, Revision(last))?;
                }
                outcomes.push(Outcome::Committed(Revision(last)));
            }
            if written > 0 {
                sequence.insert((), last).map_err(cause("write its sequence"))?;
            }
        }
        if written == 0 {
            writing.abort().map_err(cause("end a transaction"))?;
            return Ok(outcomes);
        }

        writing.commit().map_err(|error| Fault::Unconfirmed { cause: Arc::new(error) })?;
        self.tally.commits.fetch_add(1, Ordering::Relaxed);
        self.tally.requests.fetch_add(written, Ordering::Relaxed);
        Ok(outcomes)
    }
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
