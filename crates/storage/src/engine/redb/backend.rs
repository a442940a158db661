//! The storage of one redb database. Every block is verified against its checksum when it is read. Write errors are hidden from
//! redb, because it rejects every read after one: later writes stay in memory, and the committer checks for the failure before
//! it answers.

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use ::redb::{BackendError, StorageBackend};

use super::checksums::{self, Checksums};
use super::disk::{Disk, FlushError};
use super::geometry::{self, BLOCK_BYTES};
use super::heads::{HEADER_BYTES, Head, Header};
use super::unwritten::{HeldBlocks, Unwritten};
use crate::StorageError;
use crate::error::Lost;

/// How reads and writes are handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Mode {
    /// Opening a store that was flushed completely: a block with a wrong checksum is an error. Writes stay in memory.
    Checking,
    /// Opening after a crash: redb checks by its own checksums which blocks arrived, and reads all blocks in use. Writes stay in
    /// memory.
    Recovering,
    Writing,
    /// Another database writes the file, or none can. Writes stay in memory.
    ReadOnly,
}

#[derive(Debug)]
pub(super) struct Backend {
    number: u64,
    disk: Arc<Disk>,
    checksums: Arc<Checksums>,
    mode: AtomicU8,
    /// During recovery: the checksum of each block that was read.
    read: Vec<AtomicU64>,
    blocks: AtomicU64,
    state: Mutex<State>,
    /// Switches readers to another database before this one shows them writes that did not become durable.
    on_failure: OnceLock<OnFailure>,
}

struct OnFailure(Box<dyn Fn() + Send + Sync>);

impl std::fmt::Debug for OnFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OnFailure")
    }
}

#[derive(Debug)]
struct State {
    header: Header,
    header_changed: bool,
    /// Blocks that are not written to the file yet.
    held: HeldBlocks,
    /// The number of blocks that the file could not be extended by.
    wanted: u64,
    failure: Option<WriteFailure>,
}

/// Why a backend has stopped writing.
#[derive(Clone, Debug)]
pub(super) enum WriteFailure {
    /// The commit was not written, and can never become visible.
    NotWritten(Arc<io::Error>),
    /// The write of the header may have succeeded, so the commit may become visible after a power loss.
    NotFlushed(Arc<io::Error>),
    /// redb itself failed.
    Stopped,
}

impl WriteFailure {
    pub fn to_error(&self) -> StorageError {
        match self {
            Self::NotWritten(error) => StorageError::Unavailable { cause: Arc::clone(error) as crate::Cause },
            Self::NotFlushed(error) => StorageError::Unconfirmed { cause: Arc::clone(error) as crate::Cause },
            Self::Stopped => StorageError::damaged("page", Lost::Page),
        }
    }
}

impl Backend {
    /// For opening the store at this head. The file is not changed until `write_through`.
    pub fn opening(disk: &Arc<Disk>, head: &Head) -> io::Result<Self> {
        let blocks = head.blocks.min(disk.blocks()? + 1);
        if head.is_closed() && blocks < head.blocks {
            let found = disk.file().len()?;
            let expected = geometry::file_bytes(head.blocks.saturating_sub(1));
            return Err(io::Error::new(io::ErrorKind::InvalidData, Lost::Length { found, expected }));
        }
        let (mode, read) = match head.was_flushed_last() {
            true => (Mode::Checking, 0),
            false => (Mode::Recovering, blocks),
        };
        let read = (0..read).map(|_| AtomicU64::new(checksums::UNUSED)).collect();
        Ok(Self { read, ..Self::new(disk, Arc::default(), mode, Head { blocks, ..head.clone() }) })
    }

    /// For creating a store in an empty file.
    pub fn creating(disk: &Arc<Disk>) -> Self {
        let backend = Self::new(disk, Arc::default(), Mode::Writing, Head::empty());
        disk.set_writer(backend.number);
        backend
    }

    /// For reading the last durable state while another backend has failed.
    pub fn reading(other: &Self) -> Self {
        let head = other.disk.durable().as_closed();
        Self::new(&other.disk, Arc::clone(&other.checksums), Mode::ReadOnly, head)
    }

    fn new(disk: &Arc<Disk>, checksums: Arc<Checksums>, mode: Mode, head: Head) -> Self {
        let state = State {
            header: head.header,
            header_changed: false,
            held: BTreeMap::new(),
            wanted: 0,
            failure: None,
        };
        Self {
            number: disk.new_backend(),
            disk: Arc::clone(disk),
            checksums,
            mode: AtomicU8::new(mode as u8),
            read: Vec::new(),
            blocks: AtomicU64::new(head.blocks),
            state: Mutex::new(state),
            on_failure: OnceLock::new(),
        }
    }

    pub fn on_failure(&self, act: impl Fn() + Send + Sync + 'static) {
        let _ = self.on_failure.set(OnFailure(Box::new(act)));
    }

    /// Ends opening: writes the held blocks, and passes on all later writes. Can be retried after an error.
    pub fn write_through(&self) -> io::Result<()> {
        let mut state = self.state();
        let blocks = self.blocks.load(Ordering::Acquire);
        if self.mode() == Mode::Recovering {
            // The last writes of a killed process are in the file but may not be durable, which the heads require.
            self.disk.file().sync_data()?;
            self.checksums.replace_with(self.read.get(1..).unwrap_or_default());
            // The new head states that everything was flushed before it.
            self.disk.flush(&self.checksums, None).map_err(|error| error.source)?;
        }
        if self.disk.blocks()? + 1 > blocks {
            self.disk.resize(blocks.saturating_sub(1))?;
        }
        for (block, bytes) in &state.held {
            self.write_blocks(*block, bytes)?;
        }
        let head = Head { header: state.header, blocks };
        self.disk.flush(&self.checksums, Some(head)).map_err(|error| error.source)?;
        state.held.clear();
        state.header_changed = false;
        self.disk.set_writer(self.number);
        self.set_mode(Mode::Writing);
        Ok(())
    }

    /// The writes that are not in the file since writing failed.
    pub fn unwritten(&self) -> Unwritten {
        let state = self.state();
        Unwritten { blocks: state.held.clone(), length: state.wanted }
    }

    pub fn is_writing(&self) -> bool {
        self.mode() == Mode::Writing
    }

    pub fn failure(&self) -> Option<WriteFailure> {
        self.state().failure.clone()
    }

    /// Stops all writes of this database to the file.
    pub fn fail(&self, failure: WriteFailure) {
        {
            let mut state = self.state();
            if state.failure.is_some() {
                return;
            }
            state.failure = Some(failure);
        }
        // Before redb continues: from now on it shows writes that are not durable.
        if let Some(OnFailure(act)) = self.on_failure.get() {
            act();
        }
        self.set_mode(Mode::ReadOnly);
    }

    /// The number of blocks, without the header of redb.
    pub fn data_blocks(&self) -> u64 {
        self.blocks.load(Ordering::Acquire).saturating_sub(1)
    }

    /// Whether a block matches its checksum or is unused. A block that does not is recorded as damaged.
    pub fn is_whole(&self, block: u64) -> io::Result<bool> {
        let mut bytes = [0; BLOCK_BYTES];
        let matches = |bytes: &mut [u8]| -> io::Result<bool> {
            let expected = self.checksums.get(self.disk.file(), block)?;
            let is_read = expected == checksums::UNUSED || self.disk.read(block, bytes).is_ok();
            Ok(expected == checksums::UNUSED || is_read && checksums::checksum(block, bytes) == expected)
        };
        if matches(&mut bytes)? {
            return Ok(true);
        }
        // It may be in the middle of a write.
        let writing = self.disk.lock_writes();
        let is_whole = matches(&mut bytes)?;
        drop(writing);
        if !is_whole && self.is_writing() {
            self.disk.note_damage(block);
        }
        Ok(is_whole || !self.is_writing())
    }

    fn read_blocks(&self, first: u64, out: &mut [u8]) -> io::Result<()> {
        let mode = self.mode();
        // One read if no block is held in memory.
        let at_once = mode == Mode::Writing && self.disk.read(first, out).is_ok();
        let mut blocks = (first..).zip(out.chunks_mut(BLOCK_BYTES));
        let read = blocks.try_for_each(|(block, bytes)| {
            if !at_once {
                self.read_one(mode, block, bytes)?;
            }
            self.check(mode, block, bytes)
        });
        match (read, mode) {
            (Ok(()), _) => Ok(()),
            (Err(error), Mode::Checking | Mode::Recovering) => Err(error),
            (Err(error), Mode::Writing | Mode::ReadOnly) => {
                if self.disk.has_newer_writer(self.number) {
                    return Err(error);
                }
                out.fill(0);
                out.iter_mut().zip(DAMAGED_PAGE).for_each(|(place, byte)| *place = byte);
                Ok(())
            }
        }
    }

    fn read_one(&self, mode: Mode, block: u64, out: &mut [u8]) -> io::Result<()> {
        if mode != Mode::Writing
            && let Some(held) = self.state().held.get(&block)
        {
            out.copy_from_slice(held);
            return Ok(());
        }
        self.disk.read(block, out).inspect_err(|_| self.disk.note_damage(block))
    }

    fn check(&self, mode: Mode, block: u64, bytes: &mut [u8]) -> io::Result<()> {
        let found = checksums::checksum(block, bytes);
        if mode == Mode::Recovering {
            if let Some(read) = usize::try_from(block + 1).ok().and_then(|place| self.read.get(place)) {
                read.store(found, Ordering::Relaxed);
            }
            return Ok(());
        }
        if found == self.checksums.get(self.disk.file(), block)? {
            return Ok(());
        }
        if mode != Mode::Writing && self.state().held.contains_key(&block) {
            return Ok(());
        }
        // A read error may be transient, so read once more.
        self.disk.read(block, bytes)?;
        if checksums::checksum(block, bytes) == self.checksums.get(self.disk.file(), block)? {
            return Ok(());
        }
        if self.disk.has_newer_writer(self.number) {
            return Err(io::Error::other(Lost::Snapshot));
        }
        self.disk.note_damage(block);
        Err(io::Error::new(io::ErrorKind::InvalidData, Lost::Blocks(vec![block])))
    }

    fn write_blocks(&self, first: u64, bytes: &[u8]) -> io::Result<()> {
        let _writing = self.disk.lock_writes();
        self.disk.write(first, bytes)?;
        for (block, bytes) in (first..).zip(bytes.chunks(BLOCK_BYTES)) {
            self.checksums.set(self.disk.file(), block, checksums::checksum(block, bytes))?;
        }
        Ok(())
    }

    fn mode(&self) -> Mode {
        match self.mode.load(Ordering::Acquire) {
            0 => Mode::Checking,
            1 => Mode::Recovering,
            2 => Mode::Writing,
            _ => Mode::ReadOnly,
        }
    }

    fn set_mode(&self, mode: Mode) {
        self.mode.store(mode as u8, Ordering::Release);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Content that redb gets for a damaged page. An error would make it reject every later read. This is an inner page with
/// impossible children: a lookup that follows one of them fails, and no lookup finds or misses a record in it.
const DAMAGED_PAGE: [u8; 60] = {
    // Kind, unused, one key; checksums and impossible numbers of two children; the end of an empty key.
    let mut page = [0xff; 60];
    [page[0], page[1], page[2], page[3]] = [2, 0, 1, 0];
    [page[56], page[57], page[58], page[59]] = [60, 0, 0, 0];
    page
};

/// The first block of a range behind the header. redb reads and writes only whole blocks there.
fn first_block(offset: u64, bytes: usize) -> io::Result<u64> {
    let block = BLOCK_BYTES as u64;
    let is_whole = offset.is_multiple_of(block) && bytes.is_multiple_of(BLOCK_BYTES);
    match (offset / block).checked_sub(1).filter(|_| is_whole) {
        Some(first) => Ok(first),
        None => Err(io::Error::new(io::ErrorKind::InvalidInput, "this is no stretch of whole blocks")),
    }
}

/// The backend in the form that redb owns.
#[derive(Debug)]
pub(super) struct Owned(pub Arc<Backend>);

impl StorageBackend for Owned {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.blocks.load(Ordering::Acquire) * BLOCK_BYTES as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let backend = &*self.0;
        if offset == 0 && out.len() <= HEADER_BYTES {
            let header = backend.state().header;
            out.iter_mut().zip(header).for_each(|(place, byte)| *place = byte);
            return Ok(());
        }
        let first = first_block(offset, out.len())?;
        if offset + out.len() as u64 > self.len()? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        backend.read_blocks(first, out)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let backend = &*self.0;
        let blocks = length / BLOCK_BYTES as u64;
        if backend.is_writing() {
            let blocks = blocks.saturating_sub(1);
            let resized = backend.disk.resize(blocks);
            let resized = resized.and_then(|()| backend.checksums.truncate(backend.disk.file(), blocks));
            if let Err(error) = resized {
                backend.state().wanted = blocks;
                backend.fail(WriteFailure::NotWritten(Arc::new(error)));
            }
        }
        backend.blocks.store(blocks, Ordering::Release);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let backend = &*self.0;
        if !backend.is_writing() {
            return Ok(());
        }
        let head = {
            let state = backend.state();
            let blocks = backend.blocks.load(Ordering::Acquire);
            state.header_changed.then_some(Head { header: state.header, blocks })
        };
        match backend.disk.flush(&backend.checksums, head) {
            Ok(()) => backend.state().header_changed = false,
            Err(FlushError { may_be_durable: true, source }) => {
                backend.disk.undo();
                backend.fail(WriteFailure::NotFlushed(Arc::new(source)));
            }
            Err(FlushError { may_be_durable: false, source }) => {
                backend.fail(WriteFailure::NotWritten(Arc::new(source)));
            }
        }
        Ok(())
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let backend = &*self.0;
        if let (0, Ok(header)) = (offset, Header::try_from(bytes)) {
            let mut state = backend.state();
            state.header = header;
            // The next flush writes it after everything it refers to.
            state.header_changed = true;
            return Ok(());
        }
        let first = first_block(offset, bytes.len())?;
        if backend.is_writing() {
            match backend.write_blocks(first, bytes) {
                Ok(()) => return Ok(()),
                Err(error) => backend.fail(WriteFailure::NotWritten(Arc::new(error))),
            }
        }
        let mut state = backend.state();
        for (block, bytes) in (first..).zip(bytes.chunks(BLOCK_BYTES)) {
            state.held.insert(block, bytes.into());
        }
        Ok(())
    }

    // The engine holds one file lock for all databases.

    fn try_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn try_lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(true)
    }

    fn lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn lock_shared_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn unlock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<(), BackendError> {
        Ok(())
    }

    fn query_lock_range(&self, _: Bound<u64>, _: Bound<u64>) -> Result<bool, BackendError> {
        Ok(false)
    }
}
