//! What can go wrong with a store that is not the caller's doing. No fault carries a stored value.

use std::error::Error;
use std::sync::Arc;

use crate::CommitLimits;

/// The failure below ours; shared, because one failed flush answers many commits.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// Something the store could not do.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Fault {
    #[error("Another process holds the store {path}. Stop it, or give this one a data folder of its own.")]
    InUse { path: String },
    #[error("The store could not {doing}.")]
    Engine {
        doing: &'static str,
        #[source]
        cause: Cause,
    },
    #[error(
        "Whether the change is stored is not known, because writing it out failed. \
         Check the disk, then restart the server."
    )]
    Unconfirmed {
        #[source]
        cause: Cause,
    },
    #[error(
        "A stored {what} is damaged or missing. Stop the server, run `strongroom store check` to see what else is, and restore \
         the store from a backup or save what is left with `strongroom store salvage`."
    )]
    Damaged {
        what: &'static str,
        #[source]
        cause: Option<Cause>,
    },
    #[error(
        "A change of {operations} operations and {bytes} bytes is more than the {} operations and {} bytes \
         that the store takes at once. Split it.", limits.operations, limits.bytes
    )]
    TooLarge { operations: usize, bytes: usize, limits: CommitLimits },
    #[error("The change was not made, because {problem}.")]
    Malformed { problem: &'static str },
    #[error("The store has stopped. Restart the server.")]
    Stopped,
}
