//! The checksums of all blocks. A group is read from the file when it is first needed, is then kept in memory (8 bytes for
//! 4 KiB), and is written by the next flush after a change.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ::redb::StorageBackend;
use twox_hash::XxHash3_64;

use super::geometry::{self, BLOCK_BYTES, GROUP_BLOCKS};

/// Checksum of an unused block: never written, or unused when the store was opened after a crash.
pub(super) const UNUSED: u64 = 0;

/// Includes the number of the block, so that a block written to the wrong index is detected.
pub(super) fn checksum(block: u64, bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot_with_seed(block, bytes).max(UNUSED + 1)
}

#[derive(Debug, Default)]
pub(super) struct Checksums {
    groups: RwLock<Vec<Option<Arc<Group>>>>,
    /// Groups with changes that are not flushed.
    changed: Mutex<BTreeSet<u64>>,
}

type Group = [AtomicU64; GROUP_BLOCKS];

impl Checksums {
    /// Replaces all checksums after the whole store was read. All groups become changed.
    pub fn replace_with(&self, checksums: &[AtomicU64]) {
        let groups = checksums.chunks(GROUP_BLOCKS).map(|own| {
            let value = |index| own.get(index).map_or(UNUSED, |one: &AtomicU64| one.load(Ordering::Relaxed));
            Some(Arc::new(std::array::from_fn(|index| AtomicU64::new(value(index)))))
        });
        let groups: Vec<_> = groups.collect();
        self.changed().extend(0..groups.len() as u64);
        *self.groups.write().unwrap_or_else(PoisonError::into_inner) = groups;
    }

    pub fn get(&self, file: &dyn StorageBackend, block: u64) -> io::Result<u64> {
        let (group, index) = geometry::group_and_index(block);
        let group = self.group(file, group)?;
        Ok(group.get(index).map_or(UNUSED, |one| one.load(Ordering::Relaxed)))
    }

    pub fn set(&self, file: &dyn StorageBackend, block: u64, checksum: u64) -> io::Result<()> {
        let (number, index) = geometry::group_and_index(block);
        let group = self.group(file, number)?;
        if let Some(one) = group.get(index) {
            one.store(checksum, Ordering::Relaxed);
        }
        self.changed().insert(number);
        Ok(())
    }

    /// Removes the checksums of blocks that the file no longer has.
    pub fn truncate(&self, file: &dyn StorageBackend, blocks: u64) -> io::Result<()> {
        let (last, left) = geometry::group_and_index(blocks);
        let groups = last + u64::from(left > 0);
        self.groups
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .truncate(usize::try_from(groups).map_err(io::Error::other)?);
        self.changed().retain(|group| *group < groups);
        if left > 0 {
            let group = self.group(file, last)?;
            let forgotten = group.iter().skip(left).map(|one| one.swap(UNUSED, Ordering::Relaxed));
            if forgotten.filter(|one| *one != UNUSED).count() > 0 {
                self.changed().insert(last);
            }
        }
        Ok(())
    }

    /// Writes the changed groups. They stay marked as changed until `mark_flushed`, because a failed flush may lose writes.
    pub fn write(&self, file: &dyn StorageBackend) -> io::Result<BTreeSet<u64>> {
        let changed = self.changed().clone();
        let mut bytes = [0; BLOCK_BYTES];
        for number in &changed {
            let group = self.group(file, *number)?;
            for (index, one) in bytes.chunks_exact_mut(8).zip(group.iter()) {
                index.copy_from_slice(&one.load(Ordering::Relaxed).to_le_bytes());
            }
            file.write(geometry::checksums_offset(*number), &bytes)?;
        }
        Ok(changed)
    }

    pub fn mark_flushed(&self, written: &BTreeSet<u64>) {
        self.changed().retain(|group| !written.contains(group));
    }

    fn group(&self, file: &dyn StorageBackend, number: u64) -> io::Result<Arc<Group>> {
        let index = usize::try_from(number).map_err(io::Error::other)?;
        let known = |groups: &[Option<Arc<Group>>]| groups.get(index).and_then(Clone::clone);
        if let Some(group) = known(&self.groups.read().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(group);
        }
        let read = Arc::new(read(file, number)?);
        let mut groups = self.groups.write().unwrap_or_else(PoisonError::into_inner);
        if groups.len() <= index {
            groups.resize(index + 1, None);
        }
        // Another reader may have loaded the group first, and it may have changed since.
        Ok(match groups.get_mut(index) {
            Some(group) => Arc::clone(group.get_or_insert(read)),
            None => read,
        })
    }

    fn changed(&self) -> std::sync::MutexGuard<'_, BTreeSet<u64>> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(file: &dyn StorageBackend, group: u64) -> io::Result<Group> {
    let mut bytes = [0; BLOCK_BYTES];
    let offset = geometry::checksums_offset(group);
    // The checksums of a group may be missing until its first flush.
    if offset + BLOCK_BYTES as u64 <= file.len()? {
        file.read(offset, &mut bytes)?;
    }
    let mut all = bytes.chunks_exact(8).map(|one| one.try_into().map_or(UNUSED, u64::from_le_bytes));
    Ok(std::array::from_fn(|_| AtomicU64::new(all.next().unwrap_or(UNUSED))))
}
