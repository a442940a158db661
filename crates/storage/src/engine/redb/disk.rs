//! The file of the store: blocks, their checksums and the heads. It outlives the databases on it, which are reopened after a
//! write error.

use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ::redb::StorageBackend;

use super::checksums::Checksums;
use super::geometry::{self, BLOCK_BYTES, GROUP_BLOCKS};
use super::heads::{self, Head, SECTOR_BYTES};
use super::unwritten::Unwritten;
use crate::StorageError;
use crate::error::Lost;

#[derive(Debug)]
pub(super) struct Disk {
    file: Box<dyn StorageBackend>,
    heads: Mutex<Heads>,
    damaged: Mutex<BTreeSet<u64>>,
    /// Locked while a block and its checksum are written.
    writing: Mutex<()>,
    /// The number of the backend that writes the file, from 1.
    writer: AtomicU64,
    backends: AtomicU64,
}

#[derive(Debug)]
struct Heads {
    durable: Head,
    /// The copy that holds it. Writes go to the other copy until a flush succeeds, so a failed flush loses nothing.
    in_second: bool,
    count: u64,
    /// The last acknowledged revision.
    witness: u64,
    witness_count: u64,
    /// Whether a copy of either is unreadable. A power loss alone does not cause that.
    is_damaged: bool,
}

/// A failed flush.
#[derive(Debug)]
pub(super) struct FlushError {
    /// Whether the header was written already, so that the commit may become durable anyway.
    pub may_be_durable: bool,
    pub source: io::Error,
}

/// The state of a file according to its heads.
pub(super) enum Opened {
    New,
    /// An existing store, with the head of the last flush.
    Existing(Box<Head>),
}

impl Disk {
    pub fn open(file: Box<dyn StorageBackend>) -> Result<(Self, Opened), StorageError> {
        let bytes = file.len().map_err(reading)?;
        let (heads, opened) = if bytes == 0 {
            (Heads::empty(), Opened::New)
        } else {
            let heads = Heads::read(&*file)?;
            let durable = heads.durable.clone();
            (heads, Opened::Existing(Box::new(durable)))
        };
        let disk = Self {
            file,
            heads: Mutex::new(heads),
            damaged: Mutex::default(),
            writing: Mutex::default(),
            writer: AtomicU64::new(0),
            backends: AtomicU64::new(0),
        };
        Ok((disk, opened))
    }

    pub fn file(&self) -> &dyn StorageBackend {
        &*self.file
    }

    /// The number of complete blocks in the file.
    pub fn blocks(&self) -> io::Result<u64> {
        self.file.len().map(geometry::blocks_in)
    }

    /// Extends or shortens the file to this number of blocks.
    pub fn resize(&self, blocks: u64) -> io::Result<()> {
        self.file.set_len(geometry::file_bytes(blocks))
    }

    pub fn read(&self, first: u64, out: &mut [u8]) -> io::Result<()> {
        for (block, part) in contiguous_ranges(first, out.len()).zip(split(first, out)) {
            self.file.read(geometry::block_offset(block), part)?;
        }
        Ok(())
    }

    pub fn write(&self, first: u64, mut bytes: &[u8]) -> io::Result<()> {
        for block in contiguous_ranges(first, bytes.len()) {
            let (part, rest) = bytes.split_at(bytes.len().min(left_in_group(block) * BLOCK_BYTES));
            self.file.write(geometry::block_offset(block), part)?;
            bytes = rest;
        }
        Ok(())
    }

    /// Writes to unused blocks, to test whether the disk accepts writes. Does not change the length of the file.
    pub fn try_writing(&self, unwritten: &Unwritten) -> io::Result<()> {
        let length = self.file.len()?;
        let grown = match geometry::file_bytes(unwritten.length) > length {
            true => self.resize(unwritten.length),
            false => Ok(()),
        };
        let mut blocks = unwritten.blocks.iter();
        let written = grown.and_then(|()| blocks.try_for_each(|(block, bytes)| self.write(*block, bytes)));
        let flushed = written.and_then(|()| self.file.sync_data());
        if self.file.len()? != length {
            self.file.set_len(length)?;
        }
        flushed
    }

    /// Flushes all writes, then writes and flushes the header if there is a new one.
    pub fn flush(&self, checksums: &Checksums, head: Option<Head>) -> Result<(), FlushError> {
        let before = |source| FlushError { may_be_durable: false, source };
        let written = checksums.write(self.file()).map_err(before)?;
        let Some(head) = head else {
            self.file.sync_data().map_err(before)?;
            checksums.mark_flushed(&written);
            return Ok(());
        };

        let after = |source| FlushError { may_be_durable: true, source };
        let mut heads = self.heads();
        heads.count += 1;
        let offset = geometry::head_offset(!heads.in_second);
        self.file.write(offset, &head.to_sector(heads.count)).map_err(after)?;
        self.file.sync_data().map_err(after)?;
        heads.in_second = !heads.in_second;
        heads.durable = head;
        checksums.mark_flushed(&written);
        Ok(())
    }

    /// Overwrites a header whose flush failed with the previous one, for the next start. The disk may lose this write too.
    pub fn undo(&self) {
        let mut heads = self.heads();
        heads.count += 1;
        let offset = geometry::head_offset(!heads.in_second);
        // Errors are ignored: reopening the store writes the header again and flushes.
        let _ = self.file.write(offset, &heads.durable.to_sector(heads.count));
    }

    /// The header of the last successful flush.
    pub fn durable(&self) -> Head {
        self.heads().durable.clone()
    }

    /// Records the last acknowledged revision. It survives a killed process at once, and a power loss after the next flush.
    pub fn acknowledge(&self, last: u64) -> io::Result<()> {
        let mut heads = self.heads();
        // Next to the head that the next flush writes, which saves writing another block.
        let second = !heads.in_second;
        heads.acknowledge(self.file(), second, last)
    }

    /// Records it in both copies.
    pub fn acknowledge_twice(&self, last: u64) -> io::Result<()> {
        let mut heads = self.heads();
        [false, true].into_iter().try_for_each(|second| heads.acknowledge(self.file(), second, last))
    }

    /// The last acknowledged revision.
    pub fn acknowledged(&self) -> u64 {
        self.heads().witness
    }

    /// Whether a copy of the heads or of the acknowledged revision could not be read.
    pub fn has_damaged_heads(&self) -> bool {
        self.heads().is_damaged
    }

    pub fn new_backend(&self) -> u64 {
        self.backends.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub fn set_writer(&self, backend: u64) {
        self.writer.store(backend, Ordering::Release);
    }

    /// Whether a later backend writes the file.
    pub fn has_newer_writer(&self, backend: u64) -> bool {
        self.writer.load(Ordering::Acquire) > backend
    }

    pub fn lock_writes(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn note_damage(&self, block: u64) {
        self.damaged.lock().unwrap_or_else(PoisonError::into_inner).insert(block);
    }

    /// Blocks whose checksum was wrong when they were read.
    pub fn damaged(&self) -> Vec<u64> {
        self.damaged.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect()
    }

    pub fn close(&self) {
        // The lock ends with the process at the latest.
        let _ = self.file.close();
    }

    fn heads(&self) -> MutexGuard<'_, Heads> {
        self.heads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heads {
    fn empty() -> Self {
        Self {
            durable: Head::empty(),
            in_second: true,
            count: 0,
            witness: 0,
            witness_count: 0,
            is_damaged: false,
        }
    }

    fn acknowledge(&mut self, file: &dyn StorageBackend, second: bool, last: u64) -> io::Result<()> {
        self.witness_count += 1;
        let offset = geometry::head_offset(second) + SECTOR_BYTES as u64;
        file.write(offset, &heads::witness_to_sector(last, self.witness_count))?;
        self.witness = last;
        Ok(())
    }

    fn read(file: &dyn StorageBackend) -> Result<Self, StorageError> {
        let mut newest: Option<(u64, Head, bool)> = None;
        let mut witness: Option<(u64, u64)> = None;
        let mut is_damaged = false;
        for second in [false, true] {
            let mut bytes = [0; 2 * SECTOR_BYTES];
            let offset = geometry::head_offset(second);
            if offset + bytes.len() as u64 <= file.len().map_err(reading)? {
                file.read(offset, &mut bytes).map_err(reading)?;
            }
            let (head, note) = bytes.split_at(SECTOR_BYTES);
            let (head, note) = (Head::from_sector(head), heads::witness_from_sector(note));
            is_damaged |= head.is_none() || note.is_none();
            if let Some((count, head)) = head
                && newest.as_ref().is_none_or(|(newest, ..)| *newest < count)
            {
                newest = Some((count, head, second));
            }
            witness = witness.max(note);
        }
        let Some((count, durable, in_second)) = newest else {
            return Err(StorageError::Engine {
                doing: "open its file",
                cause: std::sync::Arc::new(Lost::Heads),
            });
        };
        let Some((witness_count, witness)) = witness else {
            return Err(StorageError::damaged("note of the last change", Lost::Witness));
        };
        Ok(Self { durable, in_second, count, witness, witness_count, is_damaged })
    }
}

fn reading(error: io::Error) -> StorageError {
    StorageError::Engine { doing: "read its file", cause: std::sync::Arc::new(error) }
}

fn left_in_group(block: u64) -> usize {
    GROUP_BLOCKS - geometry::group_and_index(block).1
}

/// The first block of each contiguous range in the file.
fn contiguous_ranges(first: u64, bytes: usize) -> impl Iterator<Item = u64> {
    let end = first + (bytes / BLOCK_BYTES) as u64;
    std::iter::successors(Some(first), |block| Some(block + left_in_group(*block) as u64))
        .take_while(move |block| *block < end)
}

/// Splits the bytes at the ends of the contiguous ranges.
fn split(first: u64, bytes: &mut [u8]) -> impl Iterator<Item = &mut [u8]> {
    let head = bytes.len().min(left_in_group(first) * BLOCK_BYTES);
    let (head, rest) = bytes.split_at_mut(head);
    std::iter::once(head).chain(rest.chunks_mut(GROUP_BLOCKS * BLOCK_BYTES))
}
