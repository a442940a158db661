//! Showing a batch and some of its outcomes.

use strongroom_contract::v1::{ShowBatchRequest, ShowBatchResponse};
use strongroom_storage::records::{BatchPart, BatchRecord};
use strongroom_storage::{Id, Versioned, View};

use super::list_batches::{described, has_expired};
use super::report::shown;
use crate::{Answer, Call, OperationError, Operations, Rejection};

impl Operations {
    pub async fn show_batch(&self, call: &Call, request: ShowBatchRequest) -> Answer<ShowBatchResponse> {
        let project = self.project(call, &request.project_id)?;
        let limit = strongroom_validation::outcome_limit(request.limit);
        let offset = strongroom_validation::outcome_offset(request.offset);
        let problem = strongroom_validation::batch_id(&request.batch_id);
        let problems: Vec<_> = problem
            .into_iter()
            .chain(limit.as_ref().err().cloned())
            .chain(offset.as_ref().err().cloned())
            .collect();
        let (Some(batch), Ok(limit), Ok(offset)) = (Id::parse(&request.batch_id), limit, offset) else {
            return Err(Rejection::Invalid(problems).into());
        };
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }

        let view = self.view().await?;
        let record = self.batch(&view, call, project, batch).await?.record;
        let (mut outcomes, mut place, limit) = (Vec::new(), offset, limit as usize);
        while outcomes.len() < limit
            && let Some(part) = self.part(&view, project, batch, place).await?
        {
            let BatchPart { first, outcomes: own } = part.record;
            let placed = (first..).zip(own).skip_while(|(index, _)| *index < place);
            let wanted = placed.take(limit - outcomes.len());
            outcomes.extend(wanted.map(|(index, stored)| shown(index as usize, stored)));
            place = offset.saturating_add(u32::try_from(outcomes.len()).unwrap_or(u32::MAX));
        }
        let can_undo = self.can_undo(&view, project, &record).await?;
        Ok(ShowBatchResponse { batch: Some(described(record, can_undo)), outcomes })
    }

    /// A batch that is kept still.
    pub(super) async fn batch(
        &self,
        view: &View,
        call: &Call,
        project: Id,
        batch: Id,
    ) -> Answer<Versioned<BatchRecord>> {
        let found = view.batch(project, batch).await.map_err(OperationError::internal("reading a batch"))?;
        let found = found.filter(|found| !has_expired(&found.record, call.now));
        Ok(found.ok_or_else(|| Rejection::BatchNotFound { batch: batch.to_string() })?)
    }

    /// The part of a batch with the outcome at this place.
    pub(super) async fn part(
        &self,
        view: &View,
        project: Id,
        batch: Id,
        place: u32,
    ) -> Answer<Option<Versioned<BatchPart>>> {
        let part = view.batch_part(project, batch, place).await;
        part.map_err(OperationError::internal("reading the outcomes of a batch"))
    }
}
