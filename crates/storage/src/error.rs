//! What can go wrong with a store that is not the caller's doing. No fault carries a stored value.

use std::error::Error;
use std::sync::Arc;

use crate::CommitLimits;

/// The failure below ours; shared, because one failed flush answers many commits.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// Something the store could not do.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StorageError {
    #[error("Another process holds the store {path}. Stop it, or give this one a data folder of its own.")]
    InUse { path: String },
    #[error("The store could not {doing}.")]
    Engine {
        doing: &'static str,
        #[source]
        cause: Cause,
    },
    /// The store could not be written. Nothing was changed, and reads go on.
    #[error(
        "The store cannot be written, and nothing was changed. Reads go on. \
         Free space on its disk or repair the disk; writing starts again by itself."
    )]
    Unavailable {
        #[source]
        cause: Cause,
    },
    /// A flush failed after all of the change was handed to the disk.
    #[error(
        "The disk failed while the change was made durable, so the change may be stored or not. \
         Read what it was to change, or repeat it with the same request_id."
    )]
    Unconfirmed {
        #[source]
        cause: Cause,
    },
    /// The store ends before changes that were acknowledged.
    #[error(
        "The store ends with change {found}, but changes up to {acknowledged} were acknowledged: \
         {} are lost. Restore the store from a backup, or run `strongroom store salvage`.", lost_changes(*found, *acknowledged)
    )]
    LostChanges { found: u64, acknowledged: u64 },
    #[error(
        "A stored {what} is damaged. Run `strongroom store check` to see what else is, then restore the store \
         from a backup or run `strongroom store salvage`."
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

impl StorageError {
    pub(crate) fn damaged(what: &'static str, lost: Lost) -> Self {
        Self::Damaged { what, cause: Some(Arc::new(lost)) }
    }
}

fn lost_changes(found: u64, acknowledged: u64) -> String {
    match found + 1 == acknowledged {
        true => format!("change {acknowledged}"),
        false => format!("changes {} to {acknowledged}", found + 1),
    }
}

/// What damage looks like below.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Lost {
    #[error(
        "The file is no store of Strongroom, or both copies of its head are damaged. \
         Restore the store from a backup, or run `strongroom store salvage`."
    )]
    Heads,
    #[error("Both copies are damaged.")]
    Witness,
    #[error("The file is {found} bytes long; {expected} bytes were written.")]
    Length { found: u64, expected: u64 },
    #[error("{}", blocks(.0))]
    Blocks(Vec<u64>),
    #[error("A page does not hold what the pages above it say.")]
    Page,
    #[error("The store was opened anew since this snapshot was taken. Try again.")]
    Snapshot,
}

fn blocks(blocks: &[u64]) -> String {
    /// Chosen by us: enough to see whether they stand together.
    const SHOWN: usize = 20;
    let shown: Vec<_> = blocks.iter().take(SHOWN).map(u64::to_string).collect();
    let more = if blocks.len() > SHOWN { " and others" } else { "" };
    format!("Block {}{more} of the file does not match its checksum.", shown.join(", "))
}
