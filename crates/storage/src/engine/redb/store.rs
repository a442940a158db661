//! The redb databases on one file. Usually there is one for reads and writes. When a write fails, a second one serves the last
//! durable state to readers, while a thread tries to reopen the store.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use ::redb::{
    Builder, ConcurrencyMode, Database, ReadOnlyDatabase, ReadTransaction, ReadableDatabase, WriteTransaction,
};

use super::backend::{Backend, Owned, WriteFailure};
use super::disk::Disk;
use super::heads::Head;
use super::tables::{RECORDS, SEQUENCE, cause};
use super::unwritten::Unwritten;
use crate::StorageError;
use crate::engine::{Health, Scrubbed};
use crate::error::Lost;

/// Our choice: holds the inner pages of some millions of secrets and the leaves in use. It fills on demand, so an idle store
/// uses none of it. Increase it if the frequently read secrets outgrow it.
const CACHE_BYTES: usize = 64 * 1024 * 1024;

/// Our choice: while the store cannot be written there are two databases.
const READING_CACHE_BYTES: usize = 16 * 1024 * 1024;

/// Delay before the first attempt to reopen the store for writing. It doubles with each attempt.
const FIRST_RETRY_DELAY: Duration = Duration::from_millis(50);

/// Upper bound of that delay, and so of the time until writing resumes after the disk has space again.
const MAX_RETRY_DELAY: Duration = Duration::from_secs(2);

/// The range of progress that redb reports while opening only if it drops the last commit (in its `do_repair`).
const DROPPED_COMMIT_PROGRESS: std::ops::Range<f64> = 0.2..0.5;

/// One database.
struct Generation {
    handle: Handle,
    backend: Arc<Backend>,
    /// Shared with each snapshot, so that the database is closed after them.
    in_use: Arc<()>,
}

enum Handle {
    Writing(Database),
    Reading(ReadOnlyDatabase),
}

pub(super) struct Store {
    disk: Arc<Disk>,
    current: RwLock<Arc<Generation>>,
    /// Databases that snapshots still read.
    retired: Mutex<Vec<Arc<Generation>>>,
    /// Why the store cannot be written.
    failure: Mutex<Option<StorageError>>,
    recovery: Mutex<Recovery>,
    closing: AtomicBool,
}

#[derive(Default)]
struct Recovery {
    thread: Option<JoinHandle<()>>,
    /// Threads of earlier failures, which may still wait for snapshots.
    earlier: Vec<JoinHandle<()>>,
    /// The writes of the failed commit. If there is space for them, writing is possible again.
    unwritten: Unwritten,
}

/// A read transaction and its database.
pub(super) struct Reading {
    pub transaction: ReadTransaction,
    disk: Arc<Disk>,
    _in_use: Arc<()>,
}

impl Store {
    pub fn new(disk: Arc<Disk>, database: Database, backend: Arc<Backend>) -> Arc<Self> {
        Arc::new_cyclic(|store: &Weak<Self>| {
            let generation = Generation::writing(database, backend, store.clone());
            Self {
                disk,
                current: RwLock::new(Arc::new(generation)),
                retired: Mutex::default(),
                failure: Mutex::default(),
                recovery: Mutex::default(),
                closing: AtomicBool::new(false),
            }
        })
    }

    pub fn disk(&self) -> &Arc<Disk> {
        &self.disk
    }

    pub fn begin_read(&self) -> Result<Reading, StorageError> {
        loop {
            let generation = self.current();
            let transaction = guarded(|| generation.begin_read())?;
            if generation.shows_durable_state() {
                let in_use = Arc::clone(&generation.in_use);
                return Ok(Reading { transaction, disk: Arc::clone(&self.disk), _in_use: in_use });
            }
            // It failed meanwhile. If its replacement could be opened, the loop uses that one.
            if Arc::ptr_eq(&generation, &self.current()) {
                return Err(lock(&self.failure).clone().unwrap_or(StorageError::Stopped));
            }
        }
    }

    /// Starts a write transaction. The returned backend shows afterwards whether a write failed.
    pub fn begin_write(self: &Arc<Self>) -> Result<(WriteTransaction, Arc<Backend>), StorageError> {
        let failure = lock(&self.failure).clone();
        if let Some(fault) = failure {
            self.start_recovery();
            return Err(fault);
        }
        let generation = self.current();
        let Handle::Writing(database) = &generation.handle else { return Err(StorageError::Stopped) };
        let writing = database.begin_write().map_err(cause("begin to write"))?;
        Ok((writing, Arc::clone(&generation.backend)))
    }

    /// Verifies some blocks of the file. Finds nothing while the store cannot be written.
    pub fn scrub(&self, from: u64, blocks: u64) -> Result<Scrubbed, StorageError> {
        self.current().backend.scrub(from, blocks)
    }

    pub fn health(&self) -> Health {
        match (lock(&self.failure).clone(), self.disk.damaged()) {
            (Some(cause), _) => Health::ReadOnly { cause },
            (None, damaged) if !damaged.is_empty() => {
                Health::Damaged { cause: StorageError::damaged("page", Lost::Blocks(damaged)) }
            }
            (None, _) => Health::Working,
        }
    }

    /// Records that writing failed, and tries in the background to reopen the store.
    pub fn recover(self: &Arc<Self>, failed: &Backend, failure: &WriteFailure) {
        *lock(&self.failure) = Some(match failure.to_error() {
            // The outcome of the failed commit may be unknown; later commits are certainly not written.
            StorageError::Unconfirmed { cause } => StorageError::Unavailable { cause },
            other @ (StorageError::InUse { .. }
            | StorageError::Engine { .. }
            | StorageError::Unavailable { .. }
            | StorageError::LostChanges { .. }
            | StorageError::Damaged { .. }
            | StorageError::TooLarge { .. }
            | StorageError::Malformed { .. }
            | StorageError::Stopped) => other,
        });
        {
            let mut recovery = lock(&self.recovery);
            recovery.earlier.retain(|thread| !thread.is_finished());
            let before = recovery.thread.take();
            recovery.earlier.extend(before);
            recovery.unwritten = failed.unwritten();
        }
        self.start_recovery();
    }

    /// If no thread can be started, the next rejected write tries again.
    fn start_recovery(self: &Arc<Self>) {
        let mut recovery = lock(&self.recovery);
        if recovery.thread.is_none() {
            let store = Arc::clone(self);
            let thread = std::thread::Builder::new().name("recovery".to_owned());
            recovery.thread = thread.spawn(move || store.reopen()).ok();
        }
    }

    fn reopen(self: &Arc<Self>) {
        let unwritten = std::mem::take(&mut lock(&self.recovery).unwritten);
        let mut opened = None;
        let mut delay = FIRST_RETRY_DELAY;
        while !self.closing.load(Ordering::Acquire) {
            match self.try_reopen(&unwritten, &mut opened) {
                Ok(()) => {
                    *lock(&self.failure) = None;
                    return self.wait_for_snapshots();
                }
                Err(fault) => {
                    // Damage does not go away by retrying.
                    let is_final =
                        matches!(fault, StorageError::Damaged { .. } | StorageError::LostChanges { .. });
                    *lock(&self.failure) = Some(fault);
                    if is_final {
                        return;
                    }
                }
            }
            std::thread::park_timeout(delay);
            delay = MAX_RETRY_DELAY.min(delay * 2);
        }
    }

    /// Closes retired databases as soon as no snapshot reads them.
    fn wait_for_snapshots(&self) {
        while !self.close_retired() && !self.closing.load(Ordering::Acquire) {
            std::thread::park_timeout(MAX_RETRY_DELAY);
        }
    }

    /// Opening reads the whole store, so an opened database is kept until it can be written.
    fn try_reopen(
        self: &Arc<Self>,
        unwritten: &Unwritten,
        opened: &mut Option<(Database, Arc<Backend>)>,
    ) -> Result<(), StorageError> {
        let unavailable = |error| StorageError::Unavailable { cause: Arc::new(error) };
        self.close_retired();
        let (database, backend) = match opened.take() {
            Some(before) => before,
            None => open(&self.disk, &self.disk.durable(), self.disk.acknowledged())?,
        };
        if let Err(error) = self.disk.try_writing(unwritten).and_then(|()| backend.write_through()) {
            *opened = Some((database, backend));
            return Err(unavailable(error));
        }
        self.replace(Generation::writing(database, backend, Arc::downgrade(self)));
        Ok(())
    }

    /// Switches readers to the last durable state. Called while a database fails, before redb continues.
    fn serve_durable_state(&self) {
        if self.closing.load(Ordering::Acquire) {
            return;
        }
        // Otherwise readers keep the failed database, which rejects new reads.
        if let Ok(generation) = Generation::reading(&self.current().backend) {
            self.replace(generation);
        }
    }

    fn replace(&self, generation: Generation) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut *current, Arc::new(generation));
        drop(current);
        lock(&self.retired).push(before);
    }

    /// Closes retired databases without readers. True if none are left.
    fn close_retired(&self) -> bool {
        let is_used = |one: &Arc<Generation>| Arc::strong_count(one) + Arc::strong_count(&one.in_use) > 2;
        let mut retired = lock(&self.retired);
        let unused: Vec<_> = retired.extract_if(.., |one| !is_used(one)).collect();
        let are_all = retired.is_empty();
        drop(retired);
        drop(unused);
        are_all
    }

    fn current(&self) -> Arc<Generation> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Closes the file properly, if it can be written.
    pub fn close(self: Arc<Self>) {
        self.closing.store(true, Ordering::Release);
        let Recovery { thread, earlier, .. } = std::mem::take(&mut *lock(&self.recovery));
        for recovery in earlier.into_iter().chain(thread) {
            recovery.thread().unpark();
            // A thread that panicked has nothing to finish.
            let _ = recovery.join();
        }
        let disk = Arc::clone(&self.disk);
        // This closes the database. Later reads get an error.
        drop(self);
        disk.close();
    }
}

impl Generation {
    fn writing(database: Database, backend: Arc<Backend>, store: Weak<Store>) -> Self {
        backend.on_failure(move || {
            if let Some(store) = store.upgrade() {
                store.serve_durable_state();
            }
        });
        Self { handle: Handle::Writing(database), backend, in_use: Arc::default() }
    }

    fn reading(failing: &Backend) -> Result<Self, StorageError> {
        let backend = Arc::new(Backend::reading(failing));
        let database = Builder::new()
            .set_cache_size(READING_CACHE_BYTES)
            // The only mode that opens a store that was not closed properly without reading all of it.
            .set_concurrency_mode(ConcurrencyMode::SingleWriter)
            .open_read_only_with_backend(Owned(Arc::clone(&backend)))
            .map_err(cause("open its last durable state"))?;
        Ok(Self { handle: Handle::Reading(database), backend, in_use: Arc::default() })
    }

    /// Whether the state that a reader sees is durable. A failed database shows writes that are not, but only after it has
    /// stopped writing.
    fn shows_durable_state(&self) -> bool {
        match self.handle {
            Handle::Writing(_) => self.backend.is_writing(),
            Handle::Reading(_) => true,
        }
    }

    fn begin_read(&self) -> Result<ReadTransaction, StorageError> {
        match &self.handle {
            Handle::Writing(database) => database.begin_read(),
            Handle::Reading(database) => database.begin_read(),
        }
        .map_err(cause("begin to read"))
    }
}

impl Reading {
    /// Runs a read. If it meets a damaged block, the error lists the damaged blocks.
    pub fn guarded<T>(&self, read: impl FnOnce() -> Result<T, StorageError>) -> Result<T, StorageError> {
        guarded(read).map_err(|fault| match (fault, self.disk.damaged()) {
            (StorageError::Damaged { what, .. }, damaged) if !damaged.is_empty() => {
                StorageError::damaged(what, Lost::Blocks(damaged))
            }
            (fault, _) => fault,
        })
    }
}

/// Turns a panic of redb over a damaged page into an error.
pub(super) fn guarded<T>(act: impl FnOnce() -> Result<T, StorageError>) -> Result<T, StorageError> {
    catch_panic(act).unwrap_or_else(|| Err(StorageError::damaged("page", Lost::Page)))
}

/// `None` if `act` panicked.
pub(super) fn catch_panic<T>(act: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(act)).ok()
}

/// Opens the store at this head without changing its file. Fails if acknowledged changes are missing.
pub(super) fn open(
    disk: &Arc<Disk>,
    head: &Head,
    acknowledged: u64,
) -> Result<(Database, Arc<Backend>), StorageError> {
    let backend = Arc::new(Backend::opening(disk, head).map_err(cause("open its file"))?);
    let (database, fell_back) = open_database(&backend)?;
    let found = guarded(|| last_change(&database))?;
    // The commit that redb dropped was incomplete when the process ended, or it is damaged. If the acknowledged revision is
    // damaged as well, this cannot be decided.
    let acknowledged = acknowledged.max(found + u64::from(fell_back && disk.has_damaged_heads()));
    if found < acknowledged {
        return Err(StorageError::LostChanges { found, acknowledged });
    }
    Ok((database, backend))
}

/// Opens the store. Also returns whether redb dropped the last commit because it is incomplete.
pub(super) fn open_database(backend: &Arc<Backend>) -> Result<(Database, bool), StorageError> {
    let fell_back = Arc::new(AtomicBool::new(false));
    let noted = Arc::clone(&fell_back);
    let database = guarded(|| {
        Builder::new()
            .set_cache_size(CACHE_BYTES)
            .set_repair_callback(move |repair| {
                noted.fetch_or(DROPPED_COMMIT_PROGRESS.contains(&repair.progress()), Ordering::Relaxed);
            })
            .create_with_backend(Owned(Arc::clone(backend)))
            .map_err(cause("open its file"))
    })?;
    Ok((database, fell_back.load(Ordering::Relaxed)))
}

/// The last revision. Fails if the file is not a store.
pub(super) fn last_change(database: &Database) -> Result<u64, StorageError> {
    let reading = database.begin_read().map_err(cause("begin to read"))?;
    reading.open_table(RECORDS).map_err(cause("open its tables"))?;
    let sequence = reading.open_table(SEQUENCE).map_err(cause("open its tables"))?;
    let last = sequence.get(()).map_err(cause("read its sequence"))?;
    last.map(|last| last.value()).ok_or(StorageError::Damaged { what: "sequence", cause: None })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
