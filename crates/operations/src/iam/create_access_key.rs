//! Creating an access key for oneself.

use strongroom_contract::v1::{CreateAccessKeyRequest, CreateAccessKeyResponse, CreatedAccessKey};
use strongroom_validation::access_key_description;
use strongroom_validation::limits::MAX_ACCESS_KEYS;

use crate::iam::access_keys::described;
use crate::iam::audit_line;
use crate::{Answer, Call, OperationError, Operations, Rejection};

impl Operations {
    pub async fn create_access_key(
        &self,
        call: &Call,
        request: CreateAccessKeyRequest,
    ) -> Answer<CreateAccessKeyResponse> {
        let wanted = request.credential.unwrap_or_default();
        if let Some(problem) = access_key_description(&wanted.description) {
            return Err(Rejection::invalid(problem).into());
        }
        let wanted = &wanted;
        self.transact(call, |mut tx| async move {
            let user = self.own_user(tx.view(), &call.caller, &wanted.user_id).await?;
            let there = tx.view().access_keys_of_user(call.caller.user_id).await;
            if there.map_err(OperationError::internal("reading access keys"))?.len() >= MAX_ACCESS_KEYS {
                return Err(Rejection::TooManyAccessKeys { allowed: MAX_ACCESS_KEYS }.into());
            }
            let (view, change) = tx.view_and_change();
            // Written as it is, so that of two calls at the same time the second counts the key of the first.
            change.update_user(&user, &user.record).map_err(OperationError::internal("relying on a user"))?;
            let created =
                self.access.create_access_key(view, change, &user.record, &wanted.description, call.now);
            let (record, secret_key) =
                created.await.map_err(OperationError::internal("creating an access key"))?;
            tx.audit([audit_line(call.caller.user_id, &record.access_key)]);
            let shown = described(record)?;
            let answer = CreateAccessKeyResponse {
                credential: Some(CreatedAccessKey {
                    access: shown.access,
                    secret: secret_key.to_string(),
                    status: shown.status,
                    create_time: shown.create_time,
                    user_id: shown.user_id,
                    description: shown.description,
                }),
            };
            Ok(tx.done(answer))
        })
        .await
    }
}
