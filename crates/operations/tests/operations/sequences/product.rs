//! The same steps, taken by the product.

use strongroom_contract::v1;
use strongroom_operations::{Answer, OperationError};

use super::model::{Model, Outcome};
use super::steps::{Name, Step};
use crate::strongroom::{Strongroom, of_instance, text};

pub async fn take(strongroom: &Strongroom, model: &mut Model, step: &Step, value: &str) -> Outcome {
    let operations = &strongroom.operations;
    let update = |name: &str| v1::UpdateSecretRequest { secret_name: name.to_owned(), ..Default::default() };
    match step {
        Step::Import(entries, how) => {
            let secrets = entries.iter().map(|(name, instance)| {
                let secret = match instance {
                    Some(instance) => of_instance(name, instance, v1::SecretType::RdsFg),
                    None => text(name, ""),
                };
                v1::NewSecret { secret_string: Some(how.value.unwrap_or(value).to_owned()), ..secret }
            });
            let request = v1::BatchImportSecretsRequest {
                secrets: secrets.collect(),
                on_existing: how.on_existing.into(),
                on_pending: how.on_pending.into(),
                atomic: how.atomic,
                ..Default::default()
            };
            let call = strongroom.call("BatchImportSecrets");
            let answer = operations.batch_import_secrets(&call, request).await.unwrap();
            let told = |outcome: v1::Outcome| match outcome.action() == v1::Action::Rejected {
                true => Err(outcome.error_code),
                false => Ok(outcome.action()),
            };
            Outcome::Imported(answer.outcomes.into_iter().map(told).collect())
        }
        Step::DeleteOfInstance(instance) => {
            let request =
                v1::BatchDeleteSecretsRequest { instance_id: (*instance).to_owned(), ..Default::default() };
            let call = strongroom.call("BatchDeleteSecrets");
            let answer = operations.batch_delete_secrets(&call, request).await.unwrap();
            let waiting = answer.failed_secrets.into_iter().map(|failed| failed.secret_name).collect();
            Outcome::Deleted { gone: answer.success_secrets, waiting }
        }
        Step::Delete(name) => outcome(strongroom.delete(name).await),
        Step::Schedule(name, days) => outcome(strongroom.schedule(name, *days).await),
        Step::Cancel(name) => outcome(strongroom.cancel(name).await),
        Step::Describe(name, text) => {
            let request = v1::UpdateSecretRequest { description: Some((*text).to_owned()), ..update(name) };
            outcome(strongroom.update(request).await)
        }
        Step::UseKey(name, key) => {
            let request = v1::UpdateSecretRequest { kms_key_id: Some((*key).to_owned()), ..update(name) };
            outcome(strongroom.update(request).await)
        }
        Step::AddVersion(name, stages) => {
            let request = v1::CreateSecretVersionRequest {
                secret_name: (*name).to_owned(),
                secret_string: Some(value.to_owned()),
                version_stages: stages.iter().map(|stage| (*stage).to_owned()).collect(),
                ..Default::default()
            };
            outcome(strongroom.add_version(request).await)
        }
        Step::SetStage(name, stage, which) => {
            let version = model.version_id(name, *which);
            outcome(strongroom.set_stage(name, stage, &version).await)
        }
        Step::DeleteStage(name, stage) => outcome(strongroom.delete_stage(name, stage).await),
        Step::Expire(name, which, time) => {
            let version = model.version_id(name, *which);
            outcome(strongroom.set_expiry(name, &version, model.now + time).await)
        }
        Step::Tag(name, key, value) => {
            let tag = v1::Tag { key: (*key).to_owned(), value: (*value).to_owned() };
            let request = v1::CreateSecretTagRequest {
                secret_id: id(model, name),
                tag: Some(tag),
                ..Default::default()
            };
            outcome(operations.create_secret_tag(&strongroom.call("CreateSecretTag"), request).await)
        }
        Step::Untag(name, key) => {
            let request = v1::DeleteSecretTagRequest {
                secret_id: id(model, name),
                key: (*key).to_owned(),
                ..Default::default()
            };
            outcome(operations.delete_secret_tag(&strongroom.call("DeleteSecretTag"), request).await)
        }
        Step::UntagAll(name, keys) => {
            let tag = |key: &Name| v1::Tag { key: (*key).to_owned(), value: String::new() };
            let request = v1::BatchCreateOrDeleteTagsRequest {
                secret_id: id(model, name),
                action: v1::TagAction::Delete.into(),
                tags: keys.iter().map(tag).collect(),
                ..Default::default()
            };
            let call = strongroom.call("BatchCreateOrDeleteTags");
            outcome(operations.batch_create_or_delete_tags(&call, request).await)
        }
        Step::Backup(name) => {
            let request =
                v1::DownloadSecretBlobRequest { secret_name: (*name).to_owned(), ..Default::default() };
            let call = strongroom.call("DownloadSecretBlob");
            let answer = operations.download_secret_blob(&call, request).await;
            if let Ok(answer) = &answer {
                model.keep_backup(name, answer.secret_blob.clone());
            }
            outcome(answer)
        }
        Step::Restore(which) => {
            let Some(backup) = model.backup(*which) else { return Outcome::Done };
            let request =
                v1::UploadSecretBlobRequest { secret_blob: backup.blob.clone(), ..Default::default() };
            outcome(operations.upload_secret_blob(&strongroom.call("UploadSecretBlob"), request).await)
        }
        Step::Pass(time) => {
            strongroom.pass(*time);
            Outcome::Done
        }
        Step::Purge => outcome(operations.purge().await),
        Step::Restart => Outcome::Done,
    }
}

/// The id a name has or had; one that nothing ever had when it is new.
fn id(model: &Model, name: &str) -> String {
    model.ids.get(name).cloned().unwrap_or_else(|| uuid::Uuid::nil().to_string())
}

fn outcome<T>(answer: Answer<T>) -> Outcome {
    match answer {
        Ok(_) => Outcome::Done,
        Err(OperationError::Rejected(rejection)) => Outcome::Rejected(rejection.code().as_str().to_owned()),
        Err(OperationError::Internal { doing, source }) => panic!("a fault while {doing}: {source}"),
    }
}
