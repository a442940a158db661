//! Calling off a scheduled deletion.
//!
//! Nothing is removed while a secret waits, so cancelling only clears the date.

use strongroom_contract::v1::{CancelDeletionRequest, CancelDeletionResponse};

use crate::transaction::SecretRef;
use crate::{Answer, Call, Operations, lifecycle};

impl Operations {
    pub async fn cancel_deletion(
        &self,
        call: &Call,
        request: CancelDeletionRequest,
    ) -> Answer<CancelDeletionResponse> {
        let request = &request;
        self.transact(call, |mut tx| async move {
            let before = tx.secret(SecretRef::Name(&request.secret_name)).await?;
            let after = lifecycle::cancel_deletion(&before.record, call.now)?;
            tx.update_secret(&before, &after)?;
            let secret = Some(tx.describe(after).await?);
            tx.answer(CancelDeletionResponse { secret, ..Default::default() }).await
        })
        .await
    }
}
