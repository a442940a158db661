//! A simulated disk that loses power at a chosen step: of the writes not flushed by then, some are stored, some are lost, and some
//! are torn. It can also be full, and its flushes can fail.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex};

use redb::StorageBackend;

/// The unit that a disk writes completely or not at all.
const SECTOR_BYTES: usize = 512;

/// The unit in which space is allocated.
const BLOCK_BYTES: usize = 4_096;

#[derive(Clone, Debug, Default)]
pub struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// The content that a reader sees.
    current: Vec<u8>,
    flushed: Vec<u8>,
    unflushed: Vec<Write>,
    flushes: usize,
    steps: usize,
    /// The step at which the power fails.
    last_step: Option<usize>,
    /// Allocated blocks: a file may be longer than what was written to it.
    taken: BTreeSet<usize>,
    /// Capacity of the disk in blocks.
    room: Option<usize>,
    /// Most bytes of a file.
    longest: Option<usize>,
    rejected_lengths: usize,
    flushes_to_fail: usize,
    /// Decides which writes before a failed flush are lost.
    luck: u64,
}

#[derive(Clone, Debug)]
enum Write {
    Bytes { offset: usize, bytes: Vec<u8> },
    Length(usize),
}

impl Disk {
    pub fn holding(content: Vec<u8>) -> Self {
        let disk = Self::default();
        disk.state().current.clone_from(&content);
        disk.state().flushed = content;
        disk
    }

    /// The content that the next process finds, after a kill or a normal end.
    pub fn content(&self) -> Vec<u8> {
        self.state().current.clone()
    }

    pub fn lose_power_after(&self, steps: usize) {
        self.state().last_step = Some(steps);
    }

    /// Limits the free space to this number of blocks, or lifts the limit.
    pub fn leave_room(&self, blocks: Option<usize>) {
        let mut state = self.state();
        state.room = blocks.map(|blocks| state.taken.len() + blocks);
    }

    /// Limits the file to its current length, or lifts the limit.
    pub fn limit_length(&self, is_limited: bool) {
        let mut state = self.state();
        state.longest = is_limited.then_some(state.current.len());
    }

    pub fn rejected_lengths(&self) -> usize {
        self.state().rejected_lengths
    }

    /// Makes the next flushes fail. Their writes are lost or not, at random. Readers see them in any case, and no later flush
    /// writes them, as on Linux.
    pub fn fail_flushes(&self, number: usize, luck: u64) {
        let mut state = self.state();
        state.flushes_to_fail = number;
        state.luck = luck;
    }

    /// Writes, flushes and changes of length so far.
    pub fn steps(&self) -> usize {
        self.state().steps
    }

    pub fn flushes(&self) -> usize {
        self.state().flushes
    }

    /// The content after the power loss. `chance` decides about each write.
    pub fn survivor(&self, mut chance: impl FnMut() -> u64) -> Vec<u8> {
        let state = self.state();
        let mut content = state.flushed.clone();
        for write in &state.unflushed {
            match (write, chance() % 4) {
                (_, 0) => {}
                (Write::Bytes { offset, bytes }, 1) => {
                    for (sector, part) in (0..).zip(bytes.chunks(SECTOR_BYTES)) {
                        if chance().is_multiple_of(2) {
                            put(&mut content, offset + sector * SECTOR_BYTES, part);
                        }
                    }
                }
                (Write::Bytes { offset, bytes }, _) => put(&mut content, *offset, bytes),
                (Write::Length(length), _) => content.resize(*length, 0),
            }
        }
        content
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl State {
    fn step(&mut self) -> io::Result<()> {
        if self.last_step.is_some_and(|last| self.steps >= last) {
            return Err(io::Error::other("the power is gone"));
        }
        self.steps += 1;
        Ok(())
    }
}

impl Write {
    fn apply(self, content: &mut Vec<u8>) {
        match self {
            Self::Bytes { offset, bytes } => put(content, offset, &bytes),
            Self::Length(length) => content.resize(length, 0),
        }
    }
}

fn put(content: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[offset..end].copy_from_slice(bytes);
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state().current.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.state();
        let offset = offset as usize;
        let found = state.current.get(offset..offset + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(found);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        if state.longest.is_some_and(|longest| longest < length as usize) {
            state.rejected_lengths += 1;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        state.current.resize(length as usize, 0);
        state.unflushed.push(Write::Length(length as usize));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        state.flushes += 1;
        let fails = state.flushes_to_fail > 0;
        state.flushes_to_fail = state.flushes_to_fail.saturating_sub(1);
        for write in std::mem::take(&mut state.unflushed) {
            state.luck = state.luck.rotate_right(1);
            if !fails || state.luck.is_multiple_of(2) || matches!(write, Write::Length(_)) {
                write.apply(&mut state.flushed);
            }
        }
        if fails { Err(io::Error::other("the disk has failed")) } else { Ok(()) }
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        let offset = offset as usize;
        let mut taken = state.taken.clone();
        taken.extend(offset / BLOCK_BYTES..(offset + bytes.len()).div_ceil(BLOCK_BYTES));
        if state.room.is_some_and(|room| room < taken.len()) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        state.taken = taken;
        put(&mut state.current, offset, bytes);
        state.unflushed.push(Write::Bytes { offset, bytes: bytes.to_vec() });
        Ok(())
    }
}
