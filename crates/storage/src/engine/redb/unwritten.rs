//! Blocks that the file does not have yet.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Blocks by their numbers.
pub(super) type HeldBlocks = BTreeMap<u64, Arc<[u8]>>;

/// The writes of a failed commit.
#[derive(Debug, Default)]
pub(super) struct Unwritten {
    pub blocks: HeldBlocks,
    /// The number of blocks that the file needs; `None` if it is large enough.
    pub length: u64,
}
