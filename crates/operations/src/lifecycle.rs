//! The life of a secret, of its versions and of its stages, as pure functions of the record, the request and the time.
//!
//! `ENABLED` -> `PENDING_DELETE` -> deleted, and back from the second to the first. Nothing is removed while a secret is
//! pending deletion, so cancelling only clears the date. Past that date a secret is deleted for every caller at that moment.

mod deletion;
mod find;
mod restore;
pub(crate) mod stages;
pub(crate) mod versions;

pub(crate) use deletion::{
    MILLISECONDS_PER_DAY, cancel_deletion, is_gone, may_change, may_delete, may_read, may_replace, present,
    restore_deletion, schedule_deletion, state, taken, whole_second,
};
pub(crate) use find::{stage, version, version_id};
pub(crate) use restore::before_version;
pub(crate) use versions::with_first_version;
