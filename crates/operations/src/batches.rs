//! Many secrets in one call: loops over the single step, sealed together and committed together.

mod batch_cancel_deletions;
mod batch_delete_secrets;
mod batch_import_secrets;
mod bulk;
pub(crate) mod decision;
mod duplicates;
mod gathering;
pub(crate) mod import;
mod import_secrets_stream;
mod import_secrets_with_progress;
mod list_batches;
pub(crate) mod outcome;
pub(crate) mod policy;
mod quota;
pub(crate) mod report;
mod selection;
mod show_batch;
pub(crate) mod store;
mod tally;
mod undo_batch;
mod undo_outcome;
pub(crate) mod validate;

use strongroom_storage::records::SecretRecord;

use crate::Operations;

pub(crate) use selection::SELECTIONS_AT_ONCE;

impl Operations {
    /// How many of the first secrets a commit can remove with all that belongs to them; at least one, so that the engine
    /// can say what is too large.
    pub(crate) fn removable<'a>(&self, secrets: impl Iterator<Item = &'a SecretRecord>) -> usize {
        let mut left = self.storage.limits().operations;
        let removable = secrets.map_while(|secret| {
            left = left.checked_sub(records_of(secret) + RECORDS_BESIDE)?;
            Some(())
        });
        removable.count().max(1)
    }
}

/// The audit record of its project.
const RECORDS_BESIDE: usize = 1;

/// How many records removing a secret touches: itself, its entries by id, due time and instance, when it was read, and one
/// for each of what it may have several of.
fn records_of(secret: &SecretRecord) -> usize {
    3 + usize::from(secret.scheduled_delete_time.is_some())
        + usize::from(!secret.instance_id.is_empty())
        + secret.versions.len()
        + secret.tags.len()
        + secret.event_subscriptions.len()
}
