//! Putting a secret back from a backup.

use prost::Message;
use strongroom_contract::v1::{UploadSecretBlobRequest, UploadSecretBlobResponse};
use strongroom_sealing::Sealed;
use strongroom_storage::records::{BackupRecord, SecretRecord};
use strongroom_storage::{Id, View};

use crate::backups::blob;
use crate::transaction::{DONE, Transaction, audit_line};
use crate::{Answer, Call, OperationError, Operations, Rejection, lifecycle};

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
        if let Some(problem) = strongroom_validation::secret_blob(&request.secret_blob) {
            return Err(Rejection::invalid(problem).into());
        }
        let project = call.project();
        let sealed = blob::read(project, &request.secret_blob)?;
        let mut restored = self.restored(project, &sealed).await?;
        restored.secret.update_time = lifecycle::whole_second(call.now);
        let restored = &restored;
        self.transact(call, |mut tx| async move {
            let reservation = self.reserve(project, 1).await?;
            self.free_name(&mut tx, call, &restored.secret.name).await?;
            if reservation.held() == 0 {
                return Err(reservation.full(self.limits.secrets).into());
            }
            self.check_keys(tx.view(), project, restored).await?;
            let created = tx.change().create_secret(project, &restored.secret);
            created.map_err(OperationError::internal("putting a secret back"))?;
            for (version, value) in &restored.values {
                tx.change().put_value(restored.id, *version, value.clone());
            }
            tx.audit([audit_line(&restored.secret, DONE)]);
            tx.use_quota(reservation, 1);
            let secret = Some(tx.describe(restored.secret.clone()).await?);
            tx.answer(UploadSecretBlobResponse { secret, ..Default::default() }).await
        })
        .await
    }

    /// Purges a secret of this name that is past its deletion date. Any other one keeps the name.
    async fn free_name(&self, tx: &mut Transaction<'_>, call: &Call, name: &str) -> Answer<()> {
        let found = tx.view().secret(call.project(), name).await;
        let Some(old) = found.map_err(OperationError::internal("reading a secret"))? else { return Ok(()) };
        if !lifecycle::is_gone(&old.record, call.now) {
            return Err(lifecycle::taken(&old.record, false).into());
        }
        lifecycle::may_replace(&old.record, self.certain_now().await?)?;
        self.purge_secrets(call.project(), &[old], call.now).await?;
        tx.refresh().await
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
