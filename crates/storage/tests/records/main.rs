//! Tests of records through `View` and `Change`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may")]

mod batches;
mod identity;
mod index;
mod secrets;
mod signed_requests;
mod tampering;
mod uses;

use std::sync::Arc;

use strongroom_sealing::Sealed;
use strongroom_storage::records::{SecretRecord, VersionRecord};
use strongroom_storage::{Change, Engine, Id, MemoryEngine, Outcome, Span, Storage, StorageError, Timestamp};

pub struct Store {
    pub storage: Storage,
    pub engine: Arc<dyn Engine>,
}

impl Store {
    pub fn empty() -> Self {
        let engine: Arc<dyn Engine> = Arc::new(MemoryEngine::new());
        Self { storage: Storage::with_known_key(Arc::clone(&engine)), engine }
    }

    pub async fn commit(&self, change: Change) -> bool {
        match self.storage.commit(change).await.unwrap() {
            Outcome::Committed(_) => true,
            Outcome::Conflict => false,
        }
    }

    /// The number of keys in the store, to detect leftovers.
    pub async fn keys(&self) -> usize {
        let snapshot = self.engine.snapshot().await.unwrap();
        snapshot.range(&Span::prefix(vec![]), usize::MAX).await.unwrap().len()
    }
}

pub const PROJECT: Id = Id::new([1; 16]);
pub const OTHER: Id = Id::new([2; 16]);

pub fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(milliseconds)
}

pub fn id(number: u8) -> Id {
    Id::new([number; 16])
}

pub fn secret(number: u8, name: &str) -> SecretRecord {
    let version = VersionRecord { number: 1, create_time: 5, ..VersionRecord::default() };
    SecretRecord {
        id: id(number).to_stored(),
        name: name.to_owned(),
        versions: vec![version],
        last_version: 1,
        ..SecretRecord::default()
    }
}

/// Bytes in the format of a ciphertext that cannot be opened.
pub fn sealed(filling: u8) -> Sealed {
    let mut bytes = vec![filling; 113];
    bytes[..5].copy_from_slice(&[1, 0, 0, 0, 1]);
    Sealed::from_stored(bytes).unwrap()
}

pub fn create(change: &mut Change, project: Id, secret: &SecretRecord) -> Result<(), StorageError> {
    change.create_secret(project, secret)?;
    for version in &secret.versions {
        change.put_value(Id::from_stored(&secret.id)?, version.number, sealed(version.number as u8));
    }
    Ok(())
}
