//! Ending a token before its time.

use strongroom_contract::v1::{RevokeTokenRequest, RevokeTokenResponse};

use crate::iam::audit_line;
use crate::{Answer, Call, OperationError, Operations, Rejection};

impl Operations {
    pub async fn revoke_token(
        &self,
        call: &Call,
        request: RevokeTokenRequest,
    ) -> Answer<RevokeTokenResponse> {
        let hash = match request.subject_token.as_str() {
            "" => call.caller.token,
            token => {
                self.access.token_hash(token).await.map_err(OperationError::internal("hashing a token"))?
            }
        };
        let hash = hash.ok_or(Rejection::TokenNotFound)?;
        self.transact(call, |mut tx| async move {
            let token = self.access.token_of(tx.view(), call.caller.user_id, &hash, call.now).await;
            let token = token.map_err(OperationError::internal("reading a token"))?;
            tx.change().revoke_token(&hash, &token.ok_or(Rejection::TokenNotFound)?);
            tx.audit([audit_line(call.caller.user_id, "")]);
            Ok(tx.done(RevokeTokenResponse {}))
        })
        .await
    }
}
