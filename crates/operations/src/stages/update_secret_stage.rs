//! Pointing a stage at a version.

use strongroom_contract::v1::{UpdateSecretStageRequest, UpdateSecretStageResponse};

use super::{judge, shown};
use crate::lifecycle::stages;
use crate::transaction::SecretRef;
use crate::{Answer, Call, Operations, Rejection};

impl Operations {
    pub async fn update_secret_stage(
        &self,
        call: &Call,
        request: UpdateSecretStageRequest,
    ) -> Answer<UpdateSecretStageResponse> {
        let mut problems = judge(&request.secret_name, &request.stage_name);
        problems.extend(strongroom_validation::version_id(&request.version_id));
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }
        let request = &request;
        self.transact(call, |mut tx| async move {
            let (stage, version) = (&request.stage_name, &request.version_id);
            let before = tx.secret(SecretRef::Name(&request.secret_name)).await?;
            let after = stages::set_stage(&before.record, stage, version, self.limits.stages, call.now)?;
            tx.update_secret(&before, &after)?;
            let stage = Some(shown(&after, stage)?);
            tx.answer(UpdateSecretStageResponse { stage, ..Default::default() }).await
        })
        .await
    }
}
