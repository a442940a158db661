//! The state that all operations share.

use std::sync::Arc;

use strongroom_access::Access;
use strongroom_storage::Storage;
use tokio::sync::Semaphore;

use crate::clock::{Clock, WatchedClock};
use crate::config::Limits;
use crate::jobs::{LastAccessTimes, ScrubProgress};
use crate::keys::Keys;
use crate::root_keys::Root;
use crate::transaction::{Counts, UnchangedAnswers};

/// Batches at a time that select secrets other than by name, or undo a batch. Chosen by us: each can hold 100,000 secrets,
/// some hundred megabytes, and two keep the disk busy.
const SELECTIONS_AT_ONCE: usize = 2;

/// Everything the product does. Each rpc of the contract is a method here.
pub struct Operations {
    pub(crate) storage: Storage,
    pub(crate) access: Arc<Access>,
    pub(crate) keys: Keys,
    pub(crate) root: Root,
    pub(crate) clock: Arc<WatchedClock>,
    pub(crate) limits: Limits,
    pub(crate) counts: Arc<Counts>,
    pub(crate) unchanged: UnchangedAnswers,
    pub(crate) last_access: LastAccessTimes,
    pub(crate) scrub: ScrubProgress,
    /// Permits to estimate how easily a text is guessed.
    pub(crate) judging: Arc<Semaphore>,
    /// Permits for batches that select secrets without naming them.
    pub(crate) selecting: Arc<Semaphore>,
}

impl Operations {
    pub fn new(
        storage: Storage,
        access: Arc<Access>,
        root: Root,
        clock: Arc<dyn Clock>,
        limits: Limits,
    ) -> Self {
        Self {
            keys: Keys::new(root.keys.clone(), storage.clone(), limits.keys),
            root,
            storage,
            access,
            clock: Arc::new(WatchedClock::new(clock)),
            limits,
            counts: Arc::default(),
            unchanged: UnchangedAnswers::default(),
            last_access: LastAccessTimes::default(),
            scrub: ScrubProgress::default(),
            judging: Arc::new(Semaphore::new(1)),
            selecting: Arc::new(Semaphore::new(SELECTIONS_AT_ONCE)),
        }
    }
}
