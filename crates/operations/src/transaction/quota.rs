//! How many secrets each project has, so that none gets more than it may.
//!
//! Exact within one process: counted when it is first asked, then kept true by every commit that stores or removes
//! secrets. Several processes on one store each know only what they have done themselves since they counted.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use strongroom_storage::{Change, Id, Outcome, Storage, StorageError};
use tokio::sync::{Notify, OnceCell, RwLock};

use crate::Rejection;

#[derive(Default)]
pub(crate) struct Counts {
    projects: Mutex<HashMap<Id, Arc<Count>>>,
    /// Shared by removals from before their commit until the count says so; held alone while a view to count is taken,
    /// so that a removal either shows in the view or is subtracted, and never both.
    removals: Arc<RwLock<()>>,
}

#[derive(Default)]
struct Count {
    counted: OnceCell<()>,
    secrets: Mutex<Secrets>,
    /// Told whenever room that was reserved is stored in or given back.
    settled: Notify,
}

#[derive(Default)]
struct Secrets {
    /// Below zero while the first count is under way and others remove secrets.
    stored: i64,
    reserved: i64,
}

impl Count {
    fn secrets(&self) -> MutexGuard<'_, Secrets> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stored(&self) -> usize {
        usize::try_from(self.secrets().stored).unwrap_or_default()
    }

    /// Reserves all that is wanted, or what is left when nobody else holds any. Nothing while others may give room back.
    fn reserve(&self, wanted: usize, most: usize) -> Option<usize> {
        let (wanted, most) = (signed(wanted), signed(most));
        let mut secrets = self.secrets();
        let room = most - secrets.stored - secrets.reserved;
        if room < wanted && secrets.reserved > 0 {
            return None;
        }
        let held = wanted.min(room.max(0));
        secrets.reserved += held;
        usize::try_from(held).ok()
    }

    fn settle(&self, stored: usize, given_back: usize) {
        let mut secrets = self.secrets();
        secrets.stored += signed(stored);
        secrets.reserved -= signed(stored + given_back);
        drop(secrets);
        self.settled.notify_waiters();
    }
}

/// Counts are far below what either type holds.
fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Room for secrets that are about to be stored. What is not kept is given back.
pub(crate) struct Reservation {
    count: Arc<Count>,
    held: usize,
}

impl Reservation {
    pub(crate) fn held(&self) -> usize {
        self.held
    }

    /// What is stored stays counted.
    fn keep(&mut self, stored: usize) {
        let stored = stored.min(self.held);
        self.held -= stored;
        self.count.settle(stored, 0);
    }

    /// That there is no room beside this.
    pub(crate) fn full(&self, allowed: usize) -> Rejection {
        Rejection::TooManySecrets { current: self.count.stored(), coming: self.held, allowed }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.held > 0 {
            self.count.settle(0, self.held);
        }
    }
}

impl Counts {
    pub(crate) async fn current(
        self: &Arc<Self>,
        storage: &Storage,
        project: Id,
    ) -> Result<usize, StorageError> {
        Ok(self.counted(storage, project).await?.stored())
    }

    /// Room for `wanted` more secrets, or for as many as there is room for where `most` are allowed. What others hold may
    /// come back, so that is waited for; nobody waits who holds any.
    pub(crate) async fn reserve(
        self: &Arc<Self>,
        storage: &Storage,
        project: Id,
        wanted: usize,
        most: usize,
    ) -> Result<Reservation, StorageError> {
        let count = self.counted(storage, project).await?;
        loop {
            let settled = count.settled.notified();
            if let Some(held) = count.reserve(wanted, most) {
                return Ok(Reservation { count: count.clone(), held });
            }
            settled.await;
        }
    }

    /// Counts the project the first time. That goes on when the caller hangs up, so that the next one need not begin anew.
    async fn counted(self: &Arc<Self>, storage: &Storage, project: Id) -> Result<Arc<Count>, StorageError> {
        let count = self.projects().entry(project).or_default().clone();
        if !count.counted.initialized() {
            let (counts, count, storage) = (self.clone(), count.clone(), storage.clone());
            let first = tokio::spawn(async move { counts.first(&count, &storage, project).await });
            first.await.map_err(|_| StorageError::Stopped)??;
        }
        Ok(count)
    }

    async fn first(&self, count: &Count, storage: &Storage, project: Id) -> Result<(), StorageError> {
        let first = async {
            let view = {
                let _alone = self.removals.write().await;
                count.secrets().stored = 0;
                storage.view().await?
            };
            // Nobody stores a secret here before this is done, and whoever removes one goes on meanwhile.
            let stored = view.count_secrets(project).await?;
            count.secrets().stored += signed(stored);
            Ok(())
        };
        count.counted.get_or_try_init(|| first).await.copied()
    }

    /// Commits a change that stores or removes secrets, and counts them.
    ///
    /// The commit ends whether or not its caller waits for it: it cannot be called back, and the count must not miss it.
    pub(super) async fn commit(
        self: &Arc<Self>,
        storage: &Storage,
        change: Change,
        stored: Option<(Reservation, usize)>,
        removed: BTreeMap<Id, usize>,
    ) -> Result<Outcome, StorageError> {
        if stored.is_none() && removed.is_empty() {
            return storage.commit(change).await;
        }
        let counting = match removed.is_empty() {
            true => None,
            false => Some(self.removals.clone().read_owned().await),
        };
        let (counts, storage) = (self.clone(), storage.clone());
        let commit = async move {
            let outcome = storage.commit(change).await?;
            if let Outcome::Committed(_) = outcome {
                stored.into_iter().for_each(|(mut reservation, stored)| reservation.keep(stored));
                counts.subtract(&removed);
            }
            drop(counting);
            Ok(outcome)
        };
        tokio::spawn(commit).await.map_err(|_| StorageError::Stopped)?
    }

    fn subtract(&self, removed: &BTreeMap<Id, usize>) {
        let projects = self.projects();
        for (project, secrets) in removed {
            if let Some(count) = projects.get(project) {
                count.secrets().stored -= signed(*secrets);
            }
        }
    }

    fn projects(&self) -> MutexGuard<'_, HashMap<Id, Arc<Count>>> {
        self.projects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
