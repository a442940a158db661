//! Setting whether weak values are rejected.

use strongroom_contract::v1::{UpdateSecretsConfigRequest, UpdateSecretsConfigResponse};
use strongroom_storage::Change;
use strongroom_storage::records::{AuditLine, CheckerRecord};

use crate::change::DONE;
use crate::{Answer, Call, OperationError, Operations};

impl Operations {
    pub async fn update_secrets_config(
        &self,
        call: &Call,
        request: UpdateSecretsConfigRequest,
    ) -> Answer<UpdateSecretsConfigResponse> {
        let project = self.project(call, &request.project_id)?;
        loop {
            let before = self.view().await?.checker_settings(project).await;
            let before = before.map_err(OperationError::internal("reading the settings of the checker"))?;
            let current = before.as_ref().is_some_and(|before| before.record.strength);
            let strength = request.checking_secret_strength.unwrap_or(current);
            let mut change = Change::new();
            change.put_checker_settings(project, before.as_ref(), &CheckerRecord { strength });
            let done = AuditLine { outcome: DONE.to_owned(), ..AuditLine::default() };
            self.audit(call, &mut change, 0, vec![done])?;
            if self.commit(call, change).await? {
                return Ok(UpdateSecretsConfigResponse {
                    checking_secret_strength: strength,
                    ..Default::default()
                });
            }
        }
    }
}
