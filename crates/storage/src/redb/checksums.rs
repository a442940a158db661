//! The checksums of all blocks: read from the file group by group when they are first needed, kept from then on (8 bytes for
//! 4 KiB), and written with the next flush after a change.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ::redb::StorageBackend;
use twox_hash::XxHash3_64;

use super::geometry::{self, BLOCK_BYTES, GROUP_BLOCKS};

/// Of a block that holds nothing: it was never written, or is not used since the store was opened after a crash.
pub(super) const NOTHING: u64 = 0;

/// The number of the block is part of it, so that a block which stands in for another one shows as well.
pub(super) fn checksum(block: u64, bytes: &[u8]) -> u64 {
    XxHash3_64::oneshot_with_seed(block, bytes).max(NOTHING + 1)
}

#[derive(Debug, Default)]
pub(super) struct Checksums {
    groups: RwLock<Vec<Option<Arc<Group>>>>,
    /// Groups that differ from what is flushed.
    changed: Mutex<BTreeSet<u64>>,
}

type Group = [AtomicU64; GROUP_BLOCKS];

impl Checksums {
    /// Of a store all of whose blocks have just been read. All of it has to be written.
    pub fn replace_with(&self, checksums: &[AtomicU64]) {
        let groups = checksums.chunks(GROUP_BLOCKS).map(|own| {
            let value = |place| own.get(place).map_or(NOTHING, |one: &AtomicU64| one.load(Ordering::Relaxed));
            Some(Arc::new(std::array::from_fn(|place| AtomicU64::new(value(place)))))
        });
        let groups: Vec<_> = groups.collect();
        self.changed().extend(0..groups.len() as u64);
        *self.groups.write().unwrap_or_else(PoisonError::into_inner) = groups;
    }

    pub fn get(&self, file: &dyn StorageBackend, block: u64) -> io::Result<u64> {
        let (group, place) = geometry::place(block);
        let group = self.group(file, group)?;
        Ok(group.get(place).map_or(NOTHING, |one| one.load(Ordering::Relaxed)))
    }

    pub fn set(&self, file: &dyn StorageBackend, block: u64, checksum: u64) -> io::Result<()> {
        let (number, place) = geometry::place(block);
        let group = self.group(file, number)?;
        if let Some(one) = group.get(place) {
            one.store(checksum, Ordering::Relaxed);
        }
        self.changed().insert(number);
        Ok(())
    }

    /// Forgets those of blocks that the file has no more.
    pub fn truncate(&self, file: &dyn StorageBackend, blocks: u64) -> io::Result<()> {
        let (last, left) = geometry::place(blocks);
        let groups = last + u64::from(left > 0);
        self.groups
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .truncate(usize::try_from(groups).map_err(io::Error::other)?);
        self.changed().retain(|group| *group < groups);
        if left > 0 {
            let group = self.group(file, last)?;
            let forgotten = group.iter().skip(left).map(|one| one.swap(NOTHING, Ordering::Relaxed));
            if forgotten.filter(|one| *one != NOTHING).count() > 0 {
                self.changed().insert(last);
            }
        }
        Ok(())
    }

    /// Writes what has changed. It stays changed until `flushed` is told, because a flush that fails may lose what was
    /// written before it.
    pub fn write(&self, file: &dyn StorageBackend) -> io::Result<BTreeSet<u64>> {
        let changed = self.changed().clone();
        let mut bytes = [0; BLOCK_BYTES];
        for number in &changed {
            let group = self.group(file, *number)?;
            for (place, one) in bytes.chunks_exact_mut(8).zip(group.iter()) {
                place.copy_from_slice(&one.load(Ordering::Relaxed).to_le_bytes());
            }
            file.write(geometry::checksums_offset(*number), &bytes)?;
        }
        Ok(changed)
    }

    pub fn flushed(&self, written: &BTreeSet<u64>) {
        self.changed().retain(|group| !written.contains(group));
    }

    fn group(&self, file: &dyn StorageBackend, number: u64) -> io::Result<Arc<Group>> {
        let place = usize::try_from(number).map_err(io::Error::other)?;
        let known = |groups: &[Option<Arc<Group>>]| groups.get(place).and_then(Clone::clone);
        if let Some(group) = known(&self.groups.read().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(group);
        }
        let read = Arc::new(read(file, number)?);
        let mut groups = self.groups.write().unwrap_or_else(PoisonError::into_inner);
        if groups.len() <= place {
            groups.resize(place + 1, None);
        }
        // Another reader may have been faster, and its group may have changed since.
        Ok(match groups.get_mut(place) {
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
    // A group is made by writing its first block, so there may be none yet.
    if offset + BLOCK_BYTES as u64 <= file.len()? {
        file.read(offset, &mut bytes)?;
    }
    let mut all = bytes.chunks_exact(8).map(|one| one.try_into().map_or(NOTHING, u64::from_le_bytes));
    Ok(std::array::from_fn(|_| AtomicU64::new(all.next().unwrap_or(NOTHING))))
}
