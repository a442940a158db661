//! Bulk changes of stored secrets: deletions, cancellations and undo.
//!
//! A pure function decides the change of each secret from its record. The changes are committed in as few transactions as the
//! engine's limits allow. After a conflict the affected secrets are read and decided again.

use prost::Message;
use strongroom_contract::v1::{Action, Outcome};
use strongroom_storage::records::{AuditLine, BatchRecord, OutcomeRecord, SecretRecord};
use strongroom_storage::{Change, Id, Versioned, View};

use super::import::RECORDS_PER_TRANSACTION;
use super::outcome::{is_rejected, reject, withhold};
use super::records_of;
use super::report::{Report, recorded};
use super::tally::Tally;
use super::undo_outcome::is_restored;
use crate::change::{DONE, line};
use crate::{Answer, Call, OperationError, Operations, Rejection, life_cycle};

/// One secret of a batch, in the order of the request.
pub(super) struct Entry<T> {
    /// Complete if there is nothing to decide.
    pub(super) outcome: Outcome,
    pub(super) open: Option<Open<T>>,
}

/// An entry whose change is not decided yet.
pub(super) struct Open<T> {
    pub(super) about: T,
    pub(super) found: Option<Versioned<SecretRecord>>,
}

/// The change of one secret.
pub(super) enum SecretChange {
    Remove,
    /// Replaces the record. The new one names the revision of its content.
    Change(Box<SecretRecord>),
    Leave,
}

/// `All` entries are committed; or the first transaction met a conflict (`Moved`): nothing is committed, and the caller
/// has to select the entries again.
#[derive(PartialEq, Eq)]
pub(super) enum Taken {
    All,
    Moved,
}

/// Bytes that the change of a secret may add to those of its record: keys, an audit line, an outcome. Chosen generously, for
/// engines with small transactions.
const OVERHEAD_BYTES: usize = 1_024;

/// A bulk change in progress.
pub(super) struct BulkChange<'a> {
    operations: &'a Operations,
    call: &'a Call,
    project: Id,
    atomic: bool,
    undoes: Option<Undone>,
    report: Report,
    tally: Tally,
    part: u32,
}

/// The batch that is undone by this one.
pub(super) struct Undone {
    pub(super) batch: Id,
    /// The earlier undo that was interrupted, if there was one.
    pub(super) begun_by: Option<Id>,
}

/// As many of the next entries as one transaction holds.
#[derive(Default)]
struct Group {
    entries: usize,
    outcomes: Vec<Outcome>,
    records: Vec<OutcomeRecord>,
    lines: Vec<AuditLine>,
    change: Change,
    removed: usize,
}

impl<'a> BulkChange<'a> {
    pub(super) fn new(operations: &'a Operations, call: &'a Call, atomic: bool, report: Report) -> Self {
        let project = call.caller.project_id;
        Self { operations, call, project, atomic, undoes: None, report, tally: Tally::default(), part: 0 }
    }

    pub(super) fn undoing(self, undoes: Undone) -> Self {
        Self { undoes: Some(undoes), ..self }
    }

    /// Decides and commits these entries, which were read on this view. `last` marks the end of the batch.
    pub(super) async fn apply<T: Send + Sync>(
        &mut self,
        mut view: View,
        mut rest: Vec<Entry<T>>,
        last: bool,
        decide: impl Fn(&T, Option<&Versioned<SecretRecord>>, &mut Outcome) -> Result<SecretChange, Rejection>
        + Send
        + Sync,
    ) -> Answer<Taken> {
        while !rest.is_empty() {
            let mut group = self.group(&rest, &decide)?;
            // Several transactions can neither be previewed nor be atomic.
            let is_whole = self.atomic || self.call.is_pending();
            if is_whole && group.entries < rest.len() {
                return Err(self.too_many(rest.len(), group.entries).into());
            }
            if self.atomic && group.outcomes.iter().any(is_rejected) {
                withhold(&mut group.outcomes);
                group.change = Change::new();
            }
            let after = rest.split_off(group.entries);
            if group.change.is_empty() && (is_whole || self.may_hold(&group.records)) {
                self.report.hold(group.records);
                self.tell(group.outcomes);
                rest = after;
                continue;
            }
            let Group { outcomes, records, lines, mut change, removed, .. } = group;
            self.operations.audit(self.call, &mut change, self.part, lines)?;
            let now = self.operations.clock.now();
            let report = self.report.put(&view, &mut change, records, last && after.is_empty(), now).await?;
            self.mark_undone(&view, &mut change).await?;
            // A commit while the view is held would have the engine in memory copy everything.
            drop(view);
            let committed = match removed {
                0 => self.operations.commit(self.call, change).await?,
                _ => self.operations.commit_removed(self.call, change, removed).await?,
            };
            if committed {
                self.report = report;
                self.part += 1;
                self.tell(outcomes);
                rest = after;
                if rest.is_empty() {
                    return Ok(Taken::All);
                }
                view = self.operations.view().await?;
                continue;
            }
            if self.part == 0 {
                return Ok(Taken::Moved);
            }
            view = self.operations.view().await?;
            for entry in &mut rest {
                if let Some(open) = &mut entry.open {
                    let found = view.secret(self.project, &entry.outcome.name).await;
                    open.found = found.map_err(OperationError::internal("reading a secret"))?;
                }
            }
            rest.extend(after);
        }
        Ok(Taken::All)
    }

    /// Whether more outcomes may wait for a change to be stored with: as many as leave it half of a step.
    fn may_hold(&self, more: &[OutcomeRecord]) -> bool {
        let more: usize = more.iter().map(Message::encoded_len).sum();
        self.report.held_bytes() + more <= self.operations.storage.limits().bytes / 2
    }

    /// What became of all, and the batch unless nothing was changed.
    pub(super) async fn finish(mut self) -> Answer<(Tally, String)> {
        while self.report.is_unfinished() {
            let (view, mut change) = (self.operations.view().await?, Change::new());
            let now = self.operations.clock.now();
            let report = self.report.put(&view, &mut change, Vec::new(), true, now).await?;
            drop(view);
            if self.operations.commit(self.call, change).await? {
                self.report = report;
            }
        }
        let batch_id = if self.call.is_dry_run() { String::new() } else { self.report.batch_id() };
        Ok((self.tally, batch_id))
    }

    fn tell(&mut self, outcomes: Vec<Outcome>) {
        // A selection is bounded before, and documented members of its answer tell of all.
        let most = if self.undoes.is_some() { self.operations.limits.selected_secrets } else { usize::MAX };
        self.tally.add(outcomes, most);
    }

    fn group<T>(
        &self,
        entries: &[Entry<T>],
        decide: impl Fn(&T, Option<&Versioned<SecretRecord>>, &mut Outcome) -> Result<SecretChange, Rejection>,
    ) -> Answer<Group> {
        let limits = self.operations.storage.limits();
        // The batch that is undone is written as well.
        let beside = RECORDS_PER_TRANSACTION + usize::from(self.undoes.is_some());
        let held = self.report.held_bytes() + OVERHEAD_BYTES;
        let mut room = (limits.operations.saturating_sub(beside), limits.bytes.saturating_sub(held));
        let mut group = Group::default();
        for entry in entries {
            let mut outcome = entry.outcome.clone();
            let found = entry.open.as_ref().and_then(|open| open.found.as_ref());
            let found = found.filter(|secret| !life_cycle::is_gone(&secret.record, self.call.now));
            let step = match &entry.open {
                Some(open) => decide(&open.about, found, &mut outcome),
                None => Ok(SecretChange::Leave),
            };
            let (operations, bytes) = match (&step, found) {
                (Ok(step), Some(secret)) => taken_by(step, &secret.record),
                (Err(_), _) | (Ok(_), None) => (0, OVERHEAD_BYTES),
            };
            let left = (room.0.checked_sub(operations), room.1.checked_sub(bytes));
            match left {
                (Some(operations), Some(bytes)) => room = (operations, bytes),
                // One at least, so that the engine can say what is too large.
                _ if group.entries == 0 => room = (0, 0),
                _ => break,
            }
            group.add(self.project, found, step, outcome)?;
        }
        Ok(group)
    }

    /// Marks the batch that is undone, in the first commit; the others only make sure that nobody else has.
    async fn mark_undone(&self, view: &View, change: &mut Change) -> Answer<()> {
        let Some(undoes) = &self.undoes else { return Ok(()) };
        let batch = || undoes.batch.to_string();
        let before = view.batch(self.project, undoes.batch).await;
        let before = before.map_err(OperationError::internal("reading a batch"))?;
        let before = before.ok_or_else(|| Rejection::BatchNotFound { batch: batch() })?;
        let own = self.call.request_id.to_vec();
        let is_first = self.part == 0;
        let expected = match is_first {
            true => undoes.begun_by.map(|by| by.to_stored()).unwrap_or_default(),
            false => own.clone(),
        };
        if before.record.undone_by != expected {
            let by = Id::from_stored(&before.record.undone_by).map(|by| by.to_string());
            return Err(Rejection::BatchUndone { batch: batch(), by: by.unwrap_or_default() }.into());
        }
        let marked = match is_first {
            true => {
                let after = BatchRecord { undone_by: own, ..before.record.clone() };
                change.update_batch(self.project, &before, &after)
            }
            false => change.rely_on_batch(self.project, &before),
        };
        marked.map_err(OperationError::internal("marking a batch"))
    }

    fn too_many(&self, needed: usize, allowed: usize) -> Rejection {
        Rejection::BatchTooLarge { what: "secrets", needed, allowed }
    }
}

impl Group {
    fn add(
        &mut self,
        project: Id,
        found: Option<&Versioned<SecretRecord>>,
        step: Result<SecretChange, Rejection>,
        mut outcome: Outcome,
    ) -> Answer<()> {
        self.entries += 1;
        match (step, found) {
            (Ok(SecretChange::Remove), Some(secret)) => {
                self.change
                    .remove_secret(project, secret)
                    .map_err(OperationError::internal("removing a secret"))?;
                self.lines.push(line(&secret.record, DONE));
                self.removed += 1;
            }
            (Ok(SecretChange::Change(after)), Some(secret)) => {
                let changed = self.change.restate_secret(project, secret, &after);
                changed.map_err(OperationError::internal("changing a secret"))?;
                self.lines.push(line(&after, DONE));
            }
            (Ok(SecretChange::Leave | SecretChange::Remove | SecretChange::Change(_)), _) => {}
            (Err(rejection), _) => {
                reject(&mut outcome, &rejection);
                let code = rejection.code().as_str();
                self.lines.push(match found {
                    Some(secret) => line(&secret.record, code),
                    None => AuditLine {
                        secret_name: outcome.name.clone(),
                        outcome: code.to_owned(),
                        ..AuditLine::default()
                    },
                });
            }
        }
        let waited_until = found
            .filter(|_| outcome.action() == Action::Cancelled)
            .and_then(|secret| secret.record.scheduled_delete_time);
        let before = found.filter(|_| is_restored(outcome.action()));
        let before_revision = before.map(|secret| secret.content_revision().0).unwrap_or_default();
        self.records.push(OutcomeRecord { waited_until, before_revision, ..recorded(&outcome) });
        self.outcomes.push(outcome);
        Ok(())
    }
}

/// At most how many records, and bytes, a step writes beside what the batch takes as a whole.
fn taken_by(step: &SecretChange, secret: &SecretRecord) -> (usize, usize) {
    let records = match step {
        SecretChange::Leave => 0,
        // Itself, its entry by due time, and the versions that it has no more.
        SecretChange::Change(after) => 2 + secret.versions.len().saturating_sub(after.versions.len()),
        SecretChange::Remove => records_of(secret),
    };
    // Its name stands in nearly every key, and what else stands in keys is in the record as well.
    (records, records * (secret.name.len() + 64) + 3 * secret.encoded_len() + OVERHEAD_BYTES)
}
