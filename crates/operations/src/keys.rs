//! The master keys of projects: made on first use, opened once, then kept in memory.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use strongroom_sealing::{MasterKey, RootKey};
use strongroom_storage::records::MasterKeyRecord;
use strongroom_storage::{Change, Id, Outcome, Storage, View};

use crate::{Answer, Denial, Refusal};

/// The key that seals values when a request names none.
pub(crate) const DEFAULT_KEY: &str = "csms/default";

type Opened = HashMap<(Id, String, u32), Arc<MasterKey>>;

pub(crate) struct Keys {
    root: Arc<RootKey>,
    opened: RwLock<Opened>,
}

impl Keys {
    pub(crate) fn new(root: Arc<RootKey>) -> Self {
        Self { root, opened: RwLock::default() }
    }

    /// The newest term of a key, to seal with.
    pub(crate) async fn to_seal(&self, storage: &Storage, project: Id, name: &str) -> Answer<Arc<MasterKey>> {
        loop {
            let view = storage.view().await.map_err(Denial::fault("reading a master key"))?;
            let newest = view.latest_master_key(project, name).await;
            if let Some(kept) = newest.map_err(Denial::fault("reading a master key"))? {
                return self.open(project, name, &kept.record);
            }
            let term = 1;
            let (_, wrapped) = self
                .root
                .new_master_key(*project.as_bytes(), name, term)
                .map_err(Denial::fault("making a master key"))?;
            let mut change = Change::new();
            change.put_master_key(project, name, &MasterKeyRecord { term, wrapped });
            // Whether ours was first or another's: the next turn finds the one that counts.
            let (Outcome::Committed(_) | Outcome::Conflict) =
                storage.commit(change).await.map_err(Denial::fault("storing a master key"))?;
        }
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
        let kept =
            view.master_key(project, name, term).await.map_err(Denial::fault("reading a master key"))?;
        let kept = kept.ok_or_else(|| Refusal::KeyCannotOpen { key: name.to_owned() })?;
        self.open(project, name, &kept.record)
    }

    fn open(&self, project: Id, name: &str, record: &MasterKeyRecord) -> Answer<Arc<MasterKey>> {
        if let Some(key) = self.remembered(project, name, record.term) {
            return Ok(key);
        }
        let key = self.root.open_master_key(*project.as_bytes(), name, record.term, &record.wrapped);
        let key = Arc::new(key.map_err(|_| Refusal::KeyCannotOpen { key: name.to_owned() })?);
        let mut opened = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        opened.insert((project, name.to_owned(), record.term), key.clone());
        Ok(key)
    }

    fn remembered(&self, project: Id, name: &str, term: u32) -> Option<Arc<MasterKey>> {
        let opened = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        opened.get(&(project, name.to_owned(), term)).cloned()
    }
}
