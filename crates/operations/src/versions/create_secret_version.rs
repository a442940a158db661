//! Storing a new value of a secret.

use std::collections::BTreeSet;

use strongroom_contract::v1::{CreateSecretVersionRequest, CreateSecretVersionResponse};
use strongroom_validation as rules;

use crate::life_cycle::versions::{self, NewVersion};
use crate::secrets::new_secret;
use crate::{Answer, Call, Operations, Rejection, describe, life_cycle};

impl Operations {
    pub async fn create_secret_version(
        &self,
        call: &Call,
        request: CreateSecretVersionRequest,
    ) -> Answer<CreateSecretVersionResponse> {
        let project = self.project(call, &request.project_id)?;
        let now = call.now.milliseconds();
        let given = rules::NewVersion {
            secret_string: request.secret_string.as_deref(),
            secret_binary: request.secret_binary.as_deref(),
            version_stages: &request.version_stages,
            expire_time: request.expire_time,
        };
        let mut problems: Vec<_> = rules::secret_name(&request.secret_name).into_iter().collect();
        problems.extend(rules::new_version(&given, now, self.limits.value_bytes));
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }
        let (given, allowed) =
            (request.version_stages.iter().collect::<BTreeSet<_>>().len(), self.limits.stages);
        if given > allowed {
            return Err(Rejection::StagesOverQuota { given, allowed }.into());
        }

        self.judge_strength(project, request.secret_string.as_deref()).await?;
        let expire_time = request.expire_time.map(|moment| rules::expire_time(moment, now)).transpose();
        let expire_time = expire_time.map_err(Rejection::invalid)?;
        let (value, binary) = new_secret::value(request.secret_string, request.secret_binary)?;
        let new = NewVersion { stages: request.version_stages, expire_time, binary };
        let secret = self
            .change_value(call, project, &request.secret_name, &value, |secret, now| {
                versions::add_version(secret, &new, &self.limits, now)
            })
            .await?;
        let version = life_cycle::version(&secret, &versions::version_id(secret.last_version))?;
        let version_metadata = Some(describe::version(&secret, version));
        Ok(CreateSecretVersionResponse { version_metadata, ..Default::default() })
    }
}
