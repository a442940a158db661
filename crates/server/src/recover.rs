//! Replaces lost credentials of an administrator, while the server is stopped.

use std::path::PathBuf;

use strongroom_access::RecoveryRequest;
use strongroom_operations::Clock;
use strongroom_storage::{Storage, StorageError};
use zeroize::Zeroizing;

use crate::settings::StoreSettings;
use crate::start::{open, store_path};
use crate::start_error::StartError;
use crate::{SystemClock, credentials};

/// A prepared recovery. Save the credentials before committing: the store has only a hash of the password and the sealed
/// secret key.
pub struct Recovery {
    storage: Storage,
    prepared: strongroom_access::Recovery,
    endpoint: String,
    default_file: PathBuf,
}

impl Recovery {
    pub async fn prepare(
        settings: StoreSettings,
        user_name: Option<&str>,
        revoke_access_keys: bool,
    ) -> Result<Self, StartError> {
        let settings = settings.resolve()?;
        let path = store_path(&settings);
        if !path.exists() {
            return Err(StartError::NoStore { path });
        }
        let loaded = open(&settings).await.map_err(in_use)?;
        let request = RecoveryRequest { user_name, revoke_access_keys };
        let prepared =
            strongroom_access::recover(&loaded.storage, &loaded.keys, request, SystemClock::new().now())
                .await?;
        let scheme = if settings.tls.is_some() { "https" } else { "http" };
        Ok(Self {
            storage: loaded.storage,
            prepared,
            endpoint: format!("{scheme}://{}", settings.listen),
            default_file: settings.data_dir.join("recovered-credentials.json"),
        })
    }

    /// The new credentials, in the format of a credentials file.
    pub fn credentials(&self) -> std::io::Result<Zeroizing<Vec<u8>>> {
        credentials::json(&self.endpoint, &self.prepared.credentials)
    }

    /// The default file for the credentials.
    pub fn default_file(&self) -> PathBuf {
        self.default_file.clone()
    }

    pub fn user_name(&self) -> &str {
        &self.prepared.credentials.user_name
    }

    pub fn access_key(&self) -> &str {
        &self.prepared.credentials.access_key
    }

    pub fn revoked_access_keys(&self) -> &[String] {
        &self.prepared.revoked_access_keys
    }

    /// Commits the recovery: the new credentials become valid, and all tokens of the user are revoked.
    pub async fn commit(self) -> Result<(), StartError> {
        Ok(self.prepared.commit(&self.storage).await?)
    }
}

/// Turns a locked store into an error that asks to stop the server.
fn in_use(error: StartError) -> StartError {
    if let StartError::Store { path, source: StorageError::InUse { .. } } = error {
        return StartError::StoreInUse { path };
    }
    error
}
