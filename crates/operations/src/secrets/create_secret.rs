//! Storing a new secret and its first value.

use strongroom_contract::v1::{CreateSecretRequest, CreateSecretResponse};

use crate::batches::Ready;
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
        let problems = strongroom_validation::entry(&new_secret::entry(&new));
        if !problems.is_empty() {
            return Err(Refusal::Invalid(problems).into());
        }
        let (record, value) = new_secret::record(new, self.clock.now())?;
        let mut ready: Vec<Ready> = self.seal(project, vec![(0, record, value)]).await?;
        let mut stored = self.store(call, project, 0, &ready).await?;
        match (stored.pop().flatten(), ready.pop()) {
            (Some(refusal), _) => Err(refusal.into()),
            (None, Some(ready)) => {
                Ok(CreateSecretResponse { secret: Some(describe::secret(ready.secret, &call.caller)) })
            }
            (None, None) => Ok(CreateSecretResponse::default()),
        }
    }
}
