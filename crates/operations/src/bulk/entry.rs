//! One secret of a bulk change, and what happens to it.

use strongroom_contract::v1::Outcome;
use strongroom_storage::Versioned;
use strongroom_storage::records::SecretRecord;

/// One secret of a batch, in the order of the request.
pub(crate) struct Entry<T> {
    /// Complete if there is nothing to decide.
    pub(crate) outcome: Outcome,
    pub(crate) open: Option<Open<T>>,
}

/// An entry whose change is not decided yet.
pub(crate) struct Open<T> {
    pub(crate) about: T,
    pub(crate) found: Option<Versioned<SecretRecord>>,
}

/// The change of one secret.
pub(crate) enum SecretChange {
    Remove,
    /// Replaces the record. The new one names the revision of its content.
    Change(Box<SecretRecord>),
    Leave,
}
