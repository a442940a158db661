//! The root keys in memory: the current one and, during a rotation, the previous one. A record is opened with the term that it
//! names, so records of both terms can be read while the older ones are re-wrapped.

use std::sync::{Arc, PoisonError, RwLock};

use zeroize::Zeroizing;

use crate::errors::NotOpened;
use crate::master_key::MasterKey;
use crate::root_key::RootKey;
use crate::small;

/// The root keys in memory, by term. The store, not this process, determines which of them seals: see [`RootKeys::to_seal`].
#[derive(Default)]
pub struct RootKeys(RwLock<Vec<Arc<RootKey>>>);

impl RootKeys {
    pub fn new(key: RootKey) -> Self {
        Self(RwLock::new(vec![Arc::new(key)]))
    }

    /// Adds a key. Keeps an existing key of the same term, because it may have sealed records already.
    pub fn add(&self, key: RootKey) -> Arc<RootKey> {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(there) = held.iter().find(|there| there.term() == key.term()) {
            return Arc::clone(there);
        }
        let key = Arc::new(key);
        held.push(Arc::clone(&key));
        key
    }

    /// Removes the keys of older terms.
    pub fn forget_before(&self, term: u32) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).retain(|key| key.term() >= term);
    }

    /// The keys, newest first.
    pub fn all(&self) -> Vec<Arc<RootKey>> {
        let mut all = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        all.sort_by_key(|key| std::cmp::Reverse(key.term()));
        all
    }

    pub fn of_term(&self, term: u32) -> Result<Arc<RootKey>, NotOpened> {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        held.iter().find(|key| key.term() == term).cloned().ok_or(NotOpened)
    }

    /// The key to seal with, where `term` is the current term in the view that the change is based on.
    ///
    /// The commit must have the root key record as a precondition, so that nothing is sealed with a key about to be removed. If
    /// the view is older than the end of a rotation, its term may be removed already. Then a newer key is returned; the commit
    /// conflicts anyway.
    pub fn to_seal(&self, term: u32) -> Result<Arc<RootKey>, NotOpened> {
        let newest = || self.all().into_iter().next().filter(|newest| newest.term() > term);
        self.of_term(term).or_else(|rejected| newest().ok_or(rejected))
    }

    /// Fails for a record of a removed term. The store has re-wrapped that record: read it again.
    pub fn open_small(
        &self,
        purpose: &str,
        context: &[u8],
        record: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, NotOpened> {
        self.key_of(record)?.open_small(purpose, context, record)
    }

    pub fn open_master_key(
        &self,
        project: [u8; 16],
        name: &str,
        term: u32,
        wrapped: &[u8],
    ) -> Result<MasterKey, NotOpened> {
        self.key_of(wrapped)?.open_master_key(project, name, term, wrapped)
    }

    fn key_of(&self, record: &[u8]) -> Result<Arc<RootKey>, NotOpened> {
        self.of_term(small::term(record).ok_or(NotOpened)?)
    }
}
