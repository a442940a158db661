//! Identifiers that sort by time, so that what is made together stands together on disk.

use strongroom_storage::Timestamp;
use uuid::Uuid;

/// A new identifier. Of two made in the same millisecond either may come first.
pub fn ordered_id(now: Timestamp) -> Uuid {
    let milliseconds = now.milliseconds().unsigned_abs();
    let nanoseconds = u32::try_from(milliseconds % 1_000 * 1_000_000).unwrap_or_default();
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, milliseconds / 1_000, nanoseconds))
}
