//! What taking back one step of a batch does, as a pure function of the step, the secret and the time.

use strongroom_contract::v1::{Action, Outcome};
use strongroom_storage::records::{OutcomeRecord, SecretRecord};
use strongroom_storage::{Kept, Revision, Timestamp};

use super::steps::Step;
use crate::life_cycle::versions::version_id;
use crate::{Refusal, life_cycle};

/// One step of a batch.
pub(super) struct Past {
    pub(super) outcome: OutcomeRecord,
    /// What the secret has still if nobody has written it since.
    pub(super) at: Revision,
}

/// Whether something was done that comes back.
pub(super) fn comes_back(action: Action) -> bool {
    match action {
        Action::Created | Action::NewVersion | Action::Scheduled | Action::Cancelled => true,
        Action::Unspecified
        | Action::Unchanged
        | Action::Skipped
        | Action::Refused
        | Action::Withheld
        | Action::Deleted
        | Action::TakenBack => false,
    }
}

pub(super) fn take_back(
    past: &Past,
    found: Option<&Kept<SecretRecord>>,
    now: Timestamp,
    outcome: &mut Outcome,
) -> Result<Step, Refusal> {
    let name = || past.outcome.name.clone();
    let action = Action::try_from(past.outcome.action).unwrap_or_default();
    let Some(secret) = found else {
        if action != Action::Created {
            return Err(Refusal::SecretNotFound { name: name() });
        }
        outcome.set_action(Action::Unchanged);
        outcome.message = format!("Secret {} is gone already.", name());
        return Ok(Step::Leave);
    };
    if secret.revision != past.at {
        return Err(Refusal::ChangedSince { name: name() });
    }
    let step = match (action, &past.outcome.before) {
        (Action::Created, _) => Step::Remove,
        (Action::NewVersion, Some(before)) => {
            let after = life_cycle::as_before(&secret.record, before, now)?;
            let lost = before.versions.iter().find(|version| !after.versions.contains(version));
            if let Some(lost) = lost {
                outcome.message = format!(
                    "Version {} had given way to the new one, and does not come back.",
                    version_id(lost.number)
                );
            }
            Step::Change(Box::new(after))
        }
        (Action::Scheduled, _) => Step::Change(Box::new(life_cycle::cancel_deletion(&secret.record, now)?)),
        (Action::Cancelled, _) => {
            let due = past.outcome.waited_until.unwrap_or_default();
            Step::Change(Box::new(life_cycle::wait_again(&secret.record, due, now)?))
        }
        // Nothing that comes back.
        (
            Action::NewVersion
            | Action::Unspecified
            | Action::Unchanged
            | Action::Skipped
            | Action::Refused
            | Action::Withheld
            | Action::Deleted
            | Action::TakenBack,
            _,
        ) => return Ok(Step::Leave),
    };
    if let Step::Change(after) = &step {
        outcome.scheduled_delete_time = after.scheduled_delete_time;
    }
    if past.outcome.version > 0 {
        outcome.version_id = version_id(past.outcome.version);
    }
    outcome.set_action(Action::TakenBack);
    Ok(step)
}
