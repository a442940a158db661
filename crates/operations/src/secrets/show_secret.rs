//! Showing a secret without its value.

use strongroom_contract::v1::{ShowSecretRequest, ShowSecretResponse};

use crate::{Answer, Call, Operations, Refusal, describe};

impl Operations {
    pub async fn show_secret(&self, call: &Call, request: ShowSecretRequest) -> Answer<ShowSecretResponse> {
        let project = self.project(call, &request.project_id)?;
        if let Some(problem) = strongroom_validation::secret_name(&request.secret_name) {
            return Err(Refusal::invalid(problem).into());
        }
        let secret = self.secret(&self.view().await?, call, project, &request.secret_name).await?;
        Ok(ShowSecretResponse { secret: Some(describe::secret(secret.record, &call.caller)) })
    }
}
