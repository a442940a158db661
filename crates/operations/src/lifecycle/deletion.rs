//! The deletion of a secret: scheduling, cancelling, and what is allowed while it is pending.

use strongroom_contract::v1::SecretState;
use strongroom_storage::records::SecretRecord;
use strongroom_storage::{Timestamp, Versioned};

use crate::Rejection;

pub(crate) const MILLISECONDS_PER_DAY: i64 = 24 * 60 * 60 * 1_000;

/// A moment as the wire keeps it: milliseconds, but whole seconds.
pub(crate) fn whole_second(now: Timestamp) -> i64 {
    now.whole_seconds() * 1_000
}

pub(crate) fn is_gone(secret: &SecretRecord, now: Timestamp) -> bool {
    secret.scheduled_delete_time.is_some_and(|due| due <= now.milliseconds())
}

/// Whether a secret past its deletion date may be destroyed, so that its name is free. Only a time beyond doubt decides that.
pub(crate) fn may_replace(secret: &SecretRecord, certain: Timestamp) -> Result<(), Rejection> {
    match is_gone(secret, certain) {
        true => Ok(()),
        false => Err(Rejection::ClockInDoubt { name: secret.name.clone() }),
    }
}

/// The secret that a look-up found, unless it is past its deletion date.
pub(crate) fn present(
    found: Option<Versioned<SecretRecord>>,
    name: &str,
    now: Timestamp,
) -> Result<Versioned<SecretRecord>, Rejection> {
    found
        .filter(|secret| !is_gone(&secret.record, now))
        .ok_or_else(|| Rejection::SecretNotFound { name: name.to_owned() })
}

pub(crate) fn state(secret: &SecretRecord) -> SecretState {
    match secret.scheduled_delete_time {
        Some(_) => SecretState::PendingDelete,
        None => SecretState::Enabled,
    }
}

pub(crate) fn schedule_deletion(
    secret: &SecretRecord,
    days: u32,
    now: Timestamp,
) -> Result<SecretRecord, Rejection> {
    if let Some(until) = pending_until(secret) {
        return Err(Rejection::AlreadyScheduled { name: secret.name.clone(), until });
    }
    let time = whole_second(now);
    let due = time + i64::from(days) * MILLISECONDS_PER_DAY;
    Ok(SecretRecord { scheduled_delete_time: Some(due), update_time: time, ..secret.clone() })
}

pub(crate) fn cancel_deletion(secret: &SecretRecord, now: Timestamp) -> Result<SecretRecord, Rejection> {
    if pending_until(secret).is_none() {
        return Err(Rejection::NotScheduled { name: secret.name.clone() });
    }
    Ok(SecretRecord { scheduled_delete_time: None, update_time: whole_second(now), ..secret.clone() })
}

/// Restores a cancelled deletion, for the moment it was scheduled for.
pub(crate) fn restore_deletion(
    secret: &SecretRecord,
    due: i64,
    now: Timestamp,
) -> Result<SecretRecord, Rejection> {
    let after =
        SecretRecord { scheduled_delete_time: Some(due), update_time: whole_second(now), ..secret.clone() };
    if is_gone(&after, now) {
        let date = Timestamp::from_milliseconds(due);
        return Err(Rejection::DateHasPassed { name: secret.name.clone(), date });
    }
    Ok(after)
}

/// Immediate deletion does not override a schedule.
pub(crate) fn may_delete(secret: &SecretRecord) -> Result<(), Rejection> {
    match pending_until(secret) {
        Some(until) => Err(Rejection::AlreadyScheduled { name: secret.name.clone(), until }),
        None => Ok(()),
    }
}

/// Nothing changes about a secret that is pending deletion, so that cancelling restores exactly what it was.
pub(crate) fn may_change(secret: &SecretRecord) -> Result<(), Rejection> {
    may_read(secret)
}

pub(crate) fn may_read(secret: &SecretRecord) -> Result<(), Rejection> {
    match pending_until(secret) {
        Some(until) => Err(Rejection::Waiting { name: secret.name.clone(), until }),
        None => Ok(()),
    }
}

/// The rejection of a new secret that has the name of a stored one. `has_policy` is true if the request could have a conflict
/// policy.
pub(crate) fn taken(secret: &SecretRecord, has_policy: bool) -> Rejection {
    let name = secret.name.clone();
    match pending_until(secret) {
        Some(until) => Rejection::NameWaiting { name, until, has_policy },
        None => Rejection::NameTaken { name, has_policy },
    }
}

fn pending_until(secret: &SecretRecord) -> Option<Timestamp> {
    secret.scheduled_delete_time.map(Timestamp::from_milliseconds)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lifecycle::with_first_version;

    const NOW: Timestamp = Timestamp::from_milliseconds(1_767_225_600_500);

    fn enabled() -> SecretRecord {
        with_first_version(SecretRecord { name: "db".to_owned(), ..SecretRecord::default() }, false, NOW)
    }

    #[test]
    fn every_step_is_allowed_or_rejected_as_documented() {
        let enabled = enabled();
        let waiting = schedule_deletion(&enabled, 7, NOW).unwrap();
        let until = Timestamp::from_milliseconds(1_767_225_600_000 + 7 * 86_400_000);
        let name = || "db".to_owned();

        assert_eq!(state(&enabled), SecretState::Enabled);
        assert_eq!(state(&waiting), SecretState::PendingDelete);
        assert_eq!(waiting.scheduled_delete_time, Some(until.milliseconds()));
        assert_eq!(
            schedule_deletion(&waiting, 7, NOW),
            Err(Rejection::AlreadyScheduled { name: name(), until })
        );
        assert_eq!(cancel_deletion(&enabled, NOW), Err(Rejection::NotScheduled { name: name() }));
        assert_eq!(may_delete(&enabled), Ok(()));
        assert_eq!(may_delete(&waiting), Err(Rejection::AlreadyScheduled { name: name(), until }));
        assert_eq!(may_read(&enabled), Ok(()));
        assert_eq!(may_read(&waiting), Err(Rejection::Waiting { name: name(), until }));
        assert_eq!(may_change(&enabled), Ok(()));
        assert_eq!(may_change(&waiting), Err(Rejection::Waiting { name: name(), until }));
        assert_eq!(taken(&enabled, true), Rejection::NameTaken { name: name(), has_policy: true });
        assert_eq!(taken(&waiting, false), Rejection::NameWaiting { name: name(), until, has_policy: false });
    }

    #[test]
    fn overdue_means_gone_at_that_very_moment() {
        let waiting = schedule_deletion(&enabled(), 7, NOW).unwrap();
        let due = waiting.scheduled_delete_time.unwrap();
        assert!(!is_gone(&waiting, Timestamp::from_milliseconds(due - 1)));
        assert!(is_gone(&waiting, Timestamp::from_milliseconds(due)));
    }

    proptest! {
        #[test]
        fn cancelling_gives_back_what_was_scheduled(days in 7_u32..=30, later in 0_i64..600_000) {
            let before = enabled();
            let waiting = schedule_deletion(&before, days, NOW).unwrap();
            let later = Timestamp::from_milliseconds(NOW.milliseconds() + later);
            let after = cancel_deletion(&waiting, later).unwrap();
            prop_assert_eq!(SecretRecord { update_time: before.update_time, ..after }, before);
        }
    }
}
