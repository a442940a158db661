//! The root keys at hand: one, and while a rotation runs the one before it too. Each record is opened with the term that
//! it names, so both kinds are read while the older ones are wrapped anew.

use std::sync::{Arc, PoisonError, RwLock};

use zeroize::Zeroizing;

use crate::errors::NotOpened;
use crate::master_key::MasterKey;
use crate::root_key::RootKey;
use crate::small;

/// The root keys at hand, by their terms. Which of them seals is for the store to say, not for this process: see
/// [`RootKeys::to_seal`].
#[derive(Default)]
pub struct RootKeys(RwLock<Vec<Arc<RootKey>>>);

impl RootKeys {
    pub fn new(key: RootKey) -> Self {
        Self(RwLock::new(vec![Arc::new(key)]))
    }

    /// Puts a key beside the others. One of the same term stays: something may have been sealed with it.
    pub fn add(&self, key: RootKey) -> Arc<RootKey> {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(there) = held.iter().find(|there| there.term() == key.term()) {
            return Arc::clone(there);
        }
        let key = Arc::new(key);
        held.push(Arc::clone(&key));
        key
    }

    /// Forgets the keys of older terms than this.
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

    /// The key to seal with when the store says `term` in the view a decision is made on. The commit must hold only if the
    /// store says the same then, so that nothing new is sealed with a key about to be forgotten. A view from before the
    /// end of a rotation says a term that is gone; whatever is sealed on it is not committed, so a newer key will do.
    pub fn to_seal(&self, term: u32) -> Result<Arc<RootKey>, NotOpened> {
        let newest = || self.all().into_iter().next().filter(|newest| newest.term() > term);
        self.of_term(term).or_else(|rejected| newest().ok_or(rejected))
    }

    /// Rejects a record of a term that is gone. The store has that record by another term then: read it again.
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
