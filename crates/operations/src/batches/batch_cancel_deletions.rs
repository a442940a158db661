//! Cancelling many deletions.
//!
//! Named secrets that do not wait are refused; by any other selection only those that wait are meant.

use strongroom_contract::v1::{Action, BatchCancelDeletionsRequest, BatchCancelDeletionsResponse, Outcome};
use strongroom_storage::records::SecretRecord;
use strongroom_storage::{Kept, Timestamp};

use super::report::Report;
use super::selection::{At, Selection};
use super::steps::{Step, Steps, Taken};
use crate::describe::count;
use crate::{Answer, Call, Operations, Refusal, life_cycle};

impl Operations {
    pub async fn batch_cancel_deletions(
        &self,
        call: &Call,
        request: BatchCancelDeletionsRequest,
    ) -> Answer<BatchCancelDeletionsResponse> {
        let project = self.project(call, &request.project_id)?;
        let selection = Selection::from(&request);
        let mut problems =
            strongroom_validation::batch_cancel(&selection.given(), self.limits.import_entries);
        problems.extend(selection.wrong_tags());
        if !problems.is_empty() {
            return Err(Refusal::Invalid(problems).into());
        }
        loop {
            let view = self.view().await?;
            let mut entries = self.selected(&view, call, project, &selection).await?;
            if request.names.is_empty() {
                entries.retain(|entry| {
                    let found = entry.open.as_ref().and_then(|open| open.found.as_ref());
                    found.is_some_and(|secret| secret.record.scheduled_delete_time.is_some())
                });
                (0..).zip(&mut entries).for_each(|(index, entry)| entry.outcome.index = index);
            }
            let report = Report::of(call, entries.len());
            let mut steps = Steps::new(self, call, request.atomic, report);
            let taken = steps.take(view, entries, true, |at, found, outcome| {
                cancel(&selection, *at, found, call.now, outcome)
            });
            if taken.await? == Taken::Moved {
                continue;
            }
            let (outcomes, batch_id) = steps.finish().await?;
            let of = |action| count(outcomes.iter().filter(|outcome| outcome.action() == action).count());
            return Ok(BatchCancelDeletionsResponse {
                success: of(Action::Cancelled),
                failed: of(Action::Refused),
                total: count(outcomes.iter().filter(|outcome| outcome.action() != Action::Unchanged).count()),
                outcomes,
                batch_id,
                ..Default::default()
            });
        }
    }
}

fn cancel(
    selection: &Selection<'_>,
    at: At,
    found: Option<&Kept<SecretRecord>>,
    now: Timestamp,
    outcome: &mut Outcome,
) -> Result<Step, Refusal> {
    let name = || outcome.name.clone();
    let secret = found.ok_or_else(|| Refusal::SecretNotFound { name: name() })?;
    if !selection.still_holds(secret, at) {
        return Err(Refusal::ChangedSince { name: name() });
    }
    let content_revision = secret.content_revision().0;
    let after = life_cycle::cancel_deletion(&secret.record, now)?;
    let after = SecretRecord { content_revision, ..after };
    outcome.set_action(Action::Cancelled);
    Ok(Step::Change(Box::new(after)))
}
