//! Deleting many secrets, at once or with a window in which they can be had back.
//!
//! A secret belongs to the instance its rotation settings name. One that is pending deletion matches, is rejected and stays.

use strongroom_contract::v1::{
    Action, BatchDeleteSecretsRequest, BatchDeleteSecretsResponse, FailedDeletedSecret, Outcome,
};
use strongroom_storage::records::SecretRecord;
use strongroom_storage::{Timestamp, Versioned, View};

use crate::bulk::selection::{At, Selection};
use crate::bulk::{BulkChange, Entry, SecretChange};
use crate::describe::count;
use crate::journal::BatchJournal;
use crate::journal::outcome::is_rejected;
use crate::transaction::Progress;
use crate::{Answer, Call, Code, OperationError, Operations, Rejection, lifecycle};

/// What the documented example says about a waiting secret, to the letter: existing clients may compare it.
const WAITING: &str = "CSMS.0107: Secret is already in the **Pending deletion** state.";

impl Operations {
    pub async fn batch_delete_secrets(
        &self,
        call: &Call,
        request: BatchDeleteSecretsRequest,
    ) -> Answer<BatchDeleteSecretsResponse> {
        let selection = Selection::from(&request);
        let window = self.validated_window(call, &request, &selection)?;
        let decide = |at: &At, found: Option<&Versioned<SecretRecord>>, outcome: &mut Outcome| {
            delete(&selection, *at, found, window, call.now, outcome)
        };
        let (request, selection, decide) = (&request, &selection, &decide);
        let _turn = self.selection_turn(selection).await?;
        let first = self
            .transact(call, |mut tx| async move {
                let entries = self.selected(tx.view(), call, selection).await?;
                let total = entries.iter().filter(|entry| matches(entry, call.now)).count();
                if let Some(expected) = request.expect_total.filter(|expected| *expected != count(total)) {
                    return Err(Rejection::OtherTotal { expected, found: total }.into());
                }
                let totals = Totals { matching: total, project: self.secrets_of(tx.view(), call).await? };
                let mut journal = BatchJournal::new(call, entries.len());
                journal.record_mut().recovery_window_in_days = window;
                let mut bulk = BulkChange::new(self, call, request.atomic, journal);
                let staged = bulk.stage(&mut tx, &entries, true, decide).await?;
                let rest = bulk.accept(staged, entries);
                if !rest.is_empty() {
                    return Ok(tx.done(Progress::Unfinished((bulk, rest, totals))));
                }
                Ok(tx.answer(answer(bulk, &totals)).await?.map(Progress::Answered))
            })
            .await?;
        match first {
            Progress::Answered(answer) => Ok(answer),
            Progress::Unfinished((mut bulk, rest, totals)) => {
                bulk.commit(rest, true, decide).await?;
                Ok(answer(bulk, &totals))
            }
        }
    }

    /// The window in days, of a request that breaks no rule.
    fn validated_window(
        &self,
        call: &Call,
        request: &BatchDeleteSecretsRequest,
        selection: &Selection<'_>,
    ) -> Result<Option<u32>, Rejection> {
        let (given, window) = (selection.given(), request.recovery_window_in_days);
        let says_how_many = request.expect_total.is_some() || call.is_previewed();
        let most = self.limits.import_entries;
        let mut problems = strongroom_validation::batch_delete(&given, most, window, says_how_many);
        problems.extend(selection.wrong_tags());
        if problems.is_empty() {
            Ok(window.map(i32::unsigned_abs))
        } else {
            Err(Rejection::Invalid(problems))
        }
    }

    /// How many secrets callers see in the project.
    async fn secrets_of(&self, view: &View, call: &Call) -> Answer<usize> {
        let stored = self.counts.current(&self.storage, call.project()).await;
        let stored = stored.map_err(OperationError::internal("counting the secrets of a project"))?;
        Ok(stored.saturating_sub(self.overdue_names(view, call).await?.len()))
    }
}

/// Whether it is a secret that is there.
fn matches(entry: &Entry<At>, now: Timestamp) -> bool {
    let found = entry.open.as_ref().and_then(|open| open.found.as_ref());
    found.is_some_and(|secret| !lifecycle::is_gone(&secret.record, now))
}

fn delete(
    selection: &Selection<'_>,
    at: At,
    found: Option<&Versioned<SecretRecord>>,
    window: Option<u32>,
    now: Timestamp,
    outcome: &mut Outcome,
) -> Result<SecretChange, Rejection> {
    let name = || outcome.name.clone();
    let secret = found.ok_or_else(|| Rejection::SecretNotFound { name: name() })?;
    if !selection.still_holds(secret, at) {
        return Err(Rejection::ChangedSince { name: name(), in_undo: false });
    }
    let Some(days) = window else {
        lifecycle::may_delete(&secret.record)?;
        outcome.set_action(Action::Deleted);
        return Ok(SecretChange::Remove);
    };
    let after = secret.with_same_content(lifecycle::schedule_deletion(&secret.record, days, now)?);
    outcome.set_action(Action::Scheduled);
    outcome.scheduled_delete_time = after.scheduled_delete_time;
    Ok(SecretChange::Change(Box::new(after)))
}

/// How many secrets match, and how many the project has.
struct Totals {
    matching: usize,
    project: usize,
}

fn answer(bulk: BulkChange<'_>, totals: &Totals) -> BatchDeleteSecretsResponse {
    let (tally, batch_id) = bulk.finish();
    let outcomes = tally.outcomes;
    let gone = |outcome: &&Outcome| matches!(outcome.action(), Action::Deleted | Action::Scheduled);
    let failed = |outcome: &Outcome| FailedDeletedSecret {
        secret_name: outcome.name.clone(),
        error_msg: match outcome.error_code.as_str() {
            code if code == Code::AlreadyScheduled.as_str() => WAITING.to_owned(),
            code => format!("{code}: {} {}", outcome.message, outcome.next_step),
        },
    };
    BatchDeleteSecretsResponse {
        total: count(totals.matching),
        success_secrets: outcomes.iter().filter(gone).map(|outcome| outcome.name.clone()).collect(),
        failed_secrets: outcomes.iter().filter(|outcome| is_rejected(outcome)).map(failed).collect(),
        outcomes,
        batch_id,
        project_total: count(totals.project),
        ..Default::default()
    }
}
