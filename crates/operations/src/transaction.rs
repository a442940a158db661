//! The one way to change the store: read a snapshot, decide, stage, commit.
//!
//! Records, index entries, the audit record, the batch journal, new keys, the quota and the idempotency record of a request
//! are staged on one [`Transaction`] and become durable in one commit. A dry run stages the same and drops it.

mod begin;
mod quota;
mod request_options;
mod reserve;
mod secrets;
mod signed;
mod unchanged;

use std::collections::BTreeMap;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use strongroom_contract::safeguards::Changed;
use strongroom_storage::records::{AuditLine, AuditRecord, RequestRecord};
use strongroom_storage::{Change, Id, Outcome, Versioned, View};

use crate::keys::ToSeal;
use crate::{Answer, Call, OperationError, Operations, Rejection};

pub(crate) use quota::{Counts, Reservation};
pub use request_options::Execution;
pub(crate) use secrets::{SecretRef, audit_line};
pub(crate) use signed::SIGNATURE_KEPT;
pub(crate) use unchanged::UnchangedAnswers;

/// How often a transaction is tried before its caller gets `ABORTED`. Chosen by us: with the pauses between, 64 callers that
/// change one secret at the same moment all succeed.
const MAX_ATTEMPTS: usize = 16;

/// The shortest and the longest pause before another attempt. Chosen by us: a commit takes about a third of a millisecond.
const MIN_PAUSE: Duration = Duration::from_millis(1);
const MAX_PAUSE: Duration = Duration::from_millis(64);

/// The outcome of an audit line for what was done; a rejected one carries the code instead.
pub(crate) const DONE: &str = "done";

/// What one attempt has read and staged.
pub(crate) struct Transaction<'a> {
    operations: &'a Operations,
    /// None for a job.
    call: Option<&'a Call>,
    attempt: usize,
    /// The number of this transaction within its call.
    part: u32,
    view: View,
    change: Change,
    audit: Option<Vec<AuditLine>>,
    /// Quota for new secrets, and how many of them are stored.
    stored: Option<(Reservation, usize)>,
    removed: BTreeMap<Id, usize>,
    /// Keys that seal what is stored, by project and name.
    keys: Vec<(Id, String, ToSeal)>,
    /// The expired record that the idempotency record of this request replaces.
    expired_request: Option<Versioned<RequestRecord>>,
    /// The encoded answer, if it has to be stored.
    answer: Option<Vec<u8>>,
}

/// A transaction that is ready to be committed, and what its caller gets once it is.
pub(crate) struct Decided<'a, T> {
    transaction: Transaction<'a>,
    value: T,
}

impl<'a, T> Decided<'a, T> {
    pub(crate) fn map<U>(self, map: impl FnOnce(T) -> U) -> Decided<'a, U> {
        Decided { transaction: self.transaction, value: map(self.value) }
    }
}

/// How far one transaction has brought a call that may take several.
pub(crate) enum Progress<A, R> {
    Answered(A),
    Unfinished(R),
}

impl Operations {
    /// Runs `decide` on a snapshot and commits what it stages, or nothing if it fails.
    ///
    /// `decide` runs again on a new snapshot if another transaction has changed what it read.
    ///
    /// # Errors
    /// Any error of `decide`, and `ABORTED` after [`MAX_ATTEMPTS`] conflicts.
    pub(crate) async fn transact<'a, T, F>(
        &'a self,
        call: &'a Call,
        decide: impl Fn(Transaction<'a>) -> F,
    ) -> Answer<T>
    where
        F: Future<Output = Answer<Decided<'a, T>>>,
    {
        self.transact_part(call, 0, decide).await
    }

    /// The same for a call that needs several transactions, which `part` numbers from 0 on.
    pub(crate) async fn transact_part<'a, T, F>(
        &'a self,
        call: &'a Call,
        part: u32,
        decide: impl Fn(Transaction<'a>) -> F,
    ) -> Answer<T>
    where
        F: Future<Output = Answer<Decided<'a, T>>>,
    {
        self.attempt(Some(call), part, decide).await
    }

    /// The same for work without a request.
    pub(crate) async fn transact_job<'a, T, F>(&'a self, decide: impl Fn(Transaction<'a>) -> F) -> Answer<T>
    where
        F: Future<Output = Answer<Decided<'a, T>>>,
    {
        self.attempt(None, 0, decide).await
    }

    /// Commits an audit record on its own, also during a dry run.
    pub(crate) async fn audit_apart(&self, call: &Call, part: u32, lines: Vec<AuditLine>) -> Answer<()> {
        let record = audit_record(call, part, lines);
        let record = &record;
        self.transact_job(|mut tx| async move {
            let written = tx.change().audit(call.project(), record);
            written.map_err(OperationError::internal("writing the audit record"))?;
            Ok(tx.done(()))
        })
        .await
    }

    async fn attempt<'a, T, F>(
        &'a self,
        call: Option<&'a Call>,
        part: u32,
        decide: impl Fn(Transaction<'a>) -> F,
    ) -> Answer<T>
    where
        F: Future<Output = Answer<Decided<'a, T>>>,
    {
        let pauses = ExponentialBuilder::new()
            .with_min_delay(MIN_PAUSE)
            .with_max_delay(MAX_PAUSE)
            .with_max_times(MAX_ATTEMPTS)
            .with_jitter();
        // The first conflict is mostly the only one, so the second attempt has no pause either.
        let pauses = [Duration::ZERO; 2].into_iter().chain(pauses.build());
        for (attempt, pause) in pauses.take(MAX_ATTEMPTS).enumerate() {
            pause_for(pause).await;
            let decided = decide(self.begin(call, part, attempt).await?).await?;
            if self.commit(decided.transaction).await? {
                return Ok(decided.value);
            }
        }
        Err(Rejection::Aborted { attempts: MAX_ATTEMPTS }.into())
    }

    /// True if the transaction is durable, or dropped because it is a dry run. False if something it relies on has changed.
    async fn commit(&self, transaction: Transaction<'_>) -> Answer<bool> {
        let Transaction {
            call,
            part,
            view,
            mut change,
            audit,
            stored,
            removed,
            keys,
            expired_request,
            answer,
            ..
        } = transaction;
        // So that the engine can free what this commit overwrites.
        drop(view);
        if call.is_some_and(Call::is_dry_run) {
            return Ok(true);
        }
        if let Some(call) = call {
            if let (Some(lines), false) = (audit, change.is_empty()) {
                let written = change.audit(call.project(), &audit_record(call, part, lines));
                written.map_err(OperationError::internal("writing the audit record"))?;
            }
            call.stage_answer(&mut change, expired_request.as_ref(), answer)?;
        }
        if change.is_empty() {
            return Ok(true);
        }
        let committed = self.counts.commit(&self.storage, change, stored, removed).await;
        let committed = committed.map_err(OperationError::internal("writing the store"))?;
        if committed == Outcome::Conflict {
            return Ok(false);
        }
        self.keys.remember(keys);
        call.inspect(|call| call.note_committed());
        Ok(true)
    }
}

impl<'a> Transaction<'a> {
    /// The snapshot that everything is decided on.
    pub(crate) fn view(&self) -> &View {
        &self.view
    }

    /// What is staged so far.
    pub(crate) fn change(&mut self) -> &mut Change {
        &mut self.change
    }

    pub(crate) fn view_and_change(&mut self) -> (&View, &mut Change) {
        (&self.view, &mut self.change)
    }

    /// True if an earlier attempt had a conflict.
    pub(crate) fn is_retry(&self) -> bool {
        self.attempt > 0
    }

    /// Reads a new snapshot, for what another transaction had to do first.
    pub(crate) async fn refresh(&mut self) -> Answer<()> {
        self.view = self.operations.view().await?;
        Ok(())
    }

    /// Stages lines of the audit record, which is written if anything else is.
    pub(crate) fn audit(&mut self, lines: impl IntoIterator<Item = AuditLine>) {
        self.audit.get_or_insert_default().extend(lines);
    }

    /// Holds quota for new secrets until the commit, of which `stored` are then used.
    pub(crate) fn use_quota(&mut self, reservation: Reservation, stored: usize) {
        self.stored = Some((reservation, stored));
    }

    /// Says how many secrets the staged change removes.
    pub(crate) fn count_removed(&mut self, project: Id, secrets: usize) {
        *self.removed.entry(project).or_default() += secrets;
    }

    /// Stages a key that seals something, if it is new, and keeps it opened after the commit.
    pub(crate) fn seal_with(&mut self, project: Id, name: &str, key: ToSeal) {
        key.put(&mut self.change, project, name);
        self.keys.push((project, name.to_owned(), key));
    }

    /// Finishes the call with this answer, which is stored where a repeated request has to get it again.
    ///
    /// # Errors
    /// For a call that carries out a preview: a rejection if the result would differ from the preview.
    pub(crate) async fn answer<A: Changed>(mut self, mut answer: A) -> Answer<Decided<'a, A>> {
        let call = self.call()?;
        if let Some(options) = &call.options {
            self.operations.preview(call, options, &self.change, &mut answer).await?;
        }
        if call.stores_answer() {
            self.answer = Some(answer.encode_to_vec());
        }
        Ok(self.done(answer))
    }

    /// Finishes without an answer that a repeated request would need.
    pub(crate) fn done<T>(self, value: T) -> Decided<'a, T> {
        Decided { transaction: self, value }
    }

    fn call(&self) -> Answer<&'a Call> {
        let no_call = OperationError::internal("answering a call");
        self.call.ok_or_else(|| no_call("a job has no call"))
    }
}

fn audit_record(call: &Call, part: u32, lines: Vec<AuditLine>) -> AuditRecord {
    let caller = &call.caller;
    AuditRecord {
        time: call.now.milliseconds(),
        request_id: call.request_id.to_vec(),
        part,
        caller: caller.user_id.to_string(),
        caller_name: caller.user_name.to_string(),
        access_key: caller.access_key.as_deref().unwrap_or_default().to_owned(),
        project_id: caller.project_id.to_string(),
        operation: call.operation.to_owned(),
        event: call.event.to_owned(),
        lines,
    }
}

#[allow(clippy::disallowed_methods, reason = "a pause lets the other transaction finish")]
async fn pause_for(pause: Duration) {
    if !pause.is_zero() {
        tokio::time::sleep(pause).await;
    }
}
