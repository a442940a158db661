//! Deleting every secret of a cloud service instance.
//!
//! A secret belongs to the instance its rotation settings name. One that waits for deletion matches, is refused and stays.

use strongroom_contract::spelling;
use strongroom_contract::v1::{
    BatchDeleteSecretsRequest, BatchDeleteSecretsResponse, FailedDeletedSecret, InstanceType, SecretType,
};
use strongroom_storage::records::SecretRecord;
use strongroom_storage::{Change, Id, Kept};

use crate::change::{DONE, line};
use crate::{Answer, Call, Code, Denial, Operations, Refusal, life_cycle};

/// What the documented example says about a waiting secret, to the letter: existing clients may compare it.
const WAITING: &str = "CSMS.0107: Secret is already in the **Pending deletion** state.";

/// Records that removing one secret can touch: itself, twenty values, and its entries in three indexes.
const RECORDS_PER_SECRET: usize = 24;

impl Operations {
    pub async fn batch_delete_secrets(
        &self,
        call: &Call,
        request: BatchDeleteSecretsRequest,
    ) -> Answer<BatchDeleteSecretsResponse> {
        let project = self.project(call, &request.project_id)?;
        let kind = spelling::of::<InstanceType>(request.instance_type);
        let problems = strongroom_validation::batch_delete(&request.instance_id, kind);
        if !problems.is_empty() {
            return Err(Refusal::Invalid(problems).into());
        }
        let (mut deleted, mut part) = (Vec::new(), 0);
        loop {
            let matching = self.matching(project, &request).await?;
            let (deletable, waiting): (Vec<_>, Vec<_>) =
                matching.into_iter().partition(|secret| life_cycle::may_delete(&secret.record).is_ok());
            let done = match request.dry_run {
                true => deletable.len(),
                false => self.delete_all(call, project, &deletable, &waiting, &mut part).await?,
            };
            deleted.extend(deletable.iter().take(done).map(|secret| secret.record.name.clone()));
            if done == deletable.len() {
                return Ok(answer(deleted, &waiting));
            }
        }
    }

    /// The secrets that meet every condition given, by name.
    async fn matching(
        &self,
        project: Id,
        request: &BatchDeleteSecretsRequest,
    ) -> Answer<Vec<Kept<SecretRecord>>> {
        let instance = Some(request.instance_id.as_str()).filter(|instance| !instance.is_empty());
        let found = self.view().await?.secrets_of_instance(project, instance).await;
        let mut secrets = found.map_err(Denial::fault("looking for the secrets of an instance"))?;
        let now = self.clock.now();
        secrets.retain(|secret| {
            !life_cycle::is_gone(&secret.record, now) && is_of(&secret.record, request.instance_type)
        });
        Ok(secrets)
    }

    /// Removes them in one durable step, or in as many as the engine needs. Answers how many of the first were removed:
    /// fewer than all when one of them has moved since it was read.
    async fn delete_all(
        &self,
        call: &Call,
        project: Id,
        deletable: &[Kept<SecretRecord>],
        waiting: &[Kept<SecretRecord>],
        part: &mut u32,
    ) -> Answer<usize> {
        let group = (self.storage.limits().operations.saturating_sub(1) / RECORDS_PER_SECRET).max(1);
        let mut done = 0;
        for secrets in deletable.chunks(group) {
            let mut change = Change::new();
            let mut lines = Vec::with_capacity(secrets.len());
            for secret in secrets {
                change.remove_secret(project, secret).map_err(Denial::fault("removing a secret"))?;
                lines.push(line(&secret.record, DONE));
            }
            if done == 0 {
                let refused = Code::AlreadyScheduled.as_str();
                lines.extend(waiting.iter().map(|secret| line(&secret.record, refused)));
            }
            self.audit(call, &mut change, *part, lines)?;
            if !self.commit(change).await? {
                return Ok(done);
            }
            done += secrets.len();
            *part += 1;
        }
        Ok(done)
    }
}

/// Which kinds of secret belong to a service. GaussDB and APIG have no documented kind, so they match nothing.
fn is_of(secret: &SecretRecord, instance_type: i32) -> bool {
    let kind = SecretType::try_from(secret.secret_type).unwrap_or_default();
    match InstanceType::try_from(instance_type).unwrap_or_default() {
        InstanceType::Unspecified => true,
        InstanceType::Rds => matches!(kind, SecretType::Rds | SecretType::RdsFg),
        InstanceType::Taurusdb => matches!(kind, SecretType::GaussdbFg),
        InstanceType::Gaussdb | InstanceType::Apig => false,
    }
}

fn answer(deleted: Vec<String>, waiting: &[Kept<SecretRecord>]) -> BatchDeleteSecretsResponse {
    let failed = waiting.iter().map(|secret| FailedDeletedSecret {
        secret_name: secret.record.name.clone(),
        error_msg: WAITING.to_owned(),
    });
    BatchDeleteSecretsResponse {
        total: i32::try_from(deleted.len() + waiting.len()).unwrap_or(i32::MAX),
        success_secrets: deleted,
        failed_secrets: failed.collect(),
    }
}
