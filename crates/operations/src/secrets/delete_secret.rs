//! Deleting a secret at once.

use strongroom_contract::v1::{DeleteSecretRequest, DeleteSecretResponse};

use crate::transaction::SecretRef;
use crate::{Answer, Call, Operations, lifecycle};

impl Operations {
    pub async fn delete_secret(
        &self,
        call: &Call,
        request: DeleteSecretRequest,
    ) -> Answer<DeleteSecretResponse> {
        let request = &request;
        self.transact(call, |mut tx| async move {
            let secret = tx.secret(SecretRef::Name(&request.secret_name)).await?;
            lifecycle::may_delete(&secret.record)?;
            tx.delete_secret(&secret)?;
            tx.answer(DeleteSecretResponse::default()).await
        })
        .await
    }
}
