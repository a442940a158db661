//! Changing the caller's own password, which ends all tokens of the user.

use std::mem::take;

use strongroom_contract::v1::{ChangePasswordRequest, ChangePasswordResponse};
use strongroom_storage::records::UserRecord;
use strongroom_validation::user_password;
use tokio::sync::Mutex;
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
        // Slow on purpose, so it is done once, and again only if the password was changed in the meantime.
        let verified = &Mutex::new(None);
        let (user_id, original, new) = (&request.user_id, &original, &new);
        self.transact(call, |mut tx| async move {
            let user = self.own_user(tx.view(), &call.caller, user_id).await?;
            let known = verified.lock().await.take();
            let (old_hash, new_hash) = match known {
                Some((old_hash, new_hash)) if old_hash == user.record.password_hash => (old_hash, new_hash),
                Some(_) | None => {
                    let old_hash = user.record.password_hash.clone();
                    let new_hash = self.replaced_password(call, original, &old_hash, new).await?;
                    (old_hash, new_hash)
                }
            };
            let after = UserRecord {
                password_hash: new_hash.clone(),
                credentials_epoch: user.record.credentials_epoch.saturating_add(1),
                ..user.record.clone()
            };
            tx.change().update_user(&user, &after).map_err(OperationError::internal("changing a user"))?;
            tx.audit([audit_line(call.caller.user_id, "")]);
            *verified.lock().await = Some((old_hash, new_hash));
            Ok(tx.done(ChangePasswordResponse {}))
        })
        .await
    }

    /// The hash of a new password, whose caller proves to know the present one.
    async fn replaced_password(
        &self,
        call: &Call,
        original: &str,
        old_hash: &str,
        new: &str,
    ) -> Answer<String> {
        let replaced = self.access.replace_password(
            call.network,
            &call.caller,
            original,
            old_hash.to_owned(),
            new,
            call.now,
        );
        let (domain, name) = (&call.caller.domain_name, &call.caller.user_name);
        let new_hash = replaced
            .await
            .map_err(|failure| rejected(failure, domain, name))?
            .ok_or(Rejection::WrongOriginalPassword)?;
        match new == original {
            true => Err(Rejection::SamePassword.into()),
            false => Ok(new_hash),
        }
    }
}
