//! Scheduling the deletion of a secret.

use strongroom_contract::v1::{ScheduleDeletionRequest, ScheduleDeletionResponse};

use crate::change::Which;
use crate::{Answer, Call, Operations, Rejection, life_cycle};

impl Operations {
    pub async fn schedule_deletion(
        &self,
        call: &Call,
        request: ScheduleDeletionRequest,
    ) -> Answer<ScheduleDeletionResponse> {
        let project = self.project(call, &request.project_id)?;
        let days = strongroom_validation::recovery_window(request.recovery_window_in_days);
        let days = days.map_err(Rejection::invalid)?;
        let secret = self
            .change_secret(call, project, Which::Name(&request.secret_name), |secret, now| {
                Ok(Some(life_cycle::schedule_deletion(secret, days, now)?))
            })
            .await?;
        Ok(ScheduleDeletionResponse {
            secret: Some(self.described(call, project, secret).await?),
            ..Default::default()
        })
    }
}
