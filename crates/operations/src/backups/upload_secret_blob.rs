//! Putting a secret back from a backup.

use prost::Message;
use strongroom_contract::v1::{UploadSecretBlobRequest, UploadSecretBlobResponse};
use strongroom_sealing::Sealed;
use strongroom_storage::records::{BackupRecord, SecretRecord};
use strongroom_storage::{Change, Id, View};

use crate::backups::blob;
use crate::change::{DONE, line};
use crate::{Answer, Call, OperationError, Operations, Rejection, life_cycle};

/// A secret out of a backup, and its values by version.
struct Restored {
    secret: SecretRecord,
    id: Id,
    values: Vec<(u32, Sealed)>,
}

impl Operations {
    pub async fn upload_secret_blob(
        &self,
        call: &Call,
        request: UploadSecretBlobRequest,
    ) -> Answer<UploadSecretBlobResponse> {
        let project = self.project(call, &request.project_id)?;
        if let Some(problem) = strongroom_validation::secret_blob(&request.secret_blob) {
            return Err(Rejection::invalid(problem).into());
        }
        let sealed = blob::read(project, &request.secret_blob)?;
        let mut restored = self.restored(project, &sealed).await?;
        restored.secret.update_time = life_cycle::whole_second(call.now);
        let mut reservation = self.reserve(project, 1).await?;
        loop {
            let view = self.view().await?;
            let found = view.secret(project, &restored.secret.name).await;
            match found.map_err(OperationError::internal("reading a secret"))? {
                Some(old) if life_cycle::is_gone(&old.record, call.now) => {
                    life_cycle::may_replace(&old.record, self.certain_now().await?)?;
                    self.remove_overdue(&[(project, old)], call.now).await?;
                    continue;
                }
                Some(old) => return Err(life_cycle::taken(&old.record, false).into()),
                None if reservation.held() == 0 => {
                    return Err(reservation.full(self.limits.secrets).into());
                }
                None => {}
            }
            self.check_keys(&view, project, &restored).await?;
            let mut change = Change::new();
            change
                .create_secret(project, &restored.secret)
                .map_err(OperationError::internal("putting a secret back"))?;
            for (version, value) in &restored.values {
                change.put_value(restored.id, *version, value.clone());
            }
            self.audit(call, &mut change, 0, vec![line(&restored.secret, DONE)])?;
            match self.commit_stored(call, change, reservation, 1).await? {
                None => {
                    let secret = self.described(call, project, restored.secret).await?;
                    return Ok(UploadSecretBlobResponse { secret: Some(secret), ..Default::default() });
                }
                Some(held) => reservation = held,
            }
        }
    }

    /// What this store has sealed as a backup in this project. Everything else is rejected alike.
    async fn restored(&self, project: Id, sealed: &Sealed) -> Answer<Restored> {
        let view = self.view().await?;
        let known = view.master_key(project, blob::KEY, sealed.term()).await;
        if known.map_err(OperationError::internal("reading a master key"))?.is_none() {
            return Err(blob::altered().into());
        }
        let key = self.keys.to_open(&view, project, blob::KEY, sealed.term()).await?;
        let contents = key.open_backup(*project.as_bytes(), sealed).map_err(|_| blob::altered())?;
        let backup =
            BackupRecord::decode(contents.expose()).map_err(OperationError::internal("reading a backup"))?;
        // What wrote it before it was backed up has nothing to do with it any more.
        let secret = SecretRecord { content_revision: 0, ..backup.secret.unwrap_or_default() };
        let id =
            Id::from_stored(&secret.id).map_err(OperationError::internal("reading the id of a secret"))?;
        let values = backup.values.into_iter().map(|value| {
            let sealed =
                Sealed::from_stored(value.sealed).map_err(OperationError::internal("reading a backup"))?;
            Ok((value.version, sealed))
        });
        Ok(Restored { secret, id, values: values.collect::<Answer<_>>()? })
    }

    /// A value whose master key is gone would come back as one that nobody can read.
    async fn check_keys(&self, view: &View, project: Id, restored: &Restored) -> Answer<()> {
        for (number, value) in &restored.values {
            let of = restored.secret.versions.iter().find(|version| version.number == *number);
            let name = of.map(|version| version.kms_key_id.as_str()).unwrap_or_default();
            self.keys.to_open(view, project, name, value.term()).await?;
        }
        Ok(())
    }
}
