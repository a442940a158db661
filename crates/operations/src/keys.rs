//! The master keys of projects: made when the first value is stored under them, opened once, then kept in memory.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use strongroom_sealing::{MasterKey, RootKey};
use strongroom_storage::records::MasterKeyRecord;
use strongroom_storage::{Id, View};

use crate::{Answer, Denial, Refusal};

/// The key that seals values when a request names none.
pub(crate) const DEFAULT_KEY: &str = "csms/default";

/// Most opened keys kept in memory. Chosen by us: opening one again costs a microsecond, so only a bound matters.
const MOST_OPENED: usize = 4_096;

type Opened = HashMap<(Id, String, u32), Arc<MasterKey>>;

pub(crate) struct Keys {
    root: Arc<RootKey>,
    opened: RwLock<Opened>,
}

/// A key to seal with.
pub(crate) struct ToSeal {
    pub(crate) master: Arc<MasterKey>,
    /// The record of a key that is new: it counts only once it is stored, in one commit with what it seals.
    pub(crate) made: Option<MasterKeyRecord>,
}

impl Keys {
    pub(crate) fn new(root: Arc<RootKey>) -> Self {
        Self { root, opened: RwLock::default() }
    }

    /// The newest term of a key, or a new key of that name.
    pub(crate) async fn to_seal(&self, view: &View, project: Id, name: &str) -> Answer<ToSeal> {
        let newest = view.latest_master_key(project, name).await;
        if let Some(kept) = newest.map_err(Denial::fault("reading a master key"))? {
            return Ok(ToSeal { master: self.open(project, name, &kept.record)?, made: None });
        }
        let term = 1;
        let (master, wrapped) = self
            .root
            .new_master_key(*project.as_bytes(), name, term)
            .map_err(Denial::fault("making a master key"))?;
        Ok(ToSeal { master: Arc::new(master), made: Some(MasterKeyRecord { term, wrapped }) })
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
        let kept = view.master_key(project, name, term).await;
        let kept = kept.map_err(Denial::fault("reading a master key"))?;
        let kept = kept.ok_or_else(|| Refusal::KeyCannotOpen { key: name.to_owned() })?;
        self.open(project, name, &kept.record)
    }

    /// Keeps keys for the next time, once their records are stored.
    pub(crate) fn remember(&self, project: Id, keys: Vec<(String, ToSeal)>) {
        for (name, key) in keys {
            let term = key.master.term();
            self.keep(project, name, term, key.master);
        }
    }

    fn open(&self, project: Id, name: &str, record: &MasterKeyRecord) -> Answer<Arc<MasterKey>> {
        if let Some(key) = self.remembered(project, name, record.term) {
            return Ok(key);
        }
        let key = self.root.open_master_key(*project.as_bytes(), name, record.term, &record.wrapped);
        let key = Arc::new(key.map_err(|_| Refusal::KeyCannotOpen { key: name.to_owned() })?);
        self.keep(project, name.to_owned(), record.term, key.clone());
        Ok(key)
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
