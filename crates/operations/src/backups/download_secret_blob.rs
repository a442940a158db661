//! Taking a backup of a secret.
//!
//! No value is opened for it: they go into the backup as they lie in the store.

use prost::Message;
use strongroom_contract::v1::{DownloadSecretBlobRequest, DownloadSecretBlobResponse};
use strongroom_storage::records::{BackupRecord, BackupValue, SecretRecord};
use strongroom_storage::{Change, Id, View};

use crate::backups::blob;
use crate::change::{DONE, line};
use crate::{Answer, Call, OperationError, Operations, Rejection, life_cycle};

impl Operations {
    pub async fn download_secret_blob(
        &self,
        call: &Call,
        request: DownloadSecretBlobRequest,
    ) -> Answer<DownloadSecretBlobResponse> {
        let project = self.project(call, &request.project_id)?;
        let name = request.secret_name;
        if let Some(problem) = strongroom_validation::secret_name(&name) {
            return Err(Rejection::invalid(problem).into());
        }
        loop {
            let view = self.view().await?;
            let secret = self.secret(&view, call, project, &name).await?.record;
            life_cycle::may_read(&secret)?;
            let line = line(&secret, DONE);
            let contents = contents(&view, secret).await?.encode_to_vec();
            let key = self.keys.to_seal(&view, project, blob::KEY).await?;
            let sealed = key.master.seal_backup(*project.as_bytes(), &contents);
            let sealed = sealed.map_err(OperationError::internal("sealing a backup"))?;
            let secret_blob = blob::written(project, &sealed, self.limits.body_bytes)?;

            let mut change = Change::new();
            key.put(&mut change, project, blob::KEY);
            self.audit(call, &mut change, 0, vec![line])?;
            if self.commit(call, change).await? {
                self.keys.remember(call, project, vec![(blob::KEY.to_owned(), key)]);
                return Ok(DownloadSecretBlobResponse { secret_blob });
            }
        }
    }
}

async fn contents(view: &View, secret: SecretRecord) -> Answer<BackupRecord> {
    let id = Id::from_stored(&secret.id).map_err(OperationError::internal("reading the id of a secret"))?;
    let mut values = Vec::with_capacity(secret.versions.len());
    for version in &secret.versions {
        let value =
            view.value(id, version.number).await.map_err(OperationError::internal("reading a value"))?;
        let value = value.ok_or_else(|| Rejection::CannotOpen { name: secret.name.clone() })?;
        values.push(BackupValue { version: version.number, sealed: value.as_bytes().to_vec() });
    }
    Ok(BackupRecord { secret: Some(secret), values })
}
