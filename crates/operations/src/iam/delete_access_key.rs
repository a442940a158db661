//! Deleting an access key of oneself.

use strongroom_contract::v1::{DeleteAccessKeyRequest, DeleteAccessKeyResponse};
use strongroom_storage::Change;

use crate::iam::audit_line;
use crate::{Answer, Call, OperationError, Operations};

impl Operations {
    pub async fn delete_access_key(
        &self,
        call: &Call,
        request: DeleteAccessKeyRequest,
    ) -> Answer<DeleteAccessKeyResponse> {
        loop {
            let found = self.own_access_key(&self.view().await?, call, &request.access_key).await?;
            let mut change = Change::new();
            change.remove_access_key(&found).map_err(OperationError::internal("removing an access key"))?;
            self.audit(call, &mut change, 0, vec![audit_line(call.caller.user_id, &request.access_key)])?;
            if self.commit(call, change).await? {
                return Ok(DeleteAccessKeyResponse {});
            }
        }
    }
}
