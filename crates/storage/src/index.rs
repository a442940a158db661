//! The ways to find a secret besides its name, derived from its record by one function, so that they cannot
//! say anything else than the record does.

use bytes::Bytes;

use crate::engine::Key;
use crate::records::{LocationRecord, SecretRecord, encoded};
use crate::{Fault, Id, Timestamp, keys};

/// Every entry that leads to this secret, and what stands there: where the secret is. Nothing stands at those of tags and
/// events: there may be many of them, and their keys are read instead.
pub fn index_entries(project: Id, secret: &SecretRecord) -> Result<Vec<(Key, Bytes)>, Fault> {
    let id = Id::from_stored(&secret.id)?;
    let location = encoded(&LocationRecord { project_id: project.to_stored(), name: secret.name.clone() });

    let mut entries = vec![(keys::secret_by_id(id), location.clone())];
    if let Some(due) = secret.scheduled_delete_time.map(Timestamp::from_milliseconds) {
        entries.push((keys::secret_by_due_time(project, due, &secret.name), location.clone()));
    }
    if !secret.instance_id.is_empty() {
        entries.push((keys::secret_by_instance(project, &secret.instance_id, &secret.name), location));
    }
    for tag in &secret.tags {
        entries.push((keys::secret_by_tag(project, &tag.key, &tag.value, &secret.name), Bytes::new()));
    }
    for event in &secret.event_subscriptions {
        entries.push((keys::secret_by_event(project, event, &secret.name), Bytes::new()));
    }
    Ok(entries)
}
