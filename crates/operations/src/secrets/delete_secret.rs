//! Deleting a secret at once.

use strongroom_contract::v1::{DeleteSecretRequest, DeleteSecretResponse};

use crate::change::Which;
use crate::{Answer, Call, Operations, life_cycle};

impl Operations {
    pub async fn delete_secret(
        &self,
        call: &Call,
        request: DeleteSecretRequest,
    ) -> Answer<DeleteSecretResponse> {
        let project = self.project(call, &request.project_id)?;
        self.change_secret(call, project, Which::Name(&request.secret_name), |secret, _| {
            life_cycle::may_delete(secret)?;
            Ok(None)
        })
        .await?;
        Ok(DeleteSecretResponse::default())
    }
}
