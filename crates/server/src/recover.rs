//! New credentials for an administrator who has lost them, while no server runs.

use std::path::PathBuf;

use strongroom_access::RecoveryRequest;
use strongroom_operations::Clock;
use strongroom_storage::{Storage, StorageError};
use zeroize::Zeroizing;

use crate::settings::StoreSettings;
use crate::start::{StartError, open, store_path};
use crate::{SystemClock, credentials};

/// A recovery that is prepared. Keep the credentials safe before committing it: the store has a hash of the one and the
/// other sealed.
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

    /// The new credentials, in the form of a credentials file.
    pub fn credentials(&self) -> std::io::Result<Zeroizing<Vec<u8>>> {
        credentials::json(&self.endpoint, &self.prepared.credentials)
    }

    /// Where the credentials go unless another file is named.
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

    /// From here on the new credentials are accepted, and no token of the user is.
    pub async fn commit(self) -> Result<(), StartError> {
        Ok(self.prepared.commit(&self.storage).await?)
    }
}

/// What holds the store is a server, which has to stop first.
fn in_use(fault: StartError) -> StartError {
    if let StartError::Store { path, source: StorageError::InUse { .. } } = fault {
        return StartError::StoreInUse { path };
    }
    fault
}
