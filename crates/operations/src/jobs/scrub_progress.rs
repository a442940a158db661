//! How far the scrub is.

use std::sync::{Mutex, MutexGuard, PoisonError};

use strongroom_storage::Timestamp;
use strongroom_storage::records::ScrubRecord;

/// None until the store was read.
#[derive(Default)]
pub(crate) struct ScrubProgress(Mutex<Option<Progress>>);

#[derive(Clone)]
pub(super) struct Progress {
    pub(super) record: ScrubRecord,
    pub(super) saved: Timestamp,
}

impl ScrubProgress {
    pub(super) fn progress(&self) -> MutexGuard<'_, Option<Progress>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
