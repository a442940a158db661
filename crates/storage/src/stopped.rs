//! Opens the store of a stopped server without changing its file: recovery writes of the engine stay in memory.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use ::redb::StorageBackend;
use async_trait::async_trait;

use crate::inspection::{Problem, ProblemKind, innermost};
use crate::recovery::{Certainty, Recovered, RecoveredRecord, RecoverySource};
use crate::{CheckReport, RedbEngine, SalvagedRecord, StorageError};

/// Size of a block that is held in memory after it was written. Equal to the page size of redb.
const BLOCK_BYTES: usize = 4_096;

/// Records that a source returns in one call. Our choice, like `PAGE`.
const RECORDS_PER_CALL: usize = 1_000;

/// A store that is opened read-only.
pub struct StoppedStore {
    pub engine: RedbEngine,
    /// Problems that the engine found in its own structures.
    pub problems: Vec<Problem>,
}

impl StoppedStore {
    /// Opens the store in this file and lets the engine check its structures.
    ///
    /// # Errors
    /// `InUse` while a server runs on it. `Engine` if the damage is such that the engine cannot open the file.
    pub fn open(path: &Path) -> Result<Self, StorageError> {
        let problems = problems(&RedbEngine::check_on(Overlay::on(path)?, |_, _| {})?);
        Ok(Self { engine: RedbEngine::open_on(Overlay::on(path)?)?, problems })
    }
}

/// Problems that the engine found in the file.
fn problems(report: &CheckReport) -> Vec<Problem> {
    let problem =
        |record: String, details: String| Problem { record, kind: ProblemKind::Unreadable, details };
    let mut problems = Vec::new();
    if report.has_damaged_head {
        let details = "one of its two copies is damaged; the next start writes it anew";
        problems.push(problem("head of the file".to_owned(), details.to_owned()));
    }
    let blocks = report.damaged.iter().map(|block| format!("block {block} of the file"));
    problems.extend(blocks.map(|block| problem(block, "does not match its checksum".to_owned())));
    if let Some(fault) = &report.fault {
        problems.push(problem("file of the store".to_owned(), innermost(fault)));
    }
    problems
}

/// Reads records directly from the pages of a file, even if the engine cannot open it. Holds all records in memory.
pub struct PageSource {
    records: Vec<SalvagedRecord>,
    damaged_pages: u64,
    is_damage_reported: bool,
    next: usize,
}

impl PageSource {
    /// # Errors
    /// `InUse` while a server runs on the store. `Damaged` if no page of the file can be read.
    pub fn open(path: &Path) -> Result<Self, StorageError> {
        let mut records = Vec::new();
        let report = RedbEngine::salvage_on(Overlay::on(path)?, |record| records.push(record))?;
        // In an undamaged file, records outside the trees were deleted or replaced.
        records.retain(|record| record.is_current || report.damaged_pages > 0);
        Ok(Self { records, damaged_pages: report.damaged_pages, is_damage_reported: false, next: 0 })
    }
}

#[async_trait]
impl RecoverySource for PageSource {
    async fn next(&mut self) -> Option<Recovered> {
        if self.damaged_pages > 0 && !std::mem::replace(&mut self.is_damage_reported, true) {
            let details = "what was in them is lost, unless it is found elsewhere".to_owned();
            let record = format!("{} damaged pages", self.damaged_pages);
            return Some(Recovered::Unreadable(Problem { record, kind: ProblemKind::Unreadable, details }));
        }
        let records: Vec<_> =
            self.records.iter().skip(self.next).take(RECORDS_PER_CALL).map(recovered).collect();
        self.next += records.len();
        (!records.is_empty()).then_some(Recovered::Records(records))
    }

    fn rewind(&mut self) {
        self.is_damage_reported = false;
        self.next = 0;
    }
}

fn recovered(record: &SalvagedRecord) -> RecoveredRecord {
    RecoveredRecord {
        key: record.key.clone(),
        value: record.stored.value.clone(),
        revision: record.stored.revision,
        certainty: if record.is_current { Certainty::Current } else { Certainty::Uncertain },
    }
}

/// A file that is only read. Writes are kept in memory.
#[derive(Clone, Debug)]
struct Overlay(Arc<State>);

#[derive(Debug)]
struct State {
    file: File,
    file_bytes: u64,
    written: RwLock<Written>,
}

#[derive(Debug, Default)]
struct Written {
    bytes: u64,
    blocks: HashMap<u64, Vec<u8>>,
}

impl Overlay {
    fn on(path: &Path) -> Result<Self, StorageError> {
        let opening =
            |error: io::Error| StorageError::Engine { doing: "open its file", cause: Arc::new(error) };
        let file = File::open(path).map_err(opening)?;
        // A server holds an exclusive lock; several readers may share one.
        file.try_lock_shared().map_err(|error| match error {
            TryLockError::WouldBlock => StorageError::InUse { path: path.display().to_string() },
            TryLockError::Error(error) => opening(error),
        })?;
        let file_bytes = file.metadata().map_err(opening)?.len();
        let written = RwLock::new(Written { bytes: file_bytes, blocks: HashMap::new() });
        Ok(Self(Arc::new(State { file, file_bytes, written })))
    }
}

impl State {
    /// Reads a block of the file; zeros beyond its end.
    fn read_block_of_file(&self, number: u64) -> io::Result<Vec<u8>> {
        let mut block = vec![0; BLOCK_BYTES];
        let start = number * BLOCK_BYTES as u64;
        let there =
            usize::try_from(self.file_bytes.saturating_sub(start)).unwrap_or(BLOCK_BYTES).min(BLOCK_BYTES);
        if let Some(part) = block.get_mut(..there) {
            self.file.read_exact_at(part, start)?;
        }
        Ok(block)
    }
}

/// Splits a range of bytes at block boundaries: the block number, the offset in the block, and the number of bytes.
fn split_at_blocks(offset: u64, bytes: usize) -> impl Iterator<Item = (u64, usize, usize)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = offset + done as u64;
        let start = usize::try_from(at % BLOCK_BYTES as u64).ok()?;
        let length = (BLOCK_BYTES - start).min(bytes - done);
        done += length;
        (length > 0).then_some((at / BLOCK_BYTES as u64, start, length))
    })
}

fn too_short() -> io::Error {
    io::Error::from(io::ErrorKind::UnexpectedEof)
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.written.read().unwrap_or_else(PoisonError::into_inner).bytes)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let written = self.0.written.read().unwrap_or_else(PoisonError::into_inner);
        if offset.checked_add(out.len() as u64).is_none_or(|end| end > written.bytes) {
            return Err(too_short());
        }
        let mut rest = out;
        for (number, start, length) in split_at_blocks(offset, rest.len()) {
            let (part, after) = rest.split_at_mut_checked(length).ok_or_else(too_short)?;
            let own;
            let block = match written.blocks.get(&number) {
                Some(block) => block,
                None => {
                    own = self.0.read_block_of_file(number)?;
                    &own
                }
            };
            part.copy_from_slice(block.get(start..start + length).ok_or_else(too_short)?);
            rest = after;
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut written = self.0.written.write().unwrap_or_else(PoisonError::into_inner);
        if len < written.bytes {
            // Bytes that are cut off and added again read as zeros.
            let first = len.div_ceil(BLOCK_BYTES as u64);
            for number in first..written.bytes.div_ceil(BLOCK_BYTES as u64) {
                written.blocks.insert(number, vec![0; BLOCK_BYTES]);
            }
        }
        written.bytes = len;
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut written = self.0.written.write().unwrap_or_else(PoisonError::into_inner);
        let mut rest = data;
        for (number, start, length) in split_at_blocks(offset, data.len()) {
            let (part, after) = rest.split_at_checked(length).ok_or_else(too_short)?;
            let block = match written.blocks.entry(number) {
                std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::hash_map::Entry::Vacant(entry) => {
                    entry.insert(self.0.read_block_of_file(number)?)
                }
            };
            block.get_mut(start..start + length).ok_or_else(too_short)?.copy_from_slice(part);
            rest = after;
        }
        written.bytes = written.bytes.max(offset + data.len() as u64);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_are_read_back_and_do_not_change_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let before: Vec<u8> = (0..10_000).map(|place| (place % 251) as u8).collect();
        std::fs::write(&path, &before).unwrap();
        let overlay = Overlay::on(&path).unwrap();
        let mut expected = before.clone();
        for (offset, bytes) in [(0, 10), (4_090, 20), (8_000, 4_000), (12_288, 1)] {
            overlay.write(offset as u64, &vec![7; bytes]).unwrap();
            expected.resize(expected.len().max(offset + bytes), 0);
            expected[offset..offset + bytes].fill(7);
            let mut read = vec![1; expected.len()];
            overlay.read(0, &mut read).unwrap();
            assert!(read == expected, "{offset}");
        }
        overlay.set_len(5_000).unwrap();
        overlay.set_len(12_000).unwrap();
        let mut read = vec![1; 12_000 - 8_192];
        overlay.read(8_192, &mut read).unwrap();
        assert!(read.iter().all(|byte| *byte == 0));
        assert!(overlay.read(11_999, &mut [0; 2]).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}
