//! Changing the moment a version expires.

use strongroom_contract::v1::{UpdateVersionRequest, UpdateVersionResponse};

use crate::change::Which;
use crate::life_cycle::versions;
use crate::{Answer, Call, Operations, Rejection, describe, life_cycle};

impl Operations {
    pub async fn update_version(
        &self,
        call: &Call,
        request: UpdateVersionRequest,
    ) -> Answer<UpdateVersionResponse> {
        let project = self.project(call, &request.project_id)?;
        let expire_time = strongroom_validation::expire_time(request.expire_time, call.now.milliseconds());
        let problems = [
            strongroom_validation::secret_name(&request.secret_name),
            strongroom_validation::version_id(&request.version_id),
            expire_time.as_ref().err().cloned(),
        ];
        let (Ok(expire_time), [None, None, None]) = (expire_time, &problems) else {
            return Err(Rejection::Invalid(problems.into_iter().flatten().collect()).into());
        };
        let version = &request.version_id;
        let secret = self
            .change_secret(call, project, Which::Name(&request.secret_name), |secret, now| {
                Ok(Some(versions::set_expire_time(secret, version, expire_time, now)?))
            })
            .await?;
        let version = describe::version(&secret, life_cycle::version(&secret, version)?);
        Ok(UpdateVersionResponse { version_metadata: Some(version), ..Default::default() })
    }
}
