//! The system clock. Tests use other clocks.

use std::time::{SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};
use strongroom_operations::{Clock, Uptime};
use strongroom_storage::Timestamp;
use uuid::Uuid;

/// The boot id of Linux.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// A clock that cannot be set, and that advances while the machine is suspended.
#[cfg(target_os = "linux")]
const UPTIME: ClockId = ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const UPTIME: ClockId = ClockId::Monotonic;

pub struct SystemClock {
    boot: [u8; 16],
}

impl SystemClock {
    /// Without a boot id, each start counts as a boot, so that uptimes of different boots are never compared.
    pub fn new() -> Self {
        let known = std::fs::read_to_string(BOOT_ID).ok().and_then(|id| id.trim().parse::<Uuid>().ok());
        Self { boot: known.unwrap_or_else(Uuid::new_v4).into_bytes() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn uptime(&self) -> Uptime {
        let uptime = clock_gettime(UPTIME);
        let milliseconds = uptime.tv_sec.saturating_mul(1_000).saturating_add(uptime.tv_nsec / 1_000_000);
        Uptime { boot: self.boot, milliseconds }
    }

    #[allow(clippy::disallowed_methods, reason = "here, and only here, time comes from outside")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_milliseconds(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}
