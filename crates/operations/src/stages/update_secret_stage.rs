//! Pointing a stage at a version.

use strongroom_contract::v1::{UpdateSecretStageRequest, UpdateSecretStageResponse};

use super::{judge, shown};
use crate::change::Which;
use crate::life_cycle::stages;
use crate::{Answer, Call, Operations, Rejection};

impl Operations {
    pub async fn update_secret_stage(
        &self,
        call: &Call,
        request: UpdateSecretStageRequest,
    ) -> Answer<UpdateSecretStageResponse> {
        let project = self.project(call, &request.project_id)?;
        let mut problems = judge(&request.secret_name, &request.stage_name);
        problems.extend(strongroom_validation::version_id(&request.version_id));
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }
        let (stage, allowed) = (&request.stage_name, self.limits.stages);
        let secret = self
            .change_secret(call, project, Which::Name(&request.secret_name), |secret, now| {
                Ok(Some(stages::set_stage(secret, stage, &request.version_id, allowed, now)?))
            })
            .await?;
        Ok(UpdateSecretStageResponse { stage: Some(shown(&secret, stage)?), ..Default::default() })
    }
}
