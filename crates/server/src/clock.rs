//! The wall clock, the only one outside tests.

use std::time::{SystemTime, UNIX_EPOCH};

use strongroom_operations::Clock;
use strongroom_storage::Timestamp;

pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "here, and only here, time comes from outside")]
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_milliseconds(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}
