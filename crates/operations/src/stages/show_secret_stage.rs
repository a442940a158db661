//! Showing which version a stage points at.

use strongroom_contract::v1::{ShowSecretStageRequest, ShowSecretStageResponse};

use super::{judge, shown};
use crate::transaction::SecretRef;
use crate::{Answer, Call, Operations, Rejection};

impl Operations {
    pub async fn show_secret_stage(
        &self,
        call: &Call,
        request: ShowSecretStageRequest,
    ) -> Answer<ShowSecretStageResponse> {
        let problems = judge(&request.secret_name, &request.stage_name);
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }
        let secret = self.secret(&self.view().await?, call, SecretRef::Name(&request.secret_name)).await?;
        Ok(ShowSecretStageResponse { stage: Some(shown(&secret.record, &request.stage_name)?) })
    }
}
