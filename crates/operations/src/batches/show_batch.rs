//! Showing a batch and some of its outcomes.

use strongroom_contract::v1::{ShowBatchRequest, ShowBatchResponse};
use strongroom_storage::Id;
use strongroom_storage::records::BatchPart;

use super::list_batches::described;
use crate::journal::shown;
use crate::{Answer, Call, Operations, Rejection};

impl Operations {
    pub async fn show_batch(&self, call: &Call, request: ShowBatchRequest) -> Answer<ShowBatchResponse> {
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
        let record = self.batch(&view, call, batch).await?.record;
        let (mut outcomes, mut place, limit) = (Vec::new(), offset, limit as usize);
        while outcomes.len() < limit
            && let Some(part) = self.batch_part(&view, call.project(), batch, place).await?
        {
            let BatchPart { first, outcomes: own } = part.record;
            let placed = (first..).zip(own).skip_while(|(index, _)| *index < place);
            let wanted = placed.take(limit - outcomes.len());
            outcomes.extend(wanted.map(|(index, stored)| shown(index as usize, stored)));
            place = offset.saturating_add(u32::try_from(outcomes.len()).unwrap_or(u32::MAX));
        }
        let can_undo = self.can_undo(&view, call.project(), &record).await?;
        Ok(ShowBatchResponse { batch: Some(described(record, can_undo)), outcomes })
    }
}
