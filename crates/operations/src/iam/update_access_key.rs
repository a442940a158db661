//! Switching an access key of oneself off and on, and saying what it is for.

use strongroom_contract::v1::{AccessKeyStatus, UpdateAccessKeyRequest, UpdateAccessKeyResponse};
use strongroom_storage::records::AccessKeyRecord;
use strongroom_validation::{Code, Problem, access_key_description};

use crate::iam::access_keys::described;
use crate::iam::audit_line;
use crate::{Answer, Call, Operations, Rejection};

impl Operations {
    pub async fn update_access_key(
        &self,
        call: &Call,
        request: UpdateAccessKeyRequest,
    ) -> Answer<UpdateAccessKeyResponse> {
        let wanted = request.credential.unwrap_or_default();
        let inactive = match AccessKeyStatus::try_from(wanted.status) {
            Ok(AccessKeyStatus::Unspecified) => None,
            Ok(AccessKeyStatus::Active) => Some(false),
            Ok(AccessKeyStatus::Inactive) => Some(true),
            Err(_) => return Err(unknown_status().into()),
        };
        if let Some(problem) = wanted.description.as_deref().and_then(access_key_description) {
            return Err(Rejection::invalid(problem).into());
        }
        let (access_key, wanted) = (&request.access_key, &wanted);
        self.transact(call, |mut tx| async move {
            let before = self.own_access_key(tx.view(), call, access_key).await?;
            let after = AccessKeyRecord {
                inactive: inactive.unwrap_or(before.record.inactive),
                description: wanted.description.clone().unwrap_or(before.record.description.clone()),
                ..before.record.clone()
            };
            tx.change().update_access_key(&before, &after);
            tx.audit([audit_line(call.caller.user_id, &after.access_key)]);
            Ok(tx.done(UpdateAccessKeyResponse { credential: Some(described(after)?) }))
        })
        .await
    }
}

fn unknown_status() -> Rejection {
    let message = "There is no such status. Write active or inactive.";
    Rejection::invalid(Problem { field: "credential.status", code: Code::NotOneOf, message: message.into() })
}
