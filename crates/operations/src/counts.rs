//! How many secrets each project has, so that none gets more than it may.
//!
//! Exact within one process: counted when it is first asked, then kept true by every commit that stores or removes
//! secrets. Several processes on one store each know only what they have done themselves since they counted.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use strongroom_storage::{Change, Fault, Id, Outcome, Storage, Timestamp};
use tokio::sync::{OnceCell, RwLock};

use crate::{Answer, Denial, Operations};

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
    /// Secrets stored, and those about to be. It wraps below zero while the first count is under way.
    secrets: AtomicUsize,
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
        self.held = self.held.saturating_sub(stored);
    }

    /// Secrets the project has, with all that is reserved.
    pub(crate) fn current(&self) -> usize {
        self.count.secrets.load(Ordering::SeqCst)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.count.secrets.fetch_sub(self.held, Ordering::SeqCst);
    }
}

impl Counts {
    pub(crate) async fn current(&self, storage: &Storage, project: Id) -> Result<usize, Fault> {
        Ok(self.counted(storage, project).await?.secrets.load(Ordering::SeqCst))
    }

    /// Room for `wanted` more secrets, or for as many as there is room for where `most` are allowed.
    pub(crate) async fn reserve(
        &self,
        storage: &Storage,
        project: Id,
        wanted: usize,
        most: usize,
    ) -> Result<Reservation, Fault> {
        let count = self.counted(storage, project).await?;
        let mut held = 0;
        let _ = count.secrets.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |current| {
            held = wanted.min(most.saturating_sub(current));
            Some(current + held)
        });
        Ok(Reservation { count, held })
    }

    async fn counted(&self, storage: &Storage, project: Id) -> Result<Arc<Count>, Fault> {
        let count = self.projects().entry(project).or_default().clone();
        let first = async {
            let view = {
                let _alone = self.removals.write().await;
                count.secrets.store(0, Ordering::SeqCst);
                storage.view().await?
            };
            // Nobody stores a secret here before this is done, and whoever removes one goes on meanwhile.
            let stored = view.count_secrets(project).await?;
            count.secrets.fetch_add(stored, Ordering::SeqCst);
            Ok(())
        };
        count.counted.get_or_try_init(|| first).await?;
        Ok(count)
    }

    fn removed(&self, removed: &BTreeMap<Id, usize>) {
        let projects = self.projects();
        for (project, secrets) in removed {
            if let Some(count) = projects.get(project) {
                count.secrets.fetch_sub(*secrets, Ordering::SeqCst);
            }
        }
    }

    fn projects(&self) -> std::sync::MutexGuard<'_, HashMap<Id, Arc<Count>>> {
        self.projects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Operations {
    /// Room for up to `wanted` new secrets. Whoever stores secrets reserves first, and commits with `commit_stored`.
    pub(crate) async fn reserve(&self, project: Id, wanted: usize, now: Timestamp) -> Answer<Reservation> {
        let reserve = async || {
            let reserved = self.counts.reserve(&self.storage, project, wanted, self.limits.secrets).await;
            reserved.map_err(Denial::fault("counting the secrets of a project"))
        };
        let reservation = reserve().await?;
        if reservation.held() == wanted {
            return Ok(reservation);
        }
        // Those whose time has come are gone for everybody, so they must not take up room.
        drop(reservation);
        self.purge_until(now).await?;
        reserve().await
    }

    /// Commits a change that stores so many of the secrets there is room reserved for. A conflict gives the room back.
    pub(crate) async fn commit_stored(
        &self,
        change: Change,
        mut reservation: Reservation,
        stored: usize,
    ) -> Answer<Option<Reservation>> {
        let storage = self.storage.clone();
        self.to_its_end(async move {
            Ok(match storage.commit(change).await? {
                Outcome::Committed(_) => {
                    reservation.keep(stored);
                    None
                }
                Outcome::Conflict => Some(reservation),
            })
        })
        .await
    }

    /// Commits a change that removes so many secrets of these projects. True when it is on disk.
    pub(crate) async fn commit_removed(&self, change: Change, removed: BTreeMap<Id, usize>) -> Answer<bool> {
        let (storage, counts) = (self.storage.clone(), self.counts.clone());
        let counting = counts.removals.clone().read_owned().await;
        self.to_its_end(async move {
            let outcome = storage.commit(change).await?;
            let committed = matches!(outcome, Outcome::Committed(_));
            if committed {
                counts.removed(&removed);
            }
            drop(counting);
            Ok(committed)
        })
        .await
    }

    /// Goes on when the caller hangs up: a commit cannot be called back, and a count must not miss it.
    async fn to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, Fault>> + Send + 'static,
    ) -> Answer<T> {
        let done = tokio::spawn(work).await.map_err(Denial::fault("writing the store"))?;
        done.map_err(Denial::fault("writing the store"))
    }
}
