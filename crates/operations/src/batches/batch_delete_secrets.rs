//! Deleting many secrets, at once or with a window in which they can be had back.
//!
//! A secret belongs to the instance its rotation settings name. One that is pending deletion matches, is rejected and stays.

use strongroom_contract::v1::{
    Action, BatchDeleteSecretsRequest, BatchDeleteSecretsResponse, FailedDeletedSecret, Outcome,
};
use strongroom_storage::records::SecretRecord;
use strongroom_storage::{Id, Timestamp, Versioned, View};

use super::bulk::{BulkChange, Entry, SecretChange, Taken};
use super::outcome::is_rejected;
use super::report::Report;
use super::selection::{At, Selection};
use crate::describe::count;
use crate::{Answer, Call, Code, OperationError, Operations, Rejection, life_cycle};

/// What the documented example says about a waiting secret, to the letter: existing clients may compare it.
const WAITING: &str = "CSMS.0107: Secret is already in the **Pending deletion** state.";

impl Operations {
    pub async fn batch_delete_secrets(
        &self,
        call: &Call,
        request: BatchDeleteSecretsRequest,
    ) -> Answer<BatchDeleteSecretsResponse> {
        let project = self.project(call, &request.project_id)?;
        let selection = Selection::from(&request);
        let window = self.judged(call, &request, &selection)?;
        let _turn = self.selection_turn(&selection).await?;
        loop {
            let view = self.view().await?;
            let entries = self.selected(&view, call, project, &selection).await?;
            let total = entries.iter().filter(|entry| matches(entry, call.now)).count();
            if let Some(expected) = request.expect_total.filter(|expected| *expected != count(total)) {
                return Err(Rejection::OtherTotal { expected, found: total }.into());
            }
            let project_total = self.secrets_of(&view, call, project).await?;

            let mut report = Report::of(call, entries.len());
            report.record_mut().recovery_window_in_days = window;
            let mut steps = BulkChange::new(self, call, request.atomic, report);
            let taken = steps.apply(view, entries, true, |at, found, outcome| {
                delete(&selection, *at, found, window, call.now, outcome)
            });
            if taken.await? == Taken::Moved {
                continue;
            }
            let (tally, batch_id) = steps.finish().await?;
            return Ok(answer(tally.outcomes, batch_id, total, project_total));
        }
    }

    /// The window in days, of a request that breaks no rule.
    fn judged(
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
    async fn secrets_of(&self, view: &View, call: &Call, project: Id) -> Answer<usize> {
        let stored = self.counts.current(&self.storage, project).await;
        let stored = stored.map_err(OperationError::internal("counting the secrets of a project"))?;
        Ok(stored.saturating_sub(self.overdue_names(view, call, project).await?.len()))
    }
}

/// Whether it is a secret that is there.
fn matches(entry: &Entry<At>, now: Timestamp) -> bool {
    let found = entry.open.as_ref().and_then(|open| open.found.as_ref());
    found.is_some_and(|secret| !life_cycle::is_gone(&secret.record, now))
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
        life_cycle::may_delete(&secret.record)?;
        outcome.set_action(Action::Deleted);
        return Ok(SecretChange::Remove);
    };
    let after = secret.with_same_content(life_cycle::schedule_deletion(&secret.record, days, now)?);
    outcome.set_action(Action::Scheduled);
    outcome.scheduled_delete_time = after.scheduled_delete_time;
    Ok(SecretChange::Change(Box::new(after)))
}

fn answer(
    outcomes: Vec<Outcome>,
    batch_id: String,
    total: usize,
    project_total: usize,
) -> BatchDeleteSecretsResponse {
    let gone = |outcome: &&Outcome| matches!(outcome.action(), Action::Deleted | Action::Scheduled);
    let failed = |outcome: &Outcome| FailedDeletedSecret {
        secret_name: outcome.name.clone(),
        error_msg: match outcome.error_code.as_str() {
            code if code == Code::AlreadyScheduled.as_str() => WAITING.to_owned(),
            code => format!("{code}: {} {}", outcome.message, outcome.next_step),
        },
    };
    BatchDeleteSecretsResponse {
        total: count(total),
        success_secrets: outcomes.iter().filter(gone).map(|outcome| outcome.name.clone()).collect(),
        failed_secrets: outcomes.iter().filter(|outcome| is_rejected(outcome)).map(failed).collect(),
        outcomes,
        batch_id,
        project_total: count(project_total),
        ..Default::default()
    }
}
