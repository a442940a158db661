//! The journal of a batch: its outcomes, stored by the same commits as its changes.
//!
//! Each commit writes one part with the outcomes of its entries, in their order and without gaps. A batch that changes nothing
//! leaves no record.

pub(crate) mod outcome;
mod parts;
pub(crate) use parts::has_expired;
pub(crate) mod undo;

use prost::Message;
use strongroom_contract::v1::{Outcome, Problem};
use strongroom_storage::records::{BatchPart, BatchRecord, OutcomeRecord, ProblemRecord, ReasonRecord};
use strongroom_storage::{Change, Id, Timestamp, View};

use crate::describe::count;
use crate::lifecycle::MILLISECONDS_PER_DAY;
use crate::lifecycle::version_id;
use crate::{Answer, Call, OperationError, Rejection};

/// How long a batch is kept and can be undone. Chosen by us: the longest window of a scheduled deletion.
pub(crate) const BATCH_KEPT_DAYS: u32 = strongroom_validation::limits::MAX_WINDOW_DAYS;

/// Outcomes of which none changed anything, held back for a commit that does. Chosen by us: some megabytes.
const MOST_HELD: usize = 10_000;

/// What a transaction did with the outcomes of its entries.
pub(crate) enum JournalState {
    /// It changed nothing, so they are stored by a later one that does.
    Held(Vec<OutcomeRecord>),
    /// It stored them, and this is the journal after its commit.
    Stored(Box<BatchJournal>),
}

/// The batch record, and the outcomes that are not stored yet.
pub(crate) struct BatchJournal {
    project: Id,
    id: Id,
    record: BatchRecord,
    /// True once there is a record of the batch.
    stored: bool,
    /// Outcomes of entries that needed no commit.
    held: Vec<OutcomeRecord>,
}

impl BatchJournal {
    /// The batch of a call, with `total` entries.
    pub(crate) fn new(call: &Call, total: usize) -> Self {
        let create_time = call.now.milliseconds();
        let record = BatchRecord {
            id: call.request_id.to_vec(),
            operation: call.operation.to_owned(),
            caller: call.caller.user_id.to_string(),
            caller_name: call.caller.user_name.to_string(),
            create_time,
            expire_time: create_time + i64::from(BATCH_KEPT_DAYS) * MILLISECONDS_PER_DAY,
            total: number(total),
            ..BatchRecord::default()
        };
        let (project, id) = (call.caller.project_id, Id::new(call.request_id));
        Self { project, id, record, stored: false, held: Vec::new() }
    }

    pub(crate) fn record_mut(&mut self) -> &mut BatchRecord {
        &mut self.record
    }

    /// The id of the batch as callers know it; empty while nothing is stored.
    pub(crate) fn batch_id(&self) -> String {
        if self.stored { self.id.to_string() } else { String::new() }
    }

    pub(crate) fn is_stored(&self) -> bool {
        self.stored
    }

    /// True if outcomes without a change may be held back. Once the batch is stored they are not, because its record has to
    /// show whatever its caller was told; and a long stream must not fill the memory.
    pub(crate) fn may_hold(&self) -> bool {
        !self.stored && self.held.len() < MOST_HELD
    }

    /// Goes on after a transaction was committed.
    pub(crate) fn accept(&mut self, state: JournalState) {
        match state {
            JournalState::Held(outcomes) => self.held.extend(outcomes),
            JournalState::Stored(journal) => *self = *journal,
        }
    }

    /// The bytes that the held outcomes take when they are stored.
    pub(crate) fn held_bytes(&self) -> usize {
        self.held.iter().map(Message::encoded_len).sum()
    }

    /// Adds the next outcomes to the change that they are about. Returns the journal as it is after the commit.
    pub(crate) async fn stage(
        &self,
        view: &View,
        change: &mut Change,
        outcomes: Vec<OutcomeRecord>,
        finished: bool,
        now: Timestamp,
    ) -> Answer<Self> {
        let mut record = self.record.clone();
        let first = record.counts.iter().sum();
        let mut all = self.held.clone();
        all.extend(outcomes);
        for outcome in &all {
            let action = usize::try_from(outcome.action).unwrap_or_default();
            if record.counts.len() <= action {
                record.counts.resize(action + 1, 0);
            }
            record.counts.get_mut(action).into_iter().for_each(|count| *count += 1);
        }
        record.update_time = now.milliseconds();
        record.finished = finished;

        let fault = OperationError::internal("writing the journal of a batch");
        let written = match self.stored {
            true => {
                let before = view.batch(self.project, self.id).await;
                let before = before.map_err(OperationError::internal("reading the journal of a batch"))?;
                let before = before.ok_or_else(|| Rejection::BatchNotFound { batch: self.id.to_string() })?;
                if let Ok(by) = Id::from_stored(&before.record.undone_by) {
                    let batch = self.id.to_string();
                    return Err(Rejection::BatchUndone { batch, by: by.to_string() }.into());
                }
                change.update_batch(self.project, &before, &record)
            }
            false => change.put_batch(self.project, &record),
        };
        written
            .and_then(|()| match all.is_empty() {
                true => Ok(()),
                false => change.put_batch_part(self.project, self.id, &BatchPart { first, outcomes: all }),
            })
            .map_err(fault)?;
        Ok(Self { project: self.project, id: self.id, record, stored: true, held: Vec::new() })
    }
}

/// An outcome as it is stored.
pub(crate) fn recorded(outcome: &Outcome) -> OutcomeRecord {
    let Outcome { reason, error_code, message, next_step, problems, .. } = outcome;
    let is_plain = reason.is_empty() && message.is_empty() && next_step.is_empty() && problems.is_empty();
    let reason = (!is_plain).then(|| {
        let problems = problems.iter().map(|problem| ProblemRecord {
            field: problem.field.clone(),
            code: problem.code.clone(),
            message: problem.message.clone(),
        });
        Box::new(ReasonRecord {
            word: reason.clone(),
            code: error_code.clone(),
            message: message.clone(),
            next_step: next_step.clone(),
            problems: problems.collect(),
        })
    });
    let version = outcome.version_id.strip_prefix('v').and_then(|version| version.parse().ok());
    OutcomeRecord {
        name: outcome.name.clone(),
        action: outcome.action,
        line: u32::try_from(outcome.line).unwrap_or_default(),
        version: version.unwrap_or_default(),
        scheduled_delete_time: outcome.scheduled_delete_time,
        reason,
        ..OutcomeRecord::default()
    }
}

/// A stored outcome as callers see it.
pub(crate) fn shown(index: usize, stored: OutcomeRecord) -> Outcome {
    let reason = stored.reason.map(|reason| *reason).unwrap_or_default();
    let problems = reason.problems.into_iter().map(|problem| Problem {
        field: problem.field,
        code: problem.code,
        message: problem.message,
    });
    Outcome {
        index: count(index),
        line: i32::try_from(stored.line).unwrap_or_default(),
        name: stored.name,
        action: stored.action,
        version_id: if stored.version == 0 { String::new() } else { version_id(stored.version) },
        reason: reason.word,
        error_code: reason.code,
        message: reason.message,
        next_step: reason.next_step,
        problems: problems.collect(),
        scheduled_delete_time: stored.scheduled_delete_time,
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
