//! Changing the moment a version expires.

use strongroom_contract::v1::{UpdateVersionRequest, UpdateVersionResponse};

use crate::lifecycle::versions;
use crate::transaction::SecretRef;
use crate::{Answer, Call, Operations, Rejection, describe, lifecycle};

impl Operations {
    pub async fn update_version(
        &self,
        call: &Call,
        request: UpdateVersionRequest,
    ) -> Answer<UpdateVersionResponse> {
        let expire_time = strongroom_validation::expire_time(request.expire_time, call.now.milliseconds());
        let problems = [
            strongroom_validation::secret_name(&request.secret_name),
            strongroom_validation::version_id(&request.version_id),
            expire_time.as_ref().err().cloned(),
        ];
        let (Ok(expire_time), [None, None, None]) = (expire_time, &problems) else {
            return Err(Rejection::Invalid(problems.into_iter().flatten().collect()).into());
        };
        let request = &request;
        self.transact(call, |mut tx| async move {
            let version = &request.version_id;
            let before = tx.secret(SecretRef::Name(&request.secret_name)).await?;
            let after = versions::set_expire_time(&before.record, version, expire_time, call.now)?;
            tx.update_secret(&before, &after)?;
            let version_metadata = Some(describe::version(&after, lifecycle::version(&after, version)?));
            tx.answer(UpdateVersionResponse { version_metadata, ..Default::default() }).await
        })
        .await
    }
}
