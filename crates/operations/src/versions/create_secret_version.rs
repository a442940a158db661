//! Storing a new value of a secret.

use std::collections::BTreeSet;

use strongroom_contract::v1::{CreateSecretVersionRequest, CreateSecretVersionResponse};
use strongroom_validation as rules;

use crate::import::parse;
use crate::lifecycle::versions::{self, NewVersion};
use crate::transaction::SecretRef;
use crate::{Answer, Call, Operations, Rejection, describe, lifecycle};

impl Operations {
    pub async fn create_secret_version(
        &self,
        call: &Call,
        request: CreateSecretVersionRequest,
    ) -> Answer<CreateSecretVersionResponse> {
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

        self.judge_strength(call.project(), request.secret_string.as_deref()).await?;
        let expire_time = request.expire_time.map(|moment| rules::expire_time(moment, now)).transpose();
        let expire_time = expire_time.map_err(Rejection::invalid)?;
        let (value, binary) = parse::value(request.secret_string, request.secret_binary)?;
        let new = NewVersion { stages: request.version_stages, expire_time, binary };
        let (secret_name, new, value) = (&request.secret_name, &new, &value);
        self.transact(call, |mut tx| async move {
            let before = tx.secret(SecretRef::Name(secret_name)).await?;
            let after = versions::add_version(&before.record, new, &self.limits, call.now)?;
            tx.update_secret(&before, &after)?;
            tx.put_newest_value(&after, value).await?;
            let version = lifecycle::version(&after, &lifecycle::version_id(after.last_version))?;
            let version_metadata = Some(describe::version(&after, version));
            tx.answer(CreateSecretVersionResponse { version_metadata, ..Default::default() }).await
        })
        .await
    }
}
