//! Check and salvage of the store of a stopped server.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use strongroom_access::Access;
use strongroom_access::root_key::record_key;
use strongroom_operations::{OperationError, Operations, Root, RootKeySource};
use strongroom_sealing::RootKeys;
use strongroom_storage::{
    Engine, PageSource, Problem, RedbEngine, StoppedStore, Storage, StorageError, find_root_key, root_key_of,
    salvage,
};

use crate::root_key::{Stopped, find_root_keys, open_stopped};
use crate::settings::{Resolved, RootKeySetting, StoreSettings};
use crate::start::STORE_FILE;
use crate::start_error::StartError;
use crate::{SystemClock, private_file};

/// Records checked between two progress calls.
const STEP_RECORDS: usize = 1_000;

/// The result of a check.
#[derive(Debug, Serialize)]
pub struct CheckReport {
    pub store: PathBuf,
    pub records: usize,
    pub problems: Vec<ReportedProblem>,
}

/// The result of a salvage.
#[derive(Debug, Serialize)]
pub struct SalvageReport {
    pub store: PathBuf,
    pub records: usize,
    pub secrets: usize,
    pub values: usize,
    /// Records that could not be copied.
    pub lost: Vec<ReportedProblem>,
    /// Records that were copied but may be out of date.
    pub uncertain: Vec<String>,
    /// Problems of the new store; empty unless the salvage failed.
    pub problems: Vec<ReportedProblem>,
}

#[derive(Debug, Serialize)]
pub struct ReportedProblem {
    pub record: String,
    pub kind: &'static str,
    pub details: String,
}

impl From<Problem> for ReportedProblem {
    fn from(Problem { record, kind, details }: Problem) -> Self {
        Self { record, kind: kind.word(), details }
    }
}

impl From<&StorageError> for ReportedProblem {
    fn from(error: &StorageError) -> Self {
        let details = strongroom_operations::chain(error);
        Self { record: "store".to_owned(), kind: "unreadable", details }
    }
}

/// Verifies every record and opens every value, without changing anything. Calls `progress` with the number of records so
/// far.
///
/// # Errors
/// If the store cannot be checked: a server runs on it, or its root key is missing. Damage is not an error but in the report.
pub async fn check_store(
    settings: StoreSettings,
    progress: &mut dyn FnMut(usize),
) -> Result<CheckReport, StartError> {
    let settings = settings.resolve()?;
    let path = settings.data_dir.join(STORE_FILE);
    let mut report = CheckReport { store: path.clone(), records: 0, problems: Vec::new() };
    let stopped = match open_engine(&path) {
        Ok(stopped) => stopped,
        Err(StartError::Store { source, .. }) if is_damage(&source) => {
            report.problems.push((&source).into());
            return Ok(report);
        }
        Err(other) => return Err(other),
    };
    report.problems.extend(stopped.problems.into_iter().map(ReportedProblem::from));
    let engine: Arc<dyn Engine> = Arc::new(stopped.engine);
    if let Err(error @ StorageError::Damaged { .. }) = root_key_of(&*engine).await {
        report.problems.push((&error).into());
        return Ok(report);
    }
    let Stopped { storage, keys } =
        open_stopped(&settings.root_key, settings.previous_root_key.as_ref(), engine).await?;
    let operations = operations(&settings, storage, keys);
    let mut counted = |records| {
        report.records = records;
        progress(records);
    };
    let found = inspect_all(&operations, &mut counted).await?;
    report.problems.extend(found.into_iter().map(ReportedProblem::from));
    Ok(report)
}

/// Creates a store in the folder `to` from everything that can be read and verified. Does not change the old store.
///
/// # Errors
/// If the old store cannot be read, its root key is missing, or `to` has a store already.
pub async fn salvage_store(
    settings: StoreSettings,
    to: &Path,
    progress: &mut (dyn FnMut(usize) + Send),
) -> Result<SalvageReport, StartError> {
    let settings = settings.resolve()?;
    let path = to.join(STORE_FILE);
    if path.exists() {
        return Err(StartError::TargetExists { path });
    }
    let damaged = settings.data_dir.join(STORE_FILE);
    if !damaged.exists() {
        return Err(StartError::EmptyStore);
    }
    let mut source =
        PageSource::open(&damaged).map_err(|source| StartError::Store { path: damaged, source })?;
    let root_key = find_root_key(&mut source).await.ok_or(StartError::RootKeyRecordLost)?.record;
    let keys = Arc::new(find_root_keys(&settings.root_key, settings.previous_root_key.as_ref(), &root_key)?);

    std::fs::create_dir_all(to).map_err(StartError::file("create the folder", to))?;
    let engine =
        RedbEngine::open(&path).map_err(|source| StartError::Store { path: path.clone(), source })?;
    let into = Storage::new(Arc::new(engine), record_key(&root_key, &keys)?);
    let operations = operations(&settings, into.clone(), keys);
    let salvaged = salvage(&mut source, &into, &operations, progress).await?;
    copy_root_key(&settings, to)?;
    let problems = inspect_all(&operations, &mut |_| {}).await?;
    Ok(SalvageReport {
        store: path,
        records: salvaged.records,
        secrets: salvaged.secrets,
        values: salvaged.values,
        lost: salvaged.lost.into_iter().map(ReportedProblem::from).collect(),
        uncertain: salvaged.uncertain,
        problems: problems.into_iter().map(ReportedProblem::from).collect(),
    })
}

fn open_engine(path: &Path) -> Result<StoppedStore, StartError> {
    if !path.exists() {
        return Err(StartError::EmptyStore);
    }
    StoppedStore::open(path).map_err(|source| StartError::Store { path: path.to_owned(), source })
}

/// Whether the error is due to damage in the file.
fn is_damage(error: &StorageError) -> bool {
    !matches!(error, StorageError::InUse { .. })
}

/// Operations for opening values, without any caller.
fn operations(settings: &Resolved, storage: Storage, keys: Arc<RootKeys>) -> Operations {
    let access = Arc::new(Access::new(storage.clone(), keys.clone()));
    let root = Root::new(keys, RootKeySource::Environment);
    Operations::new(storage, access, root, Arc::new(SystemClock::new()), settings.limits)
}

async fn inspect_all(
    operations: &Operations,
    progress: &mut dyn FnMut(usize),
) -> Result<Vec<Problem>, StartError> {
    let (mut from, mut records, mut problems) = (Some(Vec::new()), 0, Vec::new());
    while let Some(at) = from {
        let inspection = operations.inspect(&at, STEP_RECORDS).await.map_err(|denial: OperationError| {
            StartError::Inspection { reason: strongroom_operations::chain(&denial) }
        })?;
        records += inspection.records;
        problems.extend(inspection.problems);
        from = inspection.next;
        progress(records);
    }
    Ok(problems)
}

/// Copies the root key file, so that a server can start in the new folder. A key outside of the data folder is not copied.
fn copy_root_key(settings: &Resolved, to: &Path) -> Result<(), StartError> {
    let name = "root.key";
    let RootKeySetting::File(path) = &settings.root_key else { return Ok(()) };
    if *path != settings.data_dir.join(name) || !path.exists() {
        return Ok(());
    }
    let key = private_file::read(path, "read the root key")?;
    let copy = to.join(name);
    private_file::write(&copy, &key).map_err(StartError::file("write the root key", &copy))
}
