//! Errors of the store. They never contain a stored value.

use std::error::Error;
use std::sync::Arc;

use crate::engine::CommitLimits;

/// The underlying error. It is shared, because one failed flush fails many commits.
pub type Cause = Arc<dyn Error + Send + Sync>;

/// An error of the store.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StorageError {
    #[error("Another process holds the store {path}. Stop it, or use another data folder.")]
    InUse { path: String },
    #[error("The store could not {doing}.")]
    Engine {
        doing: &'static str,
        #[source]
        cause: Cause,
    },
    /// The store could not be written. Nothing was changed, and reads still work.
    #[error(
        "The store cannot be written, and nothing was changed. Reads still work. \
         Free space on its disk or repair the disk; the server resumes writing by itself."
    )]
    Unavailable {
        #[source]
        cause: Cause,
    },
    /// A flush failed after the whole change was written, so it is unknown whether the change is durable.
    #[error(
        "The disk failed during the flush, so the change may be stored or not. \
         Read the records to find out, or repeat the request with the same request_id."
    )]
    Unconfirmed {
        #[source]
        cause: Cause,
    },
    /// Acknowledged changes are missing at the end of the store.
    #[error(
        "The store ends with change {found}, but changes up to {acknowledged} were acknowledged: \
         {} are lost. Restore the store from a backup, or run `strongroom store salvage`.", lost_changes(*found, *acknowledged)
    )]
    LostChanges { found: u64, acknowledged: u64 },
    #[error(
        "A stored {what} is damaged. Run `strongroom store check` to find all damage, then restore the store \
         from a backup or run `strongroom store salvage`."
    )]
    Damaged {
        what: &'static str,
        #[source]
        cause: Option<Cause>,
    },
    #[error(
        "The change needs {operations} operations and {bytes} bytes; one transaction holds {} operations and {} bytes. \
         Split it.", limits.operations, limits.bytes
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

/// The cause of a `Damaged` error.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Lost {
    #[error(
        "The file is not a Strongroom store, or both copies of its head are damaged. \
         Restore the store from a backup, or run `strongroom store salvage`."
    )]
    Heads,
    #[error("Both copies are damaged.")]
    Witness,
    #[error("The file has {found} bytes; {expected} bytes were written.")]
    Length { found: u64, expected: u64 },
    #[error("{}", blocks(.0))]
    Blocks(Vec<u64>),
    #[error("The content of a page does not match the pages above it.")]
    Page,
    #[error("The store was reopened after this snapshot was taken. Try again.")]
    Snapshot,
}

fn blocks(blocks: &[u64]) -> String {
    /// Our choice: enough to see whether they are neighbours.
    const MAX_LISTED_BLOCKS: usize = 20;
    let shown: Vec<_> = blocks.iter().take(MAX_LISTED_BLOCKS).map(u64::to_string).collect();
    let more = if blocks.len() > MAX_LISTED_BLOCKS { " and others" } else { "" };
    format!("Block {}{more} of the file does not match its checksum.", shown.join(", "))
}
