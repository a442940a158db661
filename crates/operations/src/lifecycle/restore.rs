//! Restoring a secret to what it was before a new version.

use strongroom_storage::Timestamp;
use strongroom_storage::records::SecretRecord;

use super::deletion::{restore_deletion, whole_second};
use super::find::{current, version_id};
use crate::Rejection;

/// The secret as it was before it got a version. Version numbers are never reused. Versions that were replaced since are gone
/// with their stages.
///
/// # Errors
/// `ValueGone` if the version that would be current again is one of them.
pub(crate) fn before_version(
    secret: &SecretRecord,
    before: &SecretRecord,
    now: Timestamp,
) -> Result<SecretRecord, Rejection> {
    let is_left = |number: u32| secret.versions.iter().any(|version| version.number == number);
    let mut after =
        SecretRecord { last_version: secret.last_version, update_time: whole_second(now), ..before.clone() };
    after.versions.retain(|version| is_left(version.number));
    after.stages.retain(|stage| is_left(stage.version));
    if let (Some(number), None) = (current(before), current(&after)) {
        let version = version_id(number);
        return Err(Rejection::ValueGone { name: secret.name.clone(), version });
    }
    match before.scheduled_delete_time {
        Some(due) => restore_deletion(&after, due, now),
        None => Ok(after),
    }
}
