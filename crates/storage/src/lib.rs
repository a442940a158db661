#![doc = include_str!("../README.md")]

mod batches;
mod change;
mod checksum;
mod engine;
mod error;
mod id;
mod index;
mod inspection;
mod keys;
mod kinds;
mod names;
pub mod records;
mod recovery;
mod salvage;
mod stopped;
mod view;
mod walk;

use std::sync::Arc;

use checksum::Verified;
use records::RootKeyRecord;
use strongroom_sealing::Sealed;
use zeroize::Zeroizing;

pub use batches::ExpiredBatch;
pub use change::Change;
pub use checksum::{RECORD_KEY_BYTES, RecordKey};
pub use engine::memory::MemoryEngine;
pub use engine::redb::{CheckReport, RedbEngine, SalvageReport, SalvagedRecord};
pub use engine::{
    Commit, CommitLimits, Counters, Engine, Expect, Health, Key, Operation, Outcome, Revision, Scrubbed,
    Snapshot, Span, Stored,
};
pub use error::{Cause, StorageError};
pub use id::{Id, Timestamp};
pub use inspection::{Inspection, PlacedValue, Problem, ProblemKind};
pub use names::{FirstOfTag, Names};
pub use records::Versioned;
pub use recovery::{Certainty, Recovered, RecoveredRecord, RecoverySource, SnapshotSource};

pub use salvage::{Salvaged, ValueOpener, find_root_key, salvage};
pub use stopped::{PageSource, StoppedStore};
pub use view::{ExpiredRequest, PAGE, PlacedAccessKey, PlacedMasterKey, SignedRequestKey, View};

/// The records of a store, on any engine.
#[derive(Clone)]
pub struct Storage {
    engine: Arc<dyn Engine>,
    record_key: RecordKey,
}

impl Storage {
    /// `record_key` is the key of the checksums in this store. [`root_key_of`] reads the record that holds it, wrapped.
    pub fn new(engine: Arc<dyn Engine>, record_key: RecordKey) -> Self {
        Self { engine, record_key }
    }

    /// Uses a public record key, for tests and benchmarks.
    pub fn with_known_key(engine: Arc<dyn Engine>) -> Self {
        Self::new(engine, RecordKey::new(Zeroizing::new([7; RECORD_KEY_BYTES])))
    }

    /// The key of the record checksums. Store it only wrapped by the root key.
    pub fn record_key(&self) -> &RecordKey {
        &self.record_key
    }

    /// Reads on a snapshot of the current state.
    pub async fn view(&self) -> Result<View, StorageError> {
        view(&*self.engine, &self.record_key).await
    }

    /// Commits the whole change or, on a conflict, nothing. A committed change is durable.
    pub async fn commit(&self, change: Change) -> Result<Outcome, StorageError> {
        self.engine.commit(change.into_commit(&self.record_key)).await
    }

    /// Limits of one change.
    pub fn limits(&self) -> CommitLimits {
        self.engine.limits()
    }

    /// Whether the engine can be read and written now.
    pub fn health(&self) -> Health {
        self.engine.health()
    }

    /// Verifies up to `blocks` blocks of the engine, starting at block `from`.
    pub fn scrub(&self, from: u64, blocks: u64) -> Result<Scrubbed, StorageError> {
        self.engine.scrub(from, blocks)
    }

    /// Counters of requests and commits since the start.
    pub fn counters(&self) -> Counters {
        self.engine.counters()
    }
}

async fn view(engine: &dyn Engine, record_key: &RecordKey) -> Result<View, StorageError> {
    Ok(View::new(Verified::new(engine.snapshot().await?, record_key.clone())))
}

/// Reads the record of the root key, for which no record key is needed. `None` in an empty store.
///
/// # Errors
/// `Damaged` also if the record is missing but others exist: such a store must not pass for a new one.
pub async fn root_key_of(engine: &dyn Engine) -> Result<Option<Versioned<RootKeyRecord>>, StorageError> {
    let snapshot = engine.snapshot().await?;
    let is_empty = snapshot.range(&Span::prefix(Vec::new()), 1).await?.is_empty();
    // This record has a checksum under a public key, so any record key reads it.
    let view = View::new(Verified::new(snapshot, RecordKey::new(Zeroizing::default())));
    match view.root_key().await? {
        None if !is_empty => Err(StorageError::Damaged { what: "root key", cause: None }),
        found => Ok(found),
    }
}
