//! How much of an import fits into one commit of the engine.

use prost::Message;

use super::decision::Decision;
use super::entry::{ParsedEntry, ValidatedEntry};
use crate::{Operations, Rejection};

/// Records that one entry can take: the secret, its value, its index entries by id, deletion date, instance and event, and a
/// key. A new secret has no tags, a stored one keeps its own, and a new version replaces at most one value.
const RECORDS_PER_ENTRY: usize = 7;

/// Records that a transaction adds once: the audit record, the batch, its expiry, its outcomes, and two for an idempotency
/// key.
pub(crate) const RECORDS_PER_TRANSACTION: usize = 6;

/// Bytes that an entry adds to a commit on top of its record and its value: keys, index entries, an audit line, its outcome.
/// Each is bounded by the rules; the instance, up to 1,024 characters, is part of three of them.
pub(crate) const OVERHEAD_BYTES: usize = 8 * 1024;

impl ValidatedEntry {
    /// The most bytes it takes in a commit, a stored secret of its name not included.
    pub(super) fn bytes(&self) -> usize {
        match &self.parsed {
            ParsedEntry::Store(new) => new.secret.encoded_len() + new.value.expose().len() + OVERHEAD_BYTES,
            ParsedEntry::Duplicate { .. } | ParsedEntry::Invalid { .. } => OVERHEAD_BYTES,
        }
    }
}

impl Decision {
    /// The most bytes it takes on top of the entry: the stored secret before and after.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::NewVersion(versioned) => {
                versioned.before.record.encoded_len() + versioned.after.encoded_len()
            }
            Self::Created
            | Self::Unchanged(_)
            | Self::Skipped(_)
            | Self::Duplicate(_)
            | Self::Rejected(_)
            | Self::Withheld => 0,
        }
    }
}

impl Operations {
    /// Most entries that one transaction holds.
    pub(crate) fn entries_per_transaction(&self) -> usize {
        (self.storage.limits().operations.saturating_sub(RECORDS_PER_TRANSACTION) / RECORDS_PER_ENTRY).max(1)
    }

    /// How many of the first entries fit into one commit; at least one, so that the engine can reject what is too large.
    pub(super) fn fitting(&self, entries: &[ValidatedEntry]) -> usize {
        let (most, mut held) = (self.storage.limits().bytes, 0);
        let fitting = entries.iter().take(self.entries_per_transaction()).take_while(|entry| {
            held += entry.bytes();
            held <= most
        });
        fitting.count().max(1).min(entries.len())
    }

    pub(super) fn check_fits_one_transaction(&self, entries: &[ValidatedEntry]) -> Result<(), Rejection> {
        if self.fitting(entries) == entries.len() {
            return Ok(());
        }
        let (needed, allowed) = (entries.len(), self.entries_per_transaction());
        if needed > allowed {
            return Err(Rejection::BatchTooLarge { what: "entries", needed, allowed });
        }
        let needed = entries.iter().map(ValidatedEntry::bytes).sum();
        Err(Rejection::BatchTooLarge { what: "bytes", needed, allowed: self.storage.limits().bytes })
    }
}
