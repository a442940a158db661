//! Changing the caller's own password, which ends all tokens of the user.

use std::mem::take;

use strongroom_contract::v1::{ChangePasswordRequest, ChangePasswordResponse};
use strongroom_storage::Change;
use strongroom_storage::records::UserRecord;
use strongroom_validation::user_password;
use zeroize::Zeroizing;

use crate::iam::audit_line;
use crate::iam::create_token::rejected;
use crate::{Answer, Call, OperationError, Operations, Rejection};

impl Operations {
    pub async fn change_password(
        &self,
        call: &Call,
        request: ChangePasswordRequest,
    ) -> Answer<ChangePasswordResponse> {
        let mut passwords = request.user.unwrap_or_default();
        let new = Zeroizing::new(take(&mut passwords.password));
        let original = Zeroizing::new(take(&mut passwords.original_password));
        if let Some(problem) = user_password(&new, &call.caller.user_name) {
            return Err(Rejection::invalid(problem).into());
        }
        let mut user = self.own_user(&self.view().await?, &call.caller, &request.user_id).await?;
        // Slow on purpose, so it is done again only if somebody else has changed the password meanwhile.
        'verify: loop {
            let hash = user.record.password_hash.clone();
            let replaced =
                self.access.replace_password(call.network, &call.caller, &original, hash, &new, call.now);
            let (domain, name) = (&call.caller.domain_name, &call.caller.user_name);
            let new_hash = replaced
                .await
                .map_err(|failure| rejected(failure, domain, name))?
                .ok_or(Rejection::WrongOriginalPassword)?;
            if new == original {
                return Err(Rejection::SamePassword.into());
            }
            loop {
                let after = UserRecord {
                    password_hash: new_hash.clone(),
                    credentials_epoch: user.record.credentials_epoch.saturating_add(1),
                    ..user.record.clone()
                };
                let mut change = Change::new();
                change.update_user(&user, &after).map_err(OperationError::internal("changing a user"))?;
                self.audit(call, &mut change, 0, vec![audit_line(call.caller.user_id, "")])?;
                if self.commit(call, change).await? {
                    return Ok(ChangePasswordResponse {});
                }
                let verified = user.record.password_hash;
                user = self.own_user(&self.view().await?, &call.caller, &request.user_id).await?;
                if user.record.password_hash != verified {
                    continue 'verify;
                }
            }
        }
    }
}
