//! A rotation of the root key, in steps that each leave a store that starts and opens everything:
//!
//! make the new key, write both down, let the store say that the new one seals, wrap every key anew, let the store say that
//! nothing needs the old one, write down the new one alone. After a stop in between, [`Operations::carry_on_rotation`] goes
//! on from where the records say it stands; nothing else is remembered.

use std::sync::atomic::Ordering;

use strongroom_access::root_key::{self, is_rotating};
use strongroom_sealing::{NotRewrapped, RootKey, root_term};
use strongroom_storage::records::{AccessKeyRecord, MasterKeyRecord, RootKeyRecord};
use strongroom_storage::{Change, Id, Versioned, View};
use tokio::sync::MutexGuard;

use crate::root_keys::{RootKeyFile, RootKeySource};
use crate::{Answer, Call, OperationError, Operations, Rejection};

/// Keys wrapped anew in one commit. Chosen by us: few enough that callers' commits hardly wait for it.
const GROUP: usize = 500;

/// At most what a key takes in a commit: its record, and twice where it stands. Names have 64 characters at most, and the
/// description of an access key has 255, of up to 4 bytes.
const KEY_BYTES: usize = 1_536;

/// What a look at a rotation has done.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Keys wrapped anew.
    pub rewrapped: usize,
    /// Keys that cannot be. While there is one the rotation does not end, and the root key before is kept.
    pub damaged: Vec<DamagedKey>,
}

/// A key whose record cannot be read or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DamagedKey {
    #[error("master key {name} of project {project}")]
    Master { project: Id, name: String },
    #[error("access key {access_key}")]
    Access { access_key: String },
}

/// The keys that the root key before still wraps.
#[derive(Default)]
pub(crate) struct Waiting {
    master_keys: Vec<(Id, String, Versioned<MasterKeyRecord>)>,
    access_keys: Vec<Versioned<AccessKeyRecord>>,
    damaged: Vec<DamagedKey>,
}

impl Waiting {
    /// None is, unless a rotation runs.
    pub(crate) async fn read(view: &View, record: &RootKeyRecord) -> Answer<Self> {
        let mut waiting = Self::default();
        if !is_rotating(record) {
            return Ok(waiting);
        }
        let waits = |sealed: &[u8]| root_term(sealed) != Some(record.term);
        let master_keys = view.each_master_key(|placed| match placed.key {
            Ok(key) if waits(&key.record.wrapped) => {
                waiting.master_keys.push((placed.project, placed.name, key));
            }
            Ok(_) => {}
            Err(_) => {
                waiting.damaged.push(DamagedKey::Master { project: placed.project, name: placed.name });
            }
        });
        master_keys.await.map_err(OperationError::internal("reading the master keys"))?;
        let access_keys = view.each_access_key(|placed| match placed.key {
            Ok(key) if waits(&key.record.sealed_secret_key) => waiting.access_keys.push(key),
            Ok(_) => {}
            Err(_) => waiting.damaged.push(DamagedKey::Access { access_key: placed.access_key }),
        });
        access_keys.await.map_err(OperationError::internal("reading the access keys"))?;
        Ok(waiting)
    }

    pub(crate) fn len(&self) -> usize {
        self.master_keys.len() + self.access_keys.len() + self.damaged.len()
    }
}

impl Operations {
    /// Brings a rotation that has begun to its end, and forgets the root key before. Does nothing when there is none, so
    /// it may be called at any time. When there was one, it answers what it has done.
    pub async fn carry_on_rotation(&self) -> Answer<Option<Round>> {
        let turn = self.root.turn.lock().await;
        self.end_rotation(&turn).await
    }

    pub(crate) async fn root_key_record(&self) -> Answer<Versioned<RootKeyRecord>> {
        let kept = self
            .view()
            .await?
            .root_key()
            .await
            .map_err(OperationError::internal("reading the root key's record"))?;
        kept.ok_or_else(|| {
            OperationError::internal("looking for the root key's record")("the store has none")
        })
    }

    /// Makes the next key the one that seals. It is written down before the store relies on it; a stop in between leaves
    /// a key too many, which the next attempt of this process takes.
    pub(crate) async fn begin_rotation(
        &self,
        call: &Call,
        _turn: &MutexGuard<'_, ()>,
        file: &dyn RootKeyFile,
        before: &Versioned<RootKeyRecord>,
    ) -> Answer<()> {
        let made = RootKey::generate().map_err(OperationError::internal("making a root key"))?;
        let next = self.root.keys.add(made.of_term(before.record.term.saturating_add(1)));
        file.write(&self.root.keys.all(), &[])
            .map_err(OperationError::internal("writing the root key file"))?;
        let after = root_key::rotated(&before.record, &self.root.keys, &next, &[]);
        let after = &after.map_err(OperationError::internal("sealing with the new root key"))?;
        self.transact(call, |mut tx| async move {
            if tx.is_retry() {
                return Err(Rejection::RootKeyRotating.into());
            }
            tx.change().put_root_key(Some(before), after);
            tx.audit([]);
            Ok(tx.done(()))
        })
        .await
    }

    pub(crate) async fn end_rotation(&self, _turn: &MutexGuard<'_, ()>) -> Answer<Option<Round>> {
        let (mut ran, mut rewrapped) = (false, 0);
        // Again until a look at all of them finds none waiting: only then may the key before go.
        let ended = loop {
            let kept = self.root_key_record().await?;
            if !is_rotating(&kept.record) {
                break kept.record;
            }
            ran = true;
            let waiting = Waiting::read(&self.view().await?, &kept.record).await?;
            if waiting.len() > 0 {
                let done = self.rewrap(&kept, waiting).await?;
                rewrapped += done.round.rewrapped;
                if done.round.rewrapped == 0 && !done.conflicted {
                    self.root.damaged.store(done.round.damaged.len(), Ordering::Relaxed);
                    return Ok(Some(Round { rewrapped, ..done.round }));
                }
                continue;
            }
            let settled = root_key::settled(&kept.record);
            self.commit_unless_changed(|change| change.put_root_key(Some(&kept), &settled)).await?;
        };
        self.forget_before(ended.term)?;
        self.root.damaged.store(0, Ordering::Relaxed);
        Ok(ran.then_some(Round { rewrapped, damaged: Vec::new() }))
    }

    /// In the file first: what is forgotten in memory alone would be back after the next start.
    fn forget_before(&self, term: u32) -> Answer<()> {
        let (superseded, keys): (Vec<_>, Vec<_>) =
            self.root.keys.all().into_iter().partition(|key| key.term() < term);
        if superseded.is_empty() {
            return Ok(());
        }
        if let RootKeySource::File(file) = &self.root.source {
            file.write(&keys, &superseded).map_err(OperationError::internal("writing the root key file"))?;
        }
        self.root.keys.forget_before(term);
        Ok(())
    }

    /// Each group relies on the keys it read, and on the rotation that it is for. One that conflicts is left to the next
    /// turn, and so is a key that cannot be opened.
    async fn rewrap(&self, kept: &Versioned<RootKeyRecord>, waiting: Waiting) -> Answer<Rewrapped> {
        let root =
            |term| self.root.keys.of_term(term).map_err(OperationError::internal("looking for a root key"));
        let (from, to) = (root(kept.record.previous_term)?, root(kept.record.term)?);
        let limits = self.storage.limits();
        let group = GROUP.min(limits.operations).min(limits.bytes / KEY_BYTES).max(1);
        let mut done =
            Rewrapped { round: Round { rewrapped: 0, damaged: waiting.damaged }, conflicted: false };
        for keys in waiting.master_keys.chunks(group) {
            let mut rewrapped = Vec::with_capacity(keys.len());
            for (project, name, key) in keys {
                let term = key.record.term;
                let wrapped =
                    to.rewrap_master_key(&from, *project.as_bytes(), name, term, &key.record.wrapped);
                match opens(wrapped, "wrapping a master key anew")? {
                    Some(wrapped) => {
                        let after = MasterKeyRecord { wrapped, ..key.record.clone() };
                        rewrapped.push((*project, name, key, after));
                    }
                    None => {
                        let damaged = DamagedKey::Master { project: *project, name: name.clone() };
                        done.round.damaged.push(damaged);
                    }
                }
            }
            let committed = self.commit_unless_changed(|change| {
                change.rely_on_root_key(Some(kept));
                for (project, name, before, after) in &rewrapped {
                    change.update_master_key(*project, name, before, after);
                }
            });
            done.count(rewrapped.len(), committed.await?);
        }
        for keys in waiting.access_keys.chunks(group) {
            let mut rewrapped = Vec::with_capacity(keys.len());
            for key in keys {
                let after = root_key::rewrapped(&key.record, &from, &to);
                match opens(after, "sealing the secret key of an access key anew")? {
                    Some(after) => rewrapped.push((key, after)),
                    None => {
                        let access_key = key.record.access_key.clone();
                        done.round.damaged.push(DamagedKey::Access { access_key });
                    }
                }
            }
            let committed = self.commit_unless_changed(|change| {
                change.rely_on_root_key(Some(kept));
                rewrapped.iter().for_each(|(before, after)| change.update_access_key(before, after));
            });
            done.count(rewrapped.len(), committed.await?);
        }
        Ok(done)
    }

    /// False if a record has changed since it was read, which the next look at the store sees.
    async fn commit_unless_changed(&self, stage: impl Fn(&mut Change) + Sync) -> Answer<bool> {
        let stage = &stage;
        self.transact_job(|mut tx| async move {
            if tx.is_retry() {
                return Ok(tx.done(false));
            }
            stage(tx.change());
            Ok(tx.done(true))
        })
        .await
    }
}

struct Rewrapped {
    round: Round,
    /// True if a record has changed in the meantime, so that another look may find more to do.
    conflicted: bool,
}

impl Rewrapped {
    fn count(&mut self, keys: usize, committed: bool) {
        match committed {
            true => self.round.rewrapped += keys,
            false => self.conflicted = true,
        }
    }
}

/// None when the record is not one that the root key before has sealed.
fn opens<T>(rewrapped: Result<T, NotRewrapped>, doing: &'static str) -> Answer<Option<T>> {
    match rewrapped {
        Ok(rewrapped) => Ok(Some(rewrapped)),
        Err(NotRewrapped::NotOpened(_)) => Ok(None),
        Err(fault @ NotRewrapped::SealingError(_)) => Err(OperationError::internal(doing)(fault)),
    }
}
