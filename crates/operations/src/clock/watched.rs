//! A clock that is compared with the uptime of the machine.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use strongroom_storage::Timestamp;

use super::reading::{Clock, ClockStatus, Reading, Uptime};
use super::trust::Trust;

/// A clock, and how far it is trusted.
pub(crate) struct WatchedClock {
    clock: Arc<dyn Clock>,
    /// None until the record of earlier runs was read.
    trust: RwLock<Option<Trust>>,
}

impl WatchedClock {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, trust: RwLock::default() }
    }

    /// The time that callers see.
    pub(crate) fn now(&self) -> Timestamp {
        let reading = self.read();
        let seen = self.trust().as_ref().map_or(reading.now, |trust| trust.seen(reading));
        Timestamp::from_milliseconds(seen)
    }

    pub(crate) fn read(&self) -> Reading {
        Reading { now: self.clock.now().milliseconds(), uptime: self.clock.uptime() }
    }

    pub(crate) fn trust(&self) -> RwLockReadGuard<'_, Option<Trust>> {
        self.trust.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn trust_mut(&self) -> RwLockWriteGuard<'_, Option<Trust>> {
        self.trust.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn status(&self) -> Option<ClockStatus> {
        self.trust().as_ref().map(|trust| trust.status(self.read()))
    }
}

impl Clock for WatchedClock {
    fn now(&self) -> Timestamp {
        WatchedClock::now(self)
    }

    fn uptime(&self) -> Uptime {
        self.clock.uptime()
    }
}
