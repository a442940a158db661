//! Setting whether weak values are rejected.

use strongroom_contract::v1::{UpdateSecretsConfigRequest, UpdateSecretsConfigResponse};
use strongroom_storage::records::{AuditLine, CheckerRecord};

use crate::transaction::DONE;
use crate::{Answer, Call, OperationError, Operations};

impl Operations {
    pub async fn update_secrets_config(
        &self,
        call: &Call,
        request: UpdateSecretsConfigRequest,
    ) -> Answer<UpdateSecretsConfigResponse> {
        self.transact(call, |mut tx| async move {
            let before = tx.view().checker_settings(call.project()).await;
            let before = before.map_err(OperationError::internal("reading the settings of the checker"))?;
            let current = before.as_ref().is_some_and(|before| before.record.strength);
            let strength = request.checking_secret_strength.unwrap_or(current);
            tx.change().put_checker_settings(call.project(), before.as_ref(), &CheckerRecord { strength });
            tx.audit([AuditLine { outcome: DONE.to_owned(), ..AuditLine::default() }]);
            tx.answer(UpdateSecretsConfigResponse {
                checking_secret_strength: strength,
                ..Default::default()
            })
            .await
        })
        .await
    }
}
