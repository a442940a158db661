//! Deleting an access key of oneself.

use strongroom_contract::v1::{DeleteAccessKeyRequest, DeleteAccessKeyResponse};

use crate::iam::audit_line;
use crate::{Answer, Call, OperationError, Operations};

impl Operations {
    pub async fn delete_access_key(
        &self,
        call: &Call,
        request: DeleteAccessKeyRequest,
    ) -> Answer<DeleteAccessKeyResponse> {
        let request = &request;
        self.transact(call, |mut tx| async move {
            let found = self.own_access_key(tx.view(), call, &request.access_key).await?;
            let removed = tx.change().remove_access_key(&found);
            removed.map_err(OperationError::internal("removing an access key"))?;
            tx.audit([audit_line(call.caller.user_id, &request.access_key)]);
            Ok(tx.done(DeleteAccessKeyResponse {}))
        })
        .await
    }
}
