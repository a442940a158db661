//! Work without a request. The server runs it in the background.

mod expiry;
mod last_access;
mod last_access_times;
mod purge;
mod scrub;
mod scrub_progress;

pub(crate) use last_access_times::LastAccessTimes;
pub use scrub::{ScrubStatus, ScrubStep};
pub(crate) use scrub_progress::ScrubProgress;
