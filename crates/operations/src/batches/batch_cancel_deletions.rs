//! Cancelling many deletions.
//!
//! A named secret that is not pending deletion is rejected. Any other selection takes only those that are.

use strongroom_contract::v1::{Action, BatchCancelDeletionsRequest, BatchCancelDeletionsResponse, Outcome};
use strongroom_storage::records::SecretRecord;
use strongroom_storage::{Timestamp, Versioned};

use crate::bulk::selection::{At, Selection};
use crate::bulk::{BulkChange, SecretChange};
use crate::describe::count;
use crate::journal::BatchJournal;
use crate::transaction::Progress;
use crate::{Answer, Call, Operations, Rejection, lifecycle};

impl Operations {
    pub async fn batch_cancel_deletions(
        &self,
        call: &Call,
        request: BatchCancelDeletionsRequest,
    ) -> Answer<BatchCancelDeletionsResponse> {
        let selection = Selection::from(&request);
        let mut problems =
            strongroom_validation::batch_cancel(&selection.given(), self.limits.import_entries);
        problems.extend(selection.wrong_tags());
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }
        let decide = |at: &At, found: Option<&Versioned<SecretRecord>>, outcome: &mut Outcome| {
            cancel(&selection, *at, found, call.now, outcome)
        };
        let (request, selection, decide) = (&request, &selection, &decide);
        let _turn = self.selection_turn(selection).await?;
        let first = self
            .transact(call, |mut tx| async move {
                let entries = self.selected(tx.view(), call, selection).await?;
                let journal = BatchJournal::new(call, entries.len());
                let mut bulk = BulkChange::new(self, call, request.atomic, journal);
                let staged = bulk.stage(&mut tx, &entries, true, decide).await?;
                let rest = bulk.accept(staged, entries);
                if !rest.is_empty() {
                    return Ok(tx.done(Progress::Unfinished((bulk, rest))));
                }
                Ok(tx.answer(answer(bulk)).await?.map(Progress::Answered))
            })
            .await?;
        match first {
            Progress::Answered(answer) => Ok(answer),
            Progress::Unfinished((mut bulk, rest)) => {
                bulk.commit(rest, true, decide).await?;
                Ok(answer(bulk))
            }
        }
    }
}

fn answer(bulk: BulkChange<'_>) -> BatchCancelDeletionsResponse {
    let (tally, batch_id) = bulk.finish();
    BatchCancelDeletionsResponse {
        success: tally.of(Action::Cancelled),
        failed: tally.of(Action::Rejected),
        total: count(tally.outcomes.len()) - tally.of(Action::Unchanged),
        outcomes: tally.outcomes,
        batch_id,
        ..Default::default()
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
    let after = secret.with_same_content(lifecycle::cancel_deletion(&secret.record, now)?);
    outcome.set_action(Action::Cancelled);
    Ok(SecretChange::Change(Box::new(after)))
}
