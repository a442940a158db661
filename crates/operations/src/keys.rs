//! The master keys of projects: made when the first value is stored under them, opened once, then kept in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use strongroom_sealing::{FIRST_TERM, MasterKey, RootKeys};
use strongroom_storage::records::{MasterKeyRecord, RootKeyRecord};
use strongroom_storage::{Change, Id, Storage, StorageError, Versioned, View};

use crate::backups::BACKUP_KEY;
use crate::{Answer, OperationError, Rejection};

/// The key that seals values when a request names none.
pub(crate) const DEFAULT_KEY: &str = "csms/default";

/// Most opened keys kept in memory. Chosen by us: opening one again costs a microsecond, so only a bound matters.
const MOST_OPENED: usize = 4_096;

type Opened = HashMap<(Id, String, u32), Arc<MasterKey>>;

pub(crate) struct Keys {
    root: Arc<RootKeys>,
    storage: Storage,
    opened: RwLock<Opened>,
    /// Most keys of a project that callers have named.
    most: usize,
    making: Arc<Making>,
}

/// The names of keys that are about to be stored, with how many calls are making each.
type Making = Mutex<HashMap<Id, BTreeMap<String, usize>>>;

/// KeyReservation for a key, until it is stored or given up.
struct KeyReservation {
    making: Arc<Making>,
    project: Id,
    name: String,
}

/// A key to seal with.
pub(crate) struct ToSeal {
    pub(crate) master: Arc<MasterKey>,
    made: Option<Made>,
}

/// A key that is new: it counts only once it is stored, in one commit with what it seals.
struct Made {
    record: MasterKeyRecord,
    /// What said which root key wraps it.
    root: Option<Versioned<RootKeyRecord>>,
    /// Our own keys need none.
    _reservation: Option<KeyReservation>,
}

/// Whether a key is one of those of which a project has a limited number.
pub(crate) fn counts(name: &str) -> bool {
    !matches!(name, DEFAULT_KEY | BACKUP_KEY)
}

/// Names to propose to who names one too many. Chosen by us: three show what they look like.
pub(crate) fn some(names: &BTreeSet<String>) -> Vec<String> {
    names.iter().take(3).cloned().collect()
}

impl ToSeal {
    /// Stores the key with what it seals, if it is new. A rotation of the root key that has begun since is a conflict.
    pub(crate) fn put(&self, change: &mut Change, project: Id, name: &str) {
        if let Some(made) = &self.made {
            change.rely_on_root_key(made.root.as_ref());
            change.put_master_key(project, name, &made.record);
        }
    }
}

impl Keys {
    pub(crate) fn new(root: Arc<RootKeys>, storage: Storage, most: usize) -> Self {
        Self { root, storage, opened: RwLock::default(), most, making: Arc::default() }
    }

    /// The newest term of a key, or a new key of that name.
    pub(crate) async fn to_seal(&self, view: &View, project: Id, name: &str) -> Answer<ToSeal> {
        let newest = view.latest_master_key(project, name).await;
        if let Some(kept) = newest.map_err(OperationError::internal("reading a master key"))? {
            return Ok(ToSeal { master: self.open(project, name, kept).await?, made: None });
        }
        let reservation = match counts(name) {
            true => Some(self.reserve(project, name).await?),
            false => None,
        };
        let root =
            view.root_key().await.map_err(OperationError::internal("reading the root key's record"))?;
        let sealing = self.root.to_seal(root.as_ref().map_or(FIRST_TERM, |kept| kept.record.term));
        let sealing = sealing.map_err(OperationError::internal("looking for the root key that seals"))?;
        let term = 1;
        let (master, wrapped) = sealing
            .new_master_key(*project.as_bytes(), name, term)
            .map_err(OperationError::internal("making a master key"))?;
        let made = Made { record: MasterKeyRecord { term, wrapped }, root, _reservation: reservation };
        Ok(ToSeal { master: Arc::new(master), made: Some(made) })
    }

    /// The names of the project's keys, of those that count.
    pub(crate) async fn names(&self, project: Id) -> Answer<BTreeSet<String>> {
        let view = self.storage.view().await.map_err(OperationError::internal("reading the store"))?;
        let names = view.master_key_names(project).await;
        let mut names = names.map_err(OperationError::internal("counting the keys of a project"))?;
        names.retain(|name| counts(name));
        Ok(names)
    }

    /// Exact within one process: a key made elsewhere at the same time is in the view, or else still has its reservation.
    async fn reserve(&self, project: Id, name: &str) -> Answer<KeyReservation> {
        let reservation = KeyReservation { making: self.making.clone(), project, name: name.to_owned() };
        let others: Vec<String> = {
            let mut making = held(&self.making);
            let making = making.entry(project).or_default();
            *making.entry(name.to_owned()).or_default() += 1;
            making.keys().cloned().collect()
        };
        let mut names = self.names(project).await?;
        let known = some(&names);
        names.extend(others.into_iter().filter(|other| counts(other)));
        names.remove(name);
        if names.len() >= self.most {
            return Err(Rejection::TooManyKeys { needed: names.len() + 1, allowed: self.most, known }.into());
        }
        Ok(reservation)
    }

    /// The term a value was sealed with, to open it.
    pub(crate) async fn to_open(
        &self,
        view: &View,
        project: Id,
        name: &str,
        term: u32,
    ) -> Answer<Arc<MasterKey>> {
        if let Some(key) = self.remembered(project, name, term) {
            return Ok(key);
        }
        let kept = match view.master_key(project, name, term).await {
            // It concerns the values under this key, and no others.
            Err(StorageError::Damaged { .. }) => None,
            kept => kept.map_err(OperationError::internal("reading a master key"))?,
        };
        let kept = kept.ok_or_else(|| Rejection::KeyCannotOpen { key: name.to_owned() })?;
        self.open(project, name, kept).await
    }

    /// Keeps opened keys, once their records are stored.
    pub(crate) fn remember(&self, keys: Vec<(Id, String, ToSeal)>) {
        for (project, name, key) in keys {
            let term = key.master.term();
            self.keep(project, name, term, key.master);
        }
    }

    async fn open(
        &self,
        project: Id,
        name: &str,
        mut kept: Versioned<MasterKeyRecord>,
    ) -> Answer<Arc<MasterKey>> {
        let term = kept.record.term;
        if let Some(key) = self.remembered(project, name, term) {
            return Ok(key);
        }
        loop {
            let opened = self.root.open_master_key(*project.as_bytes(), name, term, &kept.record.wrapped);
            if let Ok(key) = opened {
                let key = Arc::new(key);
                self.keep(project, name.to_owned(), term, key.clone());
                return Ok(key);
            }
            // What was read before a rotation of the root key ended is wrapped anew by now.
            let view = self.storage.view().await.map_err(OperationError::internal("reading the store"))?;
            let now = view.master_key(project, name, term).await;
            let now = now.map_err(OperationError::internal("reading a master key"))?;
            let now = now.filter(|now| now.revision != kept.revision);
            kept = now.ok_or_else(|| Rejection::KeyCannotOpen { key: name.to_owned() })?;
        }
    }

    fn keep(&self, project: Id, name: String, term: u32, key: Arc<MasterKey>) {
        let mut opened = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        if opened.len() >= MOST_OPENED {
            opened.clear();
        }
        opened.insert((project, name, term), key);
    }

    fn remembered(&self, project: Id, name: &str, term: u32) -> Option<Arc<MasterKey>> {
        let opened = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        opened.get(&(project, name.to_owned(), term)).cloned()
    }
}

fn held(making: &Making) -> MutexGuard<'_, HashMap<Id, BTreeMap<String, usize>>> {
    making.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for KeyReservation {
    fn drop(&mut self) {
        let mut making = held(&self.making);
        let Some(of_project) = making.get_mut(&self.project) else { return };
        if let Some(calls) = of_project.get_mut(&self.name) {
            *calls = calls.saturating_sub(1);
        }
        of_project.retain(|_, calls| *calls > 0);
        if of_project.is_empty() {
            making.remove(&self.project);
        }
    }
}
