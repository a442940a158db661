//! The embedded engine: one file and one committing thread. A commit is answered once it is on disk. Concurrent commits share
//! one flush. Reads never wait for a commit.

mod backend;
mod checksums;
mod committer;
mod disk;
mod finder;
mod geometry;
mod heads;
mod pages;
mod record;
mod runs;
mod salvage;
mod store;
mod tables;
mod unwritten;
mod verify;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use ::redb::{ReadOnlyTable, StorageBackend, backends::FileBackend};
use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use self::backend::Backend;
use self::committer::{Committer, Request, Tally};
use self::disk::{Disk, Opened};
use self::record::Record;
pub use self::salvage::{SalvageReport, SalvagedRecord};
use self::store::{Reading, Store};
use self::tables::{RECORDS, cause};
pub use self::verify::CheckReport;
use super::limits::LOCAL_LIMITS;
use crate::StorageError;
use crate::engine::{
    Commit, CommitLimits, Counters, Engine, Health, Key, Outcome, Scrubbed, Snapshot, Span, Stored,
};
use crate::error::Lost;

/// Capacity of the queue to the committer: four full groups. Further callers wait until there is room.
const QUEUED_REQUESTS: usize = 1_024;

pub struct RedbEngine {
    /// `None` only while dropping, like the next field.
    store: Option<Arc<Store>>,
    requests: Option<mpsc::Sender<Request>>,
    committer: Option<JoinHandle<()>>,
    tally: Arc<Tally>,
}

impl RedbEngine {
    /// Opens the store in this file. Creates it, readable by its owner only, if it does not exist.
    pub fn open(path: &Path) -> Result<Self, StorageError> {
        if path.exists() { Self::open_existing(locked(open_file(path)?, path)?) } else { Self::create(path) }
    }

    /// Creates the store under a temporary name first: an interrupted start would otherwise leave a file that cannot be opened.
    fn create(path: &Path) -> Result<Self, StorageError> {
        let mut unfinished = path.to_path_buf().into_os_string();
        unfinished.push(".new");
        let file = open_file(Path::new(&unfinished))?;
        let handle = file.try_clone().map_err(cause("open its file"))?;
        let file = locked(file, path)?;
        if path.exists() {
            // Another process created it before we took the lock.
            fs::remove_file(&unfinished).map_err(cause("remove an unfinished file"))?;
            return Self::open_existing(locked(open_file(path)?, path)?);
        }

        handle.set_len(0).map_err(cause("empty an unfinished file"))?;
        let engine = Self::open_on(file)?;
        fs::rename(&unfinished, path).map_err(cause("name its file"))?;
        // Without this, a power loss could lose the name of the file although its content is durable.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))
            .and_then(|folder| folder.sync_all())
            .map_err(cause("flush its folder"))?;
        Ok(engine)
    }

    /// An empty file was truncated: creation never leaves one behind.
    fn open_existing(file: impl StorageBackend) -> Result<Self, StorageError> {
        if file.len().map_err(cause("read its file"))? == 0 {
            return Err(empty());
        }
        Self::open_on(file)
    }

    /// Opens the store on other storage, for tests that simulate a power loss.
    pub fn open_on(storage: impl StorageBackend) -> Result<Self, StorageError> {
        let (disk, opened) = Disk::open(Box::new(storage))?;
        let disk = Arc::new(disk);
        let (database, backend) = match opened {
            Opened::New => {
                let backend = Arc::new(Backend::creating(&disk));
                let (database, _) = store::open_database(&backend)?;
                committer::create_tables(&database, &disk)?;
                if let Some(failure) = backend.failure() {
                    return Err(failure.to_error());
                }
                (database, backend)
            }
            Opened::Existing(head) => {
                let (database, backend) = store::open(&disk, &head, disk.acknowledged())?;
                backend.write_through().map_err(cause("write its file"))?;
                (database, backend)
            }
        };
        Self::on(Store::new(disk, database, backend))
    }

    /// Reads the whole store without changing it. The store must not be in use. `progress` gets the number of blocks read and the
    /// total.
    pub fn check(path: &Path, progress: impl FnMut(u64, u64)) -> Result<CheckReport, StorageError> {
        Self::check_on(locked(open_existing_file(path)?, path)?, progress)
    }

    /// The same on other storage, for tests.
    pub fn check_on(
        storage: impl StorageBackend,
        progress: impl FnMut(u64, u64),
    ) -> Result<CheckReport, StorageError> {
        let (disk, opened) = Disk::open(Box::new(storage))?;
        verify::check(disk, opened, progress)
    }

    /// Reads every readable record of a damaged store, ordered by key, without changing it. The store must not be in use.
    pub fn salvage(path: &Path, take: impl FnMut(SalvagedRecord)) -> Result<SalvageReport, StorageError> {
        Self::salvage_on(locked(open_existing_file(path)?, path)?, take)
    }

    /// The same on other storage, for tests.
    pub fn salvage_on(
        storage: impl StorageBackend,
        take: impl FnMut(SalvagedRecord),
    ) -> Result<SalvageReport, StorageError> {
        salvage::salvage(Box::new(storage), take)
    }

    fn on(store: Arc<Store>) -> Result<Self, StorageError> {
        let tally = Arc::new(Tally::default());
        let (requests, accepted) = mpsc::channel(QUEUED_REQUESTS);
        let committer = Committer::new(Arc::clone(&store), Arc::clone(&tally), accepted);
        let committer = std::thread::Builder::new()
            .name("committer".to_owned())
            .spawn(move || committer.run())
            .map_err(cause("start its committer"))?;
        Ok(Self { store: Some(store), requests: Some(requests), committer: Some(committer), tally })
    }

    fn store(&self) -> Result<&Arc<Store>, StorageError> {
        self.store.as_ref().ok_or(StorageError::Stopped)
    }
}

impl Drop for RedbEngine {
    /// Finishes accepted commits and closes the file, so that the next start needs no recovery.
    fn drop(&mut self) {
        self.requests = None;
        if let Some(committer) = self.committer.take() {
            // A committer that panicked has nothing to finish.
            let _ = committer.join();
        }
        if let Some(store) = self.store.take() {
            store.close();
        }
    }
}

#[async_trait]
impl Engine for RedbEngine {
    fn limits(&self) -> CommitLimits {
        LOCAL_LIMITS
    }

    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StorageError> {
        let reading = self.store()?.begin_read()?;
        let records =
            reading.guarded(|| reading.transaction.open_table(RECORDS).map_err(cause("open its tables")))?;
        Ok(Box::new(RedbSnapshot { records, reading }))
    }

    async fn commit(&self, commit: Commit) -> Result<Outcome, StorageError> {
        let commit = commit.prepared(LOCAL_LIMITS)?;
        let (answer, answered) = oneshot::channel();
        let requests = self.requests.as_ref().ok_or(StorageError::Stopped)?;
        requests.send(Request { commit, answer }).await.map_err(|_| StorageError::Stopped)?;
        answered.await.map_err(|_| StorageError::Stopped)?
    }

    fn counters(&self) -> Counters {
        self.tally.counters()
    }

    fn scrub(&self, from: u64, blocks: u64) -> Result<Scrubbed, StorageError> {
        self.store()?.scrub(from, blocks)
    }

    fn health(&self) -> Health {
        self.store().map_or(Health::Working, |store| store.health())
    }
}

/// Reads run on the calling thread: a read takes about 1 us, handing it to another thread 10 us.
struct RedbSnapshot {
    records: ReadOnlyTable<&'static [u8], &'static [u8]>,
    reading: Reading,
}

impl RedbSnapshot {
    fn stored(&self, key: &[u8], bytes: &[u8]) -> Result<Stored, StorageError> {
        let Record { revision, begins_apart, value } = Record::read(bytes)?;
        let value = match begins_apart {
            true => pages::joined(&self.reading.transaction, key, value)?.into(),
            false => Bytes::copy_from_slice(value),
        };
        Ok(Stored { value, revision })
    }

    fn stored_in(&self, span: &Span, limit: usize) -> Result<Vec<(Key, Stored)>, StorageError> {
        let doing = cause("read a range of records");
        let start = span.start.as_slice();
        let found = match &span.end {
            Some(end) => self.records.range(start..end.as_slice()),
            None => self.records.range(start..),
        };
        found
            .map_err(&doing)?
            .take(limit)
            .map(|entry| {
                let (key, value) = entry.map_err(&doing)?;
                Ok((key.value().to_vec(), self.stored(key.value(), value.value())?))
            })
            .collect()
    }
}

#[async_trait]
impl Snapshot for RedbSnapshot {
    async fn get(&self, key: &[u8]) -> Result<Option<Stored>, StorageError> {
        self.reading.guarded(|| {
            let found = self.records.get(key).map_err(cause("read a record"))?;
            found.map(|found| self.stored(key, found.value())).transpose()
        })
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Stored>>, StorageError> {
        self.reading.guarded(|| {
            let read = |key: &Key| {
                let found = self.records.get(key.as_slice()).map_err(cause("read a record"))?;
                found.map(|found| self.stored(key, found.value())).transpose()
            };
            keys.iter().map(read).collect()
        })
    }

    async fn range(&self, span: &Span, limit: usize) -> Result<Vec<(Key, Stored)>, StorageError> {
        if span.is_empty() {
            return Ok(Vec::new());
        }
        self.reading.guarded(|| self.stored_in(span, limit))
    }
}

fn open_file(path: &Path) -> Result<File, StorageError> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map_err(cause("open its file"))
}

fn open_existing_file(path: &Path) -> Result<File, StorageError> {
    OpenOptions::new().read(true).write(true).open(path).map_err(cause("open its file"))
}

fn empty() -> StorageError {
    StorageError::damaged("file", Lost::Length { found: 0, expected: geometry::file_bytes(1) })
}

/// The lock is held while the file is open, for all databases on it.
fn locked(file: File, path: &Path) -> Result<FileBackend, StorageError> {
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => StorageError::InUse { path: path.display().to_string() },
        TryLockError::Error(error) => cause("lock its file")(error),
    })?;
    FileBackend::new(file).map_err(cause("open its file"))
}
