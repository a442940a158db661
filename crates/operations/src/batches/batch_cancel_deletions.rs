//! Cancelling many deletions.
//!
//! Named secrets that do not wait are rejected; by any other selection only those that wait are meant.

use strongroom_contract::v1::{Action, BatchCancelDeletionsRequest, BatchCancelDeletionsResponse, Outcome};
use strongroom_storage::records::SecretRecord;
use strongroom_storage::{Timestamp, Versioned};

use super::bulk::{BulkChange, SecretChange, Taken};
use super::report::Report;
use super::selection::{At, Selection};
use crate::describe::count;
use crate::{Answer, Call, Operations, Rejection, life_cycle};

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
            return Err(Rejection::Invalid(problems).into());
        }
        let _turn = self.selection_turn(&selection).await?;
        loop {
            let view = self.view().await?;
            let entries = self.selected(&view, call, project, &selection).await?;
            let report = Report::of(call, entries.len());
            let mut steps = BulkChange::new(self, call, request.atomic, report);
            let taken = steps.apply(view, entries, true, |at, found, outcome| {
                cancel(&selection, *at, found, call.now, outcome)
            });
            if taken.await? == Taken::Moved {
                continue;
            }
            let (tally, batch_id) = steps.finish().await?;
            return Ok(BatchCancelDeletionsResponse {
                success: tally.of(Action::Cancelled),
                failed: tally.of(Action::Rejected),
                total: count(tally.outcomes.len()) - tally.of(Action::Unchanged),
                outcomes: tally.outcomes,
                batch_id,
                ..Default::default()
            });
        }
    }
}

fn cancel(
    selection: &Selection<'_>,
    at: At,
    found: Option<&Versioned<SecretRecord>>,
    now: Timestamp,
    outcome: &mut Outcome,
) -> Result<SecretChange, Rejection> {
    let name = || outcome.name.clone();
    let secret = found.ok_or_else(|| Rejection::SecretNotFound { name: name() })?;
    if !selection.still_holds(secret, at) {
        return Err(Rejection::ChangedSince { name: name(), in_undo: false });
    }
    let after = secret.with_same_content(life_cycle::cancel_deletion(&secret.record, now)?);
    outcome.set_action(Action::Cancelled);
    Ok(SecretChange::Change(Box::new(after)))
}
