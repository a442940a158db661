//! Work on a store that no server runs on: its check, and its salvage.

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

use crate::root_key::{Stopped, keys_at_hand, open_stopped};
use crate::settings::{Resolved, RootKeySetting, StoreSettings};
use crate::start::{STORE_FILE, StartError};
use crate::{SystemClock, private_file};

/// Records looked at between two calls for progress.
const STEP_RECORDS: usize = 1_000;

/// What a check has found.
#[derive(Debug, Serialize)]
pub struct CheckReport {
    pub store: PathBuf,
    pub records: usize,
    pub problems: Vec<ReportedProblem>,
}

/// What a salvage has done.
#[derive(Debug, Serialize)]
pub struct SalvageReport {
    pub store: PathBuf,
    pub records: usize,
    pub secrets: usize,
    pub values: usize,
    /// What could not be taken over.
    pub lost: Vec<ReportedProblem>,
    /// What was taken over although it may be out of date.
    pub uncertain: Vec<String>,
    /// What a check of the new store finds: nothing, unless the salvage has failed.
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
    fn from(fault: &StorageError) -> Self {
        let details = strongroom_operations::chain(fault);
        Self { record: "store".to_owned(), kind: "unreadable", details }
    }
}

/// Verifies everything that can be verified, and opens every value. Changes nothing. Calls `progress` with the number of
/// records looked at so far.
///
/// # Errors
/// When the store cannot be checked at all: a server runs on it, or its root key is not at hand. Damage is no error here.
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
    if let Err(fault @ StorageError::Damaged { .. }) = root_key_of(&*engine).await {
        report.problems.push((&fault).into());
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

/// Makes a store in the folder `to` of everything that can be read and verified. Changes nothing in the old one.
///
/// # Errors
/// When the old store cannot be read at all, its root key is not at hand, or `to` holds a store already.
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
    let keys = Arc::new(keys_at_hand(&settings.root_key, settings.previous_root_key.as_ref(), &root_key)?);

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

/// Whether a store does not open because of what is in its file.
fn is_damage(fault: &StorageError) -> bool {
    !matches!(fault, StorageError::InUse { .. })
}

/// What operations need to open values. Nothing is asked of them that a caller could.
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

/// So that a server starts in the new folder as it did in the old one. A key kept elsewhere stays where it is.
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
