//! Showing whether weak values are rejected.

use strongroom_contract::v1::{ShowSecretsConfigRequest, ShowSecretsConfigResponse};

use crate::{Answer, Call, Operations};

impl Operations {
    pub async fn show_secrets_config(
        &self,
        call: &Call,
        _: ShowSecretsConfigRequest,
    ) -> Answer<ShowSecretsConfigResponse> {
        Ok(ShowSecretsConfigResponse { checking_secret_strength: self.rejects_weak(call.project()).await? })
    }
}
