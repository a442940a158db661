//! Listing the access keys of oneself.

use strongroom_contract::v1::{ListAccessKeysRequest, ListAccessKeysResponse};

use crate::iam::access_keys::described;
use crate::{Answer, Call, OperationError, Operations};

impl Operations {
    pub async fn list_access_keys(
        &self,
        call: &Call,
        request: ListAccessKeysRequest,
    ) -> Answer<ListAccessKeysResponse> {
        let view = self.view().await?;
        self.own_user(&view, &call.caller, &request.user_id).await?;
        let found = view.access_keys_of_user(call.caller.user_id).await;
        let mut found = found.map_err(OperationError::internal("reading access keys"))?;
        found.sort_by_key(|kept| kept.record.create_time);
        let credentials = found.into_iter().map(|kept| described(kept.record)).collect::<Answer<_>>()?;
        Ok(ListAccessKeysResponse { credentials })
    }
}
