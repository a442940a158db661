//! Showing a secret without its value.

use strongroom_contract::v1::{ShowSecretRequest, ShowSecretResponse};

use crate::{Answer, Call, Operations, Rejection};

impl Operations {
    pub async fn show_secret(&self, call: &Call, request: ShowSecretRequest) -> Answer<ShowSecretResponse> {
        let project = self.project(call, &request.project_id)?;
        if let Some(problem) = strongroom_validation::secret_name(&request.secret_name) {
            return Err(Rejection::invalid(problem).into());
        }
        let view = self.view().await?;
        let secret = self.secret(&view, call, project, &request.secret_name).await?.record;
        Ok(ShowSecretResponse { secret: Some(self.described_in(&view, call, project, secret).await?) })
    }
}
