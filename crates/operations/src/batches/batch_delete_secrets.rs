//! Deleting every secret of a cloud service instance.
//!
//! A secret belongs to the instance its rotation settings name. One that waits for deletion matches, is refused and stays.

use strongroom_contract::spelling;
use strongroom_contract::v1::{
    BatchDeleteSecretsRequest, BatchDeleteSecretsResponse, FailedDeletedSecret, InstanceType, SecretType,
};
use strongroom_storage::records::SecretRecord;
use strongroom_storage::{Change, Id, Kept, Timestamp};

use crate::change::{DONE, line};
use crate::describe::count;
use crate::{Answer, Call, Code, Denial, Operations, Refusal, life_cycle};

/// What the documented example says about a waiting secret, to the letter: existing clients may compare it.
const WAITING: &str = "CSMS.0107: Secret is already in the **Pending deletion** state.";

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
        let matching = self.matching(call, project, &request).await?;
        if request.dry_run {
            return Ok(answer(&split(matching)));
        }
        let (mut all, mut rest, mut part) = (Split::default(), matching, 0);
        while !rest.is_empty() {
            let most = self.removable(rest.iter().map(|secret| &secret.record));
            let after = rest.split_off(most);
            let done = self.delete_group(call, project, &request, rest, part).await?;
            all.deletable.extend(done.deletable);
            all.waiting.extend(done.waiting);
            (rest, part) = (after, part + 1);
        }
        Ok(answer(&all))
    }

    /// Removes those of a group that may go, in one durable step. Those that move meanwhile are looked at again.
    async fn delete_group(
        &self,
        call: &Call,
        project: Id,
        request: &BatchDeleteSecretsRequest,
        mut secrets: Vec<Kept<SecretRecord>>,
        part: u32,
    ) -> Answer<Split> {
        loop {
            let split = split(secrets);
            if split.deletable.is_empty() {
                return Ok(split);
            }
            let mut change = Change::new();
            for secret in &split.deletable {
                change.remove_secret(project, secret).map_err(Denial::fault("removing a secret"))?;
            }
            let refused = Code::AlreadyScheduled.as_str();
            let removed = split.deletable.iter().map(|secret| line(&secret.record, DONE));
            let kept = split.waiting.iter().map(|secret| line(&secret.record, refused));
            self.audit(call, &mut change, part, removed.chain(kept).collect())?;
            if self.commit_removed(call, change, split.deletable.len()).await? {
                return Ok(split);
            }
            secrets = self.again(call, project, request, split).await?;
        }
    }

    /// Those that still meet every condition, as they are now, by name.
    async fn again(
        &self,
        call: &Call,
        project: Id,
        request: &BatchDeleteSecretsRequest,
        before: Split,
    ) -> Answer<Vec<Kept<SecretRecord>>> {
        let view = self.view().await?;
        let secrets = before.deletable.into_iter().chain(before.waiting);
        let mut names: Vec<_> = secrets.map(|secret| secret.record.name).collect();
        names.sort_unstable();
        let mut secrets = Vec::with_capacity(names.len());
        for name in names {
            let found = view.secret(project, &name).await.map_err(Denial::fault("reading a secret"))?;
            secrets.extend(found.filter(|secret| meets(&secret.record, request, call.now)));
        }
        Ok(secrets)
    }

    /// The secrets that meet every condition given, by name.
    async fn matching(
        &self,
        call: &Call,
        project: Id,
        request: &BatchDeleteSecretsRequest,
    ) -> Answer<Vec<Kept<SecretRecord>>> {
        let instance = Some(request.instance_id.as_str()).filter(|instance| !instance.is_empty());
        let found = self.view().await?.secrets_of_instance(project, instance).await;
        let mut secrets = found.map_err(Denial::fault("looking for the secrets of an instance"))?;
        secrets.retain(|secret| meets(&secret.record, request, call.now));
        Ok(secrets)
    }
}

/// Matching secrets, by what becomes of them.
#[derive(Default)]
struct Split {
    deletable: Vec<Kept<SecretRecord>>,
    waiting: Vec<Kept<SecretRecord>>,
}

fn split(matching: Vec<Kept<SecretRecord>>) -> Split {
    let (deletable, waiting) =
        matching.into_iter().partition(|secret| life_cycle::may_delete(&secret.record).is_ok());
    Split { deletable, waiting }
}

fn meets(secret: &SecretRecord, request: &BatchDeleteSecretsRequest, now: Timestamp) -> bool {
    let instance = request.instance_id.is_empty() || request.instance_id == secret.instance_id;
    let belongs = !secret.instance_id.is_empty() && instance && is_of(secret, request.instance_type);
    belongs && !life_cycle::is_gone(secret, now)
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

fn answer(split: &Split) -> BatchDeleteSecretsResponse {
    let failed = split.waiting.iter().map(|secret| FailedDeletedSecret {
        secret_name: secret.record.name.clone(),
        error_msg: WAITING.to_owned(),
    });
    BatchDeleteSecretsResponse {
        total: count(split.deletable.len() + split.waiting.len()),
        success_secrets: split.deletable.iter().map(|secret| secret.record.name.clone()).collect(),
        failed_secrets: failed.collect(),
        ..Default::default()
    }
}
