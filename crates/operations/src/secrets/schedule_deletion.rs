//! Scheduling the deletion of a secret.

use strongroom_contract::v1::{ScheduleDeletionRequest, ScheduleDeletionResponse};

use crate::transaction::SecretRef;
use crate::{Answer, Call, Operations, Rejection, lifecycle};

impl Operations {
    pub async fn schedule_deletion(
        &self,
        call: &Call,
        request: ScheduleDeletionRequest,
    ) -> Answer<ScheduleDeletionResponse> {
        let days = strongroom_validation::recovery_window(request.recovery_window_in_days);
        let days = days.map_err(Rejection::invalid)?;
        let request = &request;
        self.transact(call, |mut tx| async move {
            let before = tx.secret(SecretRef::Name(&request.secret_name)).await?;
            let after = lifecycle::schedule_deletion(&before.record, days, call.now)?;
            tx.update_secret(&before, &after)?;
            let secret = Some(tx.describe(after).await?);
            tx.answer(ScheduleDeletionResponse { secret, ..Default::default() }).await
        })
        .await
    }
}
