//! Calling off a scheduled deletion.
//!
//! Nothing is removed while a secret waits, so cancelling only clears the date.

use strongroom_contract::v1::{CancelDeletionRequest, CancelDeletionResponse};

use crate::change::Which;
use crate::{Answer, Call, Operations, life_cycle};

impl Operations {
    pub async fn cancel_deletion(
        &self,
        call: &Call,
        request: CancelDeletionRequest,
    ) -> Answer<CancelDeletionResponse> {
        let project = self.project(call, &request.project_id)?;
        let secret = self
            .change_secret(call, project, Which::Name(&request.secret_name), |secret, now| {
                Ok(Some(life_cycle::cancel_deletion(secret, now)?))
            })
            .await?;
        Ok(CancelDeletionResponse {
            secret: Some(self.described(call, project, secret).await?),
            ..Default::default()
        })
    }
}
