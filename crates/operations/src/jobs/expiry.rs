//! Deleting records that are kept for a limited time: batches, idempotency records, signatures and tokens.
//!
//! Safe to run twice, and on several replicas. Each goes by the time that is certain, so that a wrong clock deletes nothing.

use strongroom_storage::Timestamp;

use crate::transaction::SIGNATURE_KEPT;
use crate::{Answer, OperationError, Operations};

/// Records deleted per commit. Chosen by us: few enough that callers' commits hardly wait for it.
const GROUP: usize = 100;

impl Operations {
    /// Deletes expired batches. Returns how many records they had.
    pub async fn delete_expired_batches(&self) -> Answer<usize> {
        let (now, mut deleted) = (self.certain_now().await?, 0);
        let most = self.storage.limits().operations.saturating_sub(2).clamp(1, GROUP);
        loop {
            let group = self.transact_job(|mut tx| async move {
                let expired = tx.view().expired_batches(now, most).await;
                let expired = expired.map_err(OperationError::internal("looking for expired batches"))?;
                expired.iter().for_each(|batch| tx.change().remove_batch(batch));
                Ok(tx.done(expired.iter().map(|batch| batch.records()).sum()))
            });
            match group.await? {
                0 => return Ok(deleted),
                group => deleted += group,
            }
        }
    }

    /// Deletes expired idempotency records. Returns how many.
    pub async fn delete_expired_requests(&self) -> Answer<usize> {
        let (now, mut deleted) = (self.certain_now().await?, 0);
        // Each has an index entry by time.
        let most = (self.storage.limits().operations / 2).clamp(1, GROUP);
        loop {
            let group = self.transact_job(|mut tx| async move {
                let expired = tx.view().expired_requests(now, most).await;
                let expired = expired.map_err(OperationError::internal("looking for expired requests"))?;
                expired.iter().for_each(|request| tx.change().remove_request(request));
                Ok(tx.done(expired.len()))
            });
            match group.await? {
                0 => return Ok(deleted),
                group => deleted += group,
            }
        }
    }

    /// Deletes signatures that are no longer accepted. Returns how many.
    pub async fn delete_expired_signatures(&self) -> Answer<usize> {
        let (certain, mut deleted) = (self.certain_now().await?.milliseconds(), 0);
        let before = Timestamp::from_milliseconds(certain.saturating_sub(SIGNATURE_KEPT));
        let most = self.storage.limits().operations.clamp(1, GROUP);
        loop {
            let group = self.transact_job(|mut tx| async move {
                let expired = tx.view().signed_requests_before(before, most).await;
                let expired = expired.map_err(OperationError::internal("looking for expired signatures"))?;
                expired.iter().for_each(|signed| tx.change().remove_signed_request(signed));
                Ok(tx.done(expired.len()))
            });
            match group.await? {
                0 => return Ok(deleted),
                group => deleted += group,
            }
        }
    }

    /// Deletes tokens that have expired beyond doubt. Returns how many.
    pub async fn delete_expired_tokens(&self) -> Answer<usize> {
        let removed = self.access.remove_expired_tokens(self.certain_now().await?).await;
        removed.map_err(OperationError::internal("removing expired tokens"))
    }
}
