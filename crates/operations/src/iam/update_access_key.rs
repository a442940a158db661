//! Switching an access key of oneself off and on, and saying what it is for.

use strongroom_contract::v1::{AccessKeyStatus, UpdateAccessKeyRequest, UpdateAccessKeyResponse};
use strongroom_storage::Change;
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
        loop {
            let before = self.own_access_key(&self.view().await?, call, &request.access_key).await?;
            let after = AccessKeyRecord {
                inactive: inactive.unwrap_or(before.record.inactive),
                description: wanted.description.clone().unwrap_or(before.record.description.clone()),
                ..before.record.clone()
            };
            let mut change = Change::new();
            change.update_access_key(&before, &after);
            self.audit(call, &mut change, 0, vec![audit_line(call.caller.user_id, &after.access_key)])?;
            if self.commit(call, change).await? {
                return Ok(UpdateAccessKeyResponse { credential: Some(described(after)?) });
            }
        }
    }
}

fn unknown_status() -> Rejection {
    let message = "There is no such status. Write active or inactive.";
    Rejection::invalid(Problem { field: "credential.status", code: Code::NotOneOf, message: message.into() })
}
