//! Storing a new secret and its first value.

use strongroom_contract::v1::{CreateSecretRequest, CreateSecretResponse};

use crate::secrets::new_secret;
use crate::{Answer, Call, Operations, Refusal, describe};

impl Operations {
    pub async fn create_secret(
        &self,
        call: &Call,
        request: CreateSecretRequest,
    ) -> Answer<CreateSecretResponse> {
        let project = self.project(call, &request.project_id)?;
        let new = request.secret.unwrap_or_default();
        let problems = strongroom_validation::entry(&new_secret::entry(&new), self.limits.value_bytes);
        if !problems.is_empty() {
            return Err(Refusal::Invalid(problems).into());
        }
        self.judge_strength(project, new.secret_string.as_deref()).await?;
        let new = [new_secret::read(0, new, call.now)?];
        let refusals = self.store(call, project, 0, &new).await?;
        if let Some(refusal) = refusals.into_iter().flatten().next() {
            return Err(refusal.into());
        }
        let [stored] = new;
        Ok(CreateSecretResponse {
            secret: Some(describe::secret(stored.secret, &call.caller, None)),
            ..Default::default()
        })
    }
}
