//! How many records the deletion of a secret touches, for engines that limit a commit.

use strongroom_storage::records::SecretRecord;

use crate::Operations;

/// The audit record of the project.
const OVERHEAD_RECORDS: usize = 1;

impl Operations {
    /// How many of the first secrets one commit can delete; at least one, so that the engine can reject what is too large.
    pub(crate) fn removable<'a>(&self, secrets: impl Iterator<Item = &'a SecretRecord>) -> usize {
        let mut left = self.storage.limits().operations;
        let removable = secrets.map_while(|secret| {
            left = left.checked_sub(records_of(secret) + OVERHEAD_RECORDS)?;
            Some(())
        });
        removable.count().max(1)
    }
}

/// The secret itself, its index entries by id, deletion date and instance, its last access time, and one record for each of
/// what it may have several of.
pub(crate) fn records_of(secret: &SecretRecord) -> usize {
    3 + usize::from(secret.scheduled_delete_time.is_some())
        + usize::from(!secret.instance_id.is_empty())
        + secret.versions.len()
        + secret.tags.len()
        + secret.event_subscriptions.len()
}
