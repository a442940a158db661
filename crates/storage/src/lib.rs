#![doc = include_str!("../README.md")]

mod batches;
mod change;
mod engine;
mod fault;
mod id;
mod index;
mod keys;
mod memory;
mod names;
pub mod records;
mod redb;
mod view;

use std::sync::Arc;

use strongroom_sealing::Sealed;

pub use batches::ExpiredBatch;
pub use change::Change;
pub use engine::{
    Commit, CommitLimits, Counters, Engine, Expect, Health, Key, Operation, Outcome, Revision, Scrubbed,
    Snapshot, Span, Stored,
};
pub use fault::{Cause, Fault};
pub use id::{Id, Timestamp};
pub use memory::MemoryEngine;
pub use names::{FirstOfTag, Names};
pub use records::Kept;
pub use redb::{CheckReport, RedbEngine, SalvageReport, SalvagedRecord};
pub use view::{ExpiredRequest, PAGE, PlacedAccessKey, PlacedMasterKey, View};

/// The records, on some engine.
#[derive(Clone)]
pub struct Storage {
    engine: Arc<dyn Engine>,
}

impl Storage {
    pub fn new(engine: Arc<dyn Engine>) -> Self {
        Self { engine }
    }

    /// The records as they are now.
    pub async fn view(&self) -> Result<View, Fault> {
        self.engine.snapshot().await.map(View::new)
    }

    /// Does all of the change or, on a conflict, nothing. What is answered is durable.
    pub async fn commit(&self, change: Change) -> Result<Outcome, Fault> {
        self.engine.commit(change.into_commit()).await
    }

    /// What one change may hold.
    pub fn limits(&self) -> CommitLimits {
        self.engine.limits()
    }

    /// Whether changes are taken at this moment.
    pub fn health(&self) -> Health {
        self.engine.health()
    }

    /// Verifies some of the blocks that the engine keeps its records in, from this one on.
    pub fn scrub(&self, from: u64, blocks: u64) -> Result<Scrubbed, Fault> {
        self.engine.scrub(from, blocks)
    }

    /// What has been written since the start.
    pub fn counters(&self) -> Counters {
        self.engine.counters()
    }
}
