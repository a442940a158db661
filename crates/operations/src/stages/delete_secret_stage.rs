//! Deleting a stage; the version it points at stays.

use strongroom_contract::v1::{DeleteSecretStageRequest, DeleteSecretStageResponse};

use super::judge;
use crate::lifecycle::stages;
use crate::transaction::SecretRef;
use crate::{Answer, Call, Operations, Rejection};

impl Operations {
    pub async fn delete_secret_stage(
        &self,
        call: &Call,
        request: DeleteSecretStageRequest,
    ) -> Answer<DeleteSecretStageResponse> {
        let problems = judge(&request.secret_name, &request.stage_name);
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }
        let request = &request;
        self.transact(call, |mut tx| async move {
            let before = tx.secret(SecretRef::Name(&request.secret_name)).await?;
            let after = stages::delete_stage(&before.record, &request.stage_name, call.now)?;
            tx.update_secret(&before, &after)?;
            tx.answer(DeleteSecretStageResponse::default()).await
        })
        .await
    }
}
