//! Showing a secret without its value.

use strongroom_contract::v1::{ShowSecretRequest, ShowSecretResponse};

use crate::transaction::SecretRef;
use crate::{Answer, Call, Operations, Rejection};

impl Operations {
    pub async fn show_secret(&self, call: &Call, request: ShowSecretRequest) -> Answer<ShowSecretResponse> {
        if let Some(problem) = strongroom_validation::secret_name(&request.secret_name) {
            return Err(Rejection::invalid(problem).into());
        }
        let view = self.view().await?;
        let secret = self.secret(&view, call, SecretRef::Name(&request.secret_name)).await?.record;
        Ok(ShowSecretResponse { secret: Some(self.described(&view, call, secret).await?) })
    }
}
