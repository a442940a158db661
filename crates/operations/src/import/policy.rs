//! The conflict policy: what happens to a new secret whose name is taken.

use strongroom_contract::spelling;
use strongroom_contract::v1::{NewSecret, OnExisting, OnPending};
use strongroom_storage::Timestamp;
use strongroom_storage::records::SecretRecord;
use strongroom_validation::Problem;

use crate::lifecycle::versions::{NewVersion, add_version};
use crate::{Limits, Rejection, lifecycle};

/// Unknown numbers are rejected before they get here.
#[derive(Clone, Copy, Default)]
pub(crate) struct Policy {
    on_existing: OnExisting,
    on_pending: OnPending,
}

/// What to do with an entry whose name is taken.
#[derive(Debug, PartialEq)]
pub(crate) enum Action {
    Reject(Rejection),
    Skip,
    AddVersion,
    AddVersionIfDifferent,
}

impl Action {
    pub(crate) fn rejection(self) -> Option<Rejection> {
        match self {
            Self::Reject(rejection) => Some(rejection),
            Self::Skip | Self::AddVersion | Self::AddVersionIfDifferent => None,
        }
    }
}

impl Policy {
    /// What is wrong with a policy of a request.
    pub(crate) fn problems(on_existing: i32, on_pending: i32) -> Vec<Problem> {
        strongroom_validation::policies(
            spelling::of::<OnExisting>(on_existing),
            spelling::of::<OnPending>(on_pending),
        )
    }

    pub(crate) fn of(on_existing: i32, on_pending: i32) -> Self {
        Self {
            on_existing: on_existing.try_into().unwrap_or_default(),
            on_pending: on_pending.try_into().unwrap_or_default(),
        }
    }

    /// The policy of an entry: its own where it has one, else this one.
    pub(crate) fn of_entry(self, new: &NewSecret) -> Self {
        let own = Self::of(new.on_existing, new.on_pending);
        Self {
            on_existing: if own.on_existing == OnExisting::Unspecified {
                self.on_existing
            } else {
                own.on_existing
            },
            on_pending: if own.on_pending == OnPending::Unspecified {
                self.on_pending
            } else {
                own.on_pending
            },
        }
    }

    /// True if an entry is rejected whenever its name is taken.
    pub(crate) fn only_rejects(self) -> bool {
        matches!(self.on_existing, OnExisting::Unspecified | OnExisting::Fail)
            && matches!(self.on_pending, OnPending::Unspecified | OnPending::Fail)
    }

    pub(crate) fn action(self, existing: &SecretRecord) -> Action {
        if existing.scheduled_delete_time.is_some() {
            return match self.on_pending {
                OnPending::Unspecified | OnPending::Fail => Action::Reject(lifecycle::taken(existing, true)),
                OnPending::Skip => Action::Skip,
                OnPending::CancelAndNewVersion => Action::AddVersion,
            };
        }
        match self.on_existing {
            OnExisting::Unspecified | OnExisting::Fail => Action::Reject(lifecycle::taken(existing, true)),
            OnExisting::Skip => Action::Skip,
            OnExisting::NewVersion => Action::AddVersion,
            OnExisting::NewVersionIfDifferent => Action::AddVersionIfDifferent,
        }
    }
}

/// The secret with a new current version. Its deletion, if it is scheduled, is cancelled.
pub(crate) fn with_new_version(
    existing: &SecretRecord,
    binary: bool,
    limits: &Limits,
    now: Timestamp,
) -> Result<SecretRecord, Rejection> {
    let new = NewVersion { stages: Vec::new(), expire_time: None, binary };
    match existing.scheduled_delete_time {
        Some(_) => add_version(&lifecycle::cancel_deletion(existing, now)?, &new, limits, now),
        None => add_version(existing, &new, limits, now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_milliseconds(1_767_225_600_500);

    fn enabled() -> SecretRecord {
        let secret = SecretRecord { name: "db".to_owned(), ..SecretRecord::default() };
        lifecycle::with_first_version(secret, false, NOW)
    }

    #[test]
    fn each_state_has_a_policy_of_its_own() {
        let (enabled, waiting) = (enabled(), lifecycle::schedule_deletion(&enabled(), 7, NOW).unwrap());
        let reject = |secret: &SecretRecord| Action::Reject(lifecycle::taken(secret, true));
        for (on_existing, on_pending, existing, pending) in [
            (OnExisting::Unspecified, OnPending::Unspecified, reject(&enabled), reject(&waiting)),
            (OnExisting::Fail, OnPending::Fail, reject(&enabled), reject(&waiting)),
            (OnExisting::Skip, OnPending::Unspecified, Action::Skip, reject(&waiting)),
            (OnExisting::Fail, OnPending::Skip, reject(&enabled), Action::Skip),
            (OnExisting::NewVersion, OnPending::Fail, Action::AddVersion, reject(&waiting)),
            (
                OnExisting::NewVersionIfDifferent,
                OnPending::CancelAndNewVersion,
                Action::AddVersionIfDifferent,
                Action::AddVersion,
            ),
        ] {
            let policy = Policy::of(on_existing.into(), on_pending.into());
            assert_eq!(
                (policy.action(&enabled), policy.action(&waiting)),
                (existing, pending),
                "{on_existing:?} {on_pending:?}"
            );
        }
    }

    #[test]
    fn an_entry_overrides_what_it_says_and_nothing_else() {
        let batch = Policy::of(OnExisting::Skip.into(), OnPending::Skip.into());
        let entry = |on_existing: OnExisting, on_pending: OnPending| {
            let (on_existing, on_pending) = (on_existing.into(), on_pending.into());
            batch.of_entry(&NewSecret { on_existing, on_pending, ..NewSecret::default() })
        };
        assert!(!entry(OnExisting::Unspecified, OnPending::Unspecified).only_rejects());
        assert!(entry(OnExisting::Fail, OnPending::Fail).only_rejects());
        let own = entry(OnExisting::NewVersion, OnPending::Unspecified);
        assert_eq!(own.action(&enabled()), Action::AddVersion);
        assert_eq!(own.action(&lifecycle::schedule_deletion(&enabled(), 7, NOW).unwrap()), Action::Skip);
    }

    #[test]
    fn a_new_version_ends_the_wait() {
        let waiting = lifecycle::schedule_deletion(&enabled(), 7, NOW).unwrap();
        let after = with_new_version(&waiting, true, &Limits::default(), NOW).unwrap();
        assert_eq!((after.scheduled_delete_time, after.last_version), (None, 2));
        assert_eq!(lifecycle::version(&after, "latest").unwrap().number, 2);
    }
}
