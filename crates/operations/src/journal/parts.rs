//! Reading the journal.

use strongroom_storage::records::{BatchPart, BatchRecord};
use strongroom_storage::{Id, Timestamp, Versioned, View};

use crate::{Answer, Call, OperationError, Operations, Rejection};

impl Operations {
    /// A batch, unless it has expired.
    pub(crate) async fn batch(&self, view: &View, call: &Call, batch: Id) -> Answer<Versioned<BatchRecord>> {
        let found = view.batch(call.project(), batch).await;
        let found = found.map_err(OperationError::internal("reading a batch"))?;
        let found = found.filter(|found| !has_expired(&found.record, call.now));
        Ok(found.ok_or_else(|| Rejection::BatchNotFound { batch: batch.to_string() })?)
    }

    /// The part of a batch with the outcome at this place.
    pub(crate) async fn batch_part(
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

pub(crate) fn has_expired(batch: &BatchRecord, now: Timestamp) -> bool {
    batch.expire_time <= now.milliseconds()
}
