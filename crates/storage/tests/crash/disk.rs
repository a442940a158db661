//! A disk that loses its power at a chosen moment: of what was not flushed by then, some writes have arrived,
//! some have not, and some have in part.

use std::io;
use std::sync::{Arc, Mutex};

use redb::StorageBackend;

/// What a disk writes whole or not at all.
const SECTOR_BYTES: usize = 512;

#[derive(Clone, Debug, Default)]
pub struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// What a reader sees.
    current: Vec<u8>,
    flushed: Vec<u8>,
    unflushed: Vec<Write>,
    flushes: usize,
    steps: usize,
    /// The step at which the power goes.
    last_step: Option<usize>,
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

    /// What a process that starts now finds, whether the one before was killed or has ended.
    pub fn content(&self) -> Vec<u8> {
        self.state().current.clone()
    }

    pub fn lose_power_after(&self, steps: usize) {
        self.state().last_step = Some(steps);
    }

    /// Writes, flushes and changes of length so far.
    pub fn steps(&self) -> usize {
        self.state().steps
    }

    pub fn flushes(&self) -> usize {
        self.state().flushes
    }

    /// What is left after the loss: `chance` draws a number for each thing that luck decides.
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
        state.current.resize(length as usize, 0);
        state.unflushed.push(Write::Length(length as usize));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        state.flushes += 1;
        for write in std::mem::take(&mut state.unflushed) {
            match write {
                Write::Bytes { offset, bytes } => put(&mut state.flushed, offset, &bytes),
                Write::Length(length) => state.flushed.resize(length, 0),
            }
        }
        Ok(())
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        put(&mut state.current, offset as usize, bytes);
        state.unflushed.push(Write::Bytes { offset: offset as usize, bytes: bytes.to_vec() });
        Ok(())
    }
}
