//! Finds damage before a reader does: block by block in a store that is in use, or everything in one that is not.

use std::sync::Arc;

use super::backend::Backend;
use super::checksums::{self, Checksums};
use super::disk::{Disk, Opened};
use super::geometry::{self, BLOCK_BYTES};
use super::store::{self, guarded};
use super::tables::cause;
use crate::StorageError;
use crate::engine::Scrubbed;
use crate::error::Lost;

/// The result of a check of a store that is not in use.
#[derive(Clone, Debug)]
pub struct CheckReport {
    /// Blocks in use.
    pub blocks: u64,
    /// Blocks with a wrong checksum, numbered from the start of the data.
    pub damaged: Vec<u64>,
    /// A copy of the head of the file is damaged. The other one is used, and the next start rewrites the damaged one.
    pub has_damaged_head: bool,
    /// Why the store as a whole is inconsistent, if it is.
    pub fault: Option<StorageError>,
    /// The last revision.
    pub last_change: Option<u64>,
}

impl CheckReport {
    pub fn is_whole(&self) -> bool {
        self.damaged.is_empty() && self.fault.is_none() && !self.has_damaged_head
    }
}

/// Reads everything and writes nothing. `progress` gets the number of blocks read and the total.
pub(super) fn check(
    disk: Disk,
    opened: Opened,
    progress: impl FnMut(u64, u64),
) -> Result<CheckReport, StorageError> {
    let disk = Arc::new(disk);
    let Opened::Existing(head) = opened else {
        return Err(StorageError::damaged(
            "file",
            Lost::Length { found: 0, expected: geometry::file_bytes(1) },
        ));
    };
    let (blocks, mut damaged) = check_blocks(&disk, head.blocks, progress)?;
    let checked = guarded(|| {
        let (mut database, backend) = store::open(&disk, &head, disk.acknowledged())?;
        database.check_integrity().map_err(cause("check its trees"))?;
        let last = store::last_change(&database)?;
        drop(backend);
        Ok(last)
    });
    // After a crash, blocks of an incomplete commit may be partly written. They are not in use.
    if checked.is_ok() && !head.was_flushed_last() {
        damaged.clear();
    }
    Ok(CheckReport {
        blocks,
        damaged,
        has_damaged_head: disk.has_damaged_heads(),
        last_change: checked.as_ref().ok().copied(),
        fault: checked.err(),
    })
}

fn check_blocks(
    disk: &Disk,
    blocks: u64,
    mut progress: impl FnMut(u64, u64),
) -> Result<(u64, Vec<u64>), StorageError> {
    let end = disk.blocks().map_err(cause("read its file"))?.min(blocks.saturating_sub(1));
    let checksums = Checksums::default();
    let (mut used, mut damaged) = (0, Vec::new());
    let mut bytes = [0; BLOCK_BYTES];
    for block in 0..end {
        let expected = checksums.get(disk.file(), block).map_err(cause("read its checksums"))?;
        if expected != checksums::UNUSED {
            used += 1;
            let is_read = disk.read(block, &mut bytes).is_ok();
            if !is_read || checksums::checksum(block, &bytes) != expected {
                damaged.push(block);
            }
        }
        progress(block + 1, end);
    }
    Ok((used, damaged))
}

impl Backend {
    /// Verifies some blocks, concurrently with writes.
    pub fn scrub(&self, from: u64, blocks: u64) -> Result<Scrubbed, StorageError> {
        let end = self.data_blocks();
        let stop = end.min(from.saturating_add(blocks));
        let mut damaged = Vec::new();
        for block in from..stop {
            if !self.is_whole(block).map_err(cause("read its checksums"))? {
                damaged.push(block);
            }
        }
        Ok(Scrubbed { checked: stop.saturating_sub(from), damaged, next: (stop < end).then_some(stop) })
    }
}
