//! Taking a backup of a secret.
//!
//! No value is opened for it: they go into the backup as they lie in the store.

use prost::Message;
use strongroom_contract::v1::{DownloadSecretBlobRequest, DownloadSecretBlobResponse};
use strongroom_storage::records::{BackupRecord, BackupValue, SecretRecord};
use strongroom_storage::{Id, View};

use crate::backups::blob;
use crate::transaction::{DONE, SecretRef, audit_line};
use crate::{Answer, Call, OperationError, Operations, Rejection, lifecycle};

impl Operations {
    pub async fn download_secret_blob(
        &self,
        call: &Call,
        request: DownloadSecretBlobRequest,
    ) -> Answer<DownloadSecretBlobResponse> {
        let name = &request.secret_name;
        self.transact(call, |mut tx| async move {
            let secret = tx.secret(SecretRef::Name(name)).await?.record;
            lifecycle::may_read(&secret)?;
            tx.audit([audit_line(&secret, DONE)]);
            let contents = contents(tx.view(), secret).await?.encode_to_vec();
            let key = self.keys.to_seal(tx.view(), call.project(), blob::KEY).await?;
            let sealed = key.master.seal_backup(*call.project().as_bytes(), &contents);
            let sealed = sealed.map_err(OperationError::internal("sealing a backup"))?;
            let secret_blob = blob::written(call.project(), &sealed, self.limits.body_bytes)?;
            tx.seal_with(call.project(), blob::KEY, key);
            Ok(tx.done(DownloadSecretBlobResponse { secret_blob }))
        })
        .await
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
