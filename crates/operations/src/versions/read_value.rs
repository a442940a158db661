//! From a stored version to the value a caller asked for.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use strongroom_contract::v1::Version;
use strongroom_sealing::{Place, Value};
use strongroom_storage::records::{SecretRecord, VersionRecord};
use strongroom_storage::{Id, StorageError, View};

use crate::{Answer, Call, OperationError, Operations, Rejection, describe, lifecycle};

impl Operations {
    /// Opens the version asked for, by number or as `latest`, and notes that it was read. What is damaged is rejected,
    /// because it concerns one secret only.
    pub(crate) async fn read_value(
        &self,
        view: &View,
        call: &Call,
        secret: &SecretRecord,
        asked: &str,
    ) -> Answer<Version> {
        lifecycle::may_read(secret)?;
        let version = lifecycle::version(secret, asked)?;
        let cannot_open = || Rejection::CannotOpen { name: secret.name.clone() };
        let id = Id::from_stored(&secret.id).map_err(|_| cannot_open())?;
        let value = self.open_value(view, call.project(), secret, version).await?;

        let metadata = Some(describe::version(secret, version));
        let read = if version.binary {
            Version {
                version_metadata: metadata,
                secret_binary: Some(STANDARD.encode(value.expose())),
                secret_string: None,
            }
        } else {
            let text = String::from_utf8(value.into_bytes()).map_err(|_| cannot_open())?;
            Version { version_metadata: metadata, secret_binary: None, secret_string: Some(text) }
        };
        self.last_access.record(call.project(), id, &secret.name, call.now);
        Ok(read)
    }

    /// The plain value of a version.
    pub(crate) async fn open_value(
        &self,
        view: &View,
        project: Id,
        secret: &SecretRecord,
        version: &VersionRecord,
    ) -> Answer<Value> {
        let cannot_open = || Rejection::CannotOpen { name: secret.name.clone() };
        let id = Id::from_stored(&secret.id).map_err(|_| cannot_open())?;
        let sealed =
            view.value(id, version.number).await.map_err(damaged("reading a value", &secret.name))?;
        let sealed = sealed.ok_or_else(cannot_open)?;
        let key = self.keys.to_open(view, project, &version.kms_key_id, sealed.term()).await?;
        let place = Place { project: *project.as_bytes(), secret: *id.as_bytes(), version: version.number };
        Ok(key.open(&place, &sealed).map_err(|_| cannot_open())?)
    }
}

/// A record that cannot be read concerns its secret; a store that cannot be read concerns everybody.
pub(crate) fn damaged(doing: &'static str, name: &str) -> impl FnOnce(StorageError) -> OperationError {
    move |fault| {
        if matches!(fault, StorageError::Damaged { .. }) {
            return Rejection::CannotOpen { name: name.to_owned() }.into();
        }
        OperationError::internal(doing)(fault)
    }
}
