//! Listing the batches that changed something, newest first.

use strongroom_contract::v1::{Action, ActionCount, Batch, ListBatchesRequest, ListBatchesResponse};
use strongroom_storage::Id;
use strongroom_storage::records::BatchRecord;

use crate::journal::has_expired;
use crate::{Answer, Call, OperationError, Operations, Rejection, describe};

impl Operations {
    pub async fn list_batches(
        &self,
        call: &Call,
        request: ListBatchesRequest,
    ) -> Answer<ListBatchesResponse> {
        let limit = strongroom_validation::batch_limit(request.limit);
        let marker = Some(request.marker.as_str()).filter(|marker| !marker.is_empty());
        let wrong_marker = marker.and_then(strongroom_validation::batch_marker);
        let (limit, wrong_limit) = (limit.as_ref().copied().unwrap_or_default(), limit.err());
        let problems: Vec<_> = wrong_limit.into_iter().chain(wrong_marker).collect();
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }

        let limit = limit as usize;
        let after = marker.and_then(Id::parse);
        let view = self.view().await?;
        let mut found = view
            .batches(call.project(), after, limit + 1)
            .await
            .map_err(OperationError::internal("listing batches"))?;
        // They are in order of time, so only the last ones can have expired.
        found.retain(|batch| !has_expired(batch, call.now));
        let more = found.len() > limit;
        found.truncate(limit);
        let mut batches = Vec::with_capacity(found.len());
        for batch in found {
            let can_undo = self.can_undo(&view, call.project(), &batch).await?;
            batches.push(described(batch, can_undo));
        }
        let page_info = describe::page_info(&batches, more, |batch| &batch.batch_id);
        Ok(ListBatchesResponse { batches, page_info: Some(page_info) })
    }
}

/// A batch as callers see it.
pub(super) fn described(record: BatchRecord, can_undo: bool) -> Batch {
    let id = |id: &[u8]| Id::from_stored(id).map(|id| id.to_string()).unwrap_or_default();
    let mut actions: Vec<_> = (0..)
        .zip(&record.counts)
        .filter(|(_, count)| **count > 0)
        .map(|(action, count)| ActionCount {
            action: Action::try_from(action).unwrap_or_default().into(),
            count: i32::try_from(*count).unwrap_or(i32::MAX),
        })
        .collect();
    actions.sort_by_key(|action| (-action.count, action.action));
    Batch {
        batch_id: id(&record.id),
        can_undo,
        actions,
        create_time: record.create_time,
        update_time: record.update_time,
        expire_time: record.expire_time,
        finished: record.finished,
        total: i32::try_from(record.total).unwrap_or(i32::MAX),
        undone_by: id(&record.undone_by),
        undoes: id(&record.undoes),
        operation: record.operation,
        user_name: record.caller_name,
    }
}
