//! One entry of an import, as it was sent and as it is stored.

use strongroom_contract::v1;
use strongroom_sealing::Value;
use strongroom_storage::records::SecretRecord;
use strongroom_validation::Place;

use super::policy::Policy;
use crate::Rejection;

/// An entry as it was sent.
pub(crate) struct EntryInput {
    pub(crate) place: Place,
    pub(crate) new: v1::NewSecret,
    pub(crate) duplicate: Option<Duplicate>,
}

/// The earlier entry that has the same name.
#[derive(Clone, Copy)]
pub(crate) enum Duplicate {
    /// Every field is the same.
    Identical(Place),
    SameName(Place),
}

/// An entry that was checked against the rules.
pub(crate) struct ValidatedEntry {
    pub(crate) place: Place,
    pub(crate) parsed: ParsedEntry,
}

#[allow(clippy::large_enum_variant, reason = "nearly all entries are of the largest")]
pub(crate) enum ParsedEntry {
    Store(NewSecret),
    /// Identical to an earlier entry, which counts.
    Duplicate {
        name: String,
        first: Place,
    },
    Invalid {
        name: String,
        rejection: Rejection,
        policy: Policy,
    },
}

/// A new secret and its value, not sealed yet.
pub(crate) struct NewSecret {
    pub(crate) secret: SecretRecord,
    pub(crate) value: Value,
    pub(crate) policy: Policy,
    /// Why the value is too weak, where the store decides whether it is written at all.
    pub(crate) weak: Option<Box<Rejection>>,
}

impl ValidatedEntry {
    pub(crate) fn name(&self) -> &str {
        match &self.parsed {
            ParsedEntry::Store(new) => &new.secret.name,
            ParsedEntry::Duplicate { name, .. } | ParsedEntry::Invalid { name, .. } => name,
        }
    }

    /// What it stores, if it is valid and no duplicate.
    pub(crate) fn to_store(&self) -> Option<&NewSecret> {
        match &self.parsed {
            ParsedEntry::Store(new) => Some(new),
            ParsedEntry::Duplicate { .. } | ParsedEntry::Invalid { .. } => None,
        }
    }
}

impl NewSecret {
    /// True if the value was sent as bytes.
    pub(crate) fn is_binary(&self) -> bool {
        self.secret.versions.first().is_some_and(|version| version.binary)
    }

    pub(crate) fn weakness(&self) -> Option<Rejection> {
        self.weak.as_deref().cloned()
    }
}
