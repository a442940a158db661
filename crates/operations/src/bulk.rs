//! Bulk changes of stored secrets: deletions, cancellations and undo.
//!
//! A pure function decides the change of each secret from its record. The changes are committed in as few transactions as the
//! engine's limits allow. After a conflict the affected secrets are read and decided again.

mod entry;
pub(crate) mod selection;
mod tally;

use prost::Message;
use strongroom_contract::v1::{Action, Outcome};
use strongroom_storage::records::{AuditLine, BatchRecord, OutcomeRecord, SecretRecord};
use strongroom_storage::{Change, Id, Versioned, View};

use crate::change_size::records_of;
use crate::import::size::RECORDS_PER_TRANSACTION;
use crate::journal::outcome::{is_rejected, reject, withhold};
use crate::journal::undo::is_restored;
use crate::journal::{BatchJournal, JournalState, recorded};
use crate::transaction::{DONE, Transaction, audit_line};
use crate::{Answer, Call, OperationError, Operations, Rejection, lifecycle};
pub(crate) use entry::{Entry, Open, SecretChange};
pub(crate) use tally::Tally;

/// The change of one secret, as a pure function of what the entry is about and the stored secret.
pub(crate) trait Decide<T>:
    Fn(&T, Option<&Versioned<SecretRecord>>, &mut Outcome) -> Result<SecretChange, Rejection>
{
}

impl<T, F> Decide<T> for F where
    F: Fn(&T, Option<&Versioned<SecretRecord>>, &mut Outcome) -> Result<SecretChange, Rejection>
{
}

/// Bytes that the change of a secret may add to those of its record: keys, an audit line, an outcome. Chosen generously, for
/// engines with small transactions.
const OVERHEAD_BYTES: usize = 1_024;

/// A bulk change in progress.
pub(crate) struct BulkChange<'a> {
    operations: &'a Operations,
    call: &'a Call,
    atomic: bool,
    undoes: Option<Undone>,
    journal: BatchJournal,
    tally: Tally,
    /// The number of the next transaction.
    part: u32,
}

/// The batch that is undone by this one.
pub(crate) struct Undone {
    pub(crate) batch: Id,
    /// The earlier undo that was interrupted, if there was one.
    pub(crate) begun_by: Option<Id>,
}

/// What one transaction has staged, of as many of the first entries as it holds.
pub(crate) struct Staged {
    entries: usize,
    outcomes: Vec<Outcome>,
    journal: JournalState,
}

/// As many of the next entries as one transaction holds.
#[derive(Default)]
struct Group {
    entries: usize,
    outcomes: Vec<Outcome>,
    records: Vec<OutcomeRecord>,
    audit: Vec<AuditLine>,
    change: Change,
    removed: usize,
}

impl<'a> BulkChange<'a> {
    pub(crate) fn new(
        operations: &'a Operations,
        call: &'a Call,
        atomic: bool,
        journal: BatchJournal,
    ) -> Self {
        Self { operations, call, atomic, undoes: None, journal, tally: Tally::default(), part: 0 }
    }

    pub(crate) fn undoing(self, undoes: Undone) -> Self {
        Self { undoes: Some(undoes), ..self }
    }

    /// Decides about the first of these entries, which were read in this transaction. `last` is true if none follow.
    pub(crate) async fn stage<T>(
        &self,
        tx: &mut Transaction<'_>,
        entries: &[Entry<T>],
        last: bool,
        decide: &impl Decide<T>,
    ) -> Answer<Staged> {
        let found: Vec<_> = entries.iter().map(|entry| entry.open.as_ref()?.found.as_ref()).collect();
        self.stage_found(tx, entries, &found, last, decide).await
    }

    async fn stage_found<T>(
        &self,
        tx: &mut Transaction<'_>,
        entries: &[Entry<T>],
        found: &[Option<&Versioned<SecretRecord>>],
        last: bool,
        decide: &impl Decide<T>,
    ) -> Answer<Staged> {
        let mut group = self.group(entries, found, decide)?;
        // Several transactions can neither be previewed nor be atomic.
        let is_one_transaction = self.atomic || self.call.is_one_transaction();
        if is_one_transaction && group.entries < entries.len() {
            return Err(self.too_many(entries.len(), group.entries).into());
        }
        if self.atomic && group.outcomes.iter().any(is_rejected) {
            withhold(&mut group.outcomes);
            (group.change, group.removed) = (Change::new(), 0);
        }
        let Group { entries: taken, outcomes, records, audit, change, removed } = group;
        let is_last = last && taken == entries.len();
        if change.is_empty() && (is_one_transaction || self.may_hold(&records, is_last)) {
            return Ok(Staged { entries: taken, outcomes, journal: JournalState::Held(records) });
        }
        *tx.change() = change;
        tx.audit(audit);
        if removed > 0 {
            tx.count_removed(self.call.project(), removed);
        }
        let now = self.operations.clock.now();
        let (view, change) = tx.view_and_change();
        let journal = self.journal.stage(view, change, records, is_last, now).await?;
        self.mark_undone(view, change).await?;
        Ok(Staged { entries: taken, outcomes, journal: JournalState::Stored(Box::new(journal)) })
    }

    /// Goes on after a transaction. Returns the entries that it did not take.
    pub(crate) fn accept<T>(&mut self, staged: Staged, mut entries: Vec<Entry<T>>) -> Vec<Entry<T>> {
        self.journal.accept(staged.journal);
        self.part += 1;
        // A selection is bounded before, and documented members of its answer list all of it.
        let most = if self.undoes.is_some() { self.operations.limits.selected_secrets } else { usize::MAX };
        self.tally.add(staged.outcomes, most);
        entries.split_off(staged.entries)
    }

    /// Decides and commits entries that were read before.
    pub(crate) async fn commit<T>(
        &mut self,
        mut rest: Vec<Entry<T>>,
        last: bool,
        decide: &impl Decide<T>,
    ) -> Answer<()> {
        while !rest.is_empty() {
            let (bulk, entries) = (&*self, &rest);
            let staged = self.operations.transact_part(self.call, self.part, |mut tx| async move {
                if !tx.is_retry() {
                    let staged = bulk.stage(&mut tx, entries, last, decide).await?;
                    return Ok(tx.done(staged));
                }
                let found = bulk.read_again(tx.view(), entries).await?;
                let found: Vec<_> = found.iter().map(Option::as_ref).collect();
                let staged = bulk.stage_found(&mut tx, entries, &found, last, decide).await?;
                Ok(tx.done(staged))
            });
            let staged = staged.await?;
            rest = self.accept(staged, rest);
        }
        Ok(())
    }

    async fn read_again<T>(
        &self,
        view: &View,
        entries: &[Entry<T>],
    ) -> Answer<Vec<Option<Versioned<SecretRecord>>>> {
        let names: Vec<_> = entries.iter().map(|entry| entry.outcome.name.as_str()).collect();
        let found = view.secrets_by_name(self.call.project(), &names).await;
        found.map_err(OperationError::internal("reading secrets"))
    }

    /// True if outcomes without a change may be held back: as many as leave half of a transaction for others.
    fn may_hold(&self, more: &[OutcomeRecord], is_last: bool) -> bool {
        let more: usize = more.iter().map(Message::encoded_len).sum();
        let is_small = self.journal.held_bytes() + more <= self.operations.storage.limits().bytes / 2;
        // The last transaction marks a stored batch as finished.
        is_small && !(is_last && self.journal.is_stored())
    }

    /// The outcomes, and the id of the batch unless nothing was changed.
    pub(crate) fn finish(self) -> (Tally, String) {
        let batch_id = if self.call.is_dry_run() { String::new() } else { self.journal.batch_id() };
        (self.tally, batch_id)
    }

    fn group<T>(
        &self,
        entries: &[Entry<T>],
        found: &[Option<&Versioned<SecretRecord>>],
        decide: &impl Decide<T>,
    ) -> Answer<Group> {
        let limits = self.operations.storage.limits();
        // The batch that is undone is written as well.
        let beside = RECORDS_PER_TRANSACTION + usize::from(self.undoes.is_some());
        let held = self.journal.held_bytes() + OVERHEAD_BYTES;
        let mut room = (limits.operations.saturating_sub(beside), limits.bytes.saturating_sub(held));
        let mut group = Group::default();
        for (entry, found) in entries.iter().zip(found) {
            let mut outcome = entry.outcome.clone();
            let found = found.filter(|secret| !lifecycle::is_gone(&secret.record, self.call.now));
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
            group.add(self.call.project(), found, step, outcome)?;
        }
        Ok(group)
    }

    /// Marks the batch that is undone, in the first commit; the others only make sure that nobody else has.
    async fn mark_undone(&self, view: &View, change: &mut Change) -> Answer<()> {
        let Some(undoes) = &self.undoes else { return Ok(()) };
        let batch = || undoes.batch.to_string();
        let before = view.batch(self.call.project(), undoes.batch).await;
        let before = before.map_err(OperationError::internal("reading a batch"))?;
        let before = before.ok_or_else(|| Rejection::BatchNotFound { batch: batch() })?;
        let own = self.call.request_id.to_vec();
        let is_first = !self.journal.is_stored();
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
                change.update_batch(self.call.project(), &before, &after)
            }
            false => change.rely_on_batch(self.call.project(), &before),
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
                self.audit.push(audit_line(&secret.record, DONE));
                self.removed += 1;
            }
            (Ok(SecretChange::Change(after)), Some(secret)) => {
                let changed = self.change.restate_secret(project, secret, &after);
                changed.map_err(OperationError::internal("changing a secret"))?;
                self.audit.push(audit_line(&after, DONE));
            }
            (Ok(SecretChange::Leave | SecretChange::Remove | SecretChange::Change(_)), _) => {}
            (Err(rejection), _) => {
                reject(&mut outcome, &rejection);
                let code = rejection.code().as_str();
                self.audit.push(match found {
                    Some(secret) => audit_line(&secret.record, code),
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
