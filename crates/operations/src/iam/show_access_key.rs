//! Showing one access key of oneself.

use strongroom_contract::v1::{ShowAccessKeyRequest, ShowAccessKeyResponse};

use crate::iam::access_keys::described;
use crate::{Answer, Call, Operations};

impl Operations {
    pub async fn show_access_key(
        &self,
        call: &Call,
        request: ShowAccessKeyRequest,
    ) -> Answer<ShowAccessKeyResponse> {
        let found = self.own_access_key(&self.view().await?, call, &request.access_key).await?;
        Ok(ShowAccessKeyResponse { credential: Some(described(found.record)?) })
    }
}
