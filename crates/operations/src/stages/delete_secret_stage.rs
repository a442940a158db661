//! Deleting a stage; the version it points at stays.

use strongroom_contract::v1::{DeleteSecretStageRequest, DeleteSecretStageResponse};

use super::judge;
use crate::change::Which;
use crate::life_cycle::stages;
use crate::{Answer, Call, Operations, Rejection};

impl Operations {
    pub async fn delete_secret_stage(
        &self,
        call: &Call,
        request: DeleteSecretStageRequest,
    ) -> Answer<DeleteSecretStageResponse> {
        let project = self.project(call, &request.project_id)?;
        let problems = judge(&request.secret_name, &request.stage_name);
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }
        self.change_secret(call, project, Which::Name(&request.secret_name), |secret, now| {
            Ok(Some(stages::delete_stage(secret, &request.stage_name, now)?))
        })
        .await?;
        Ok(DeleteSecretStageResponse::default())
    }
}
