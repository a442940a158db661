//! What undoing one step of a batch does, as a pure function of the step, the secret and the time.

use strongroom_contract::v1::{Action, Outcome};
use strongroom_storage::records::{OutcomeRecord, SecretRecord};
use strongroom_storage::{Revision, Timestamp, Versioned};

use crate::bulk::SecretChange;
use crate::lifecycle::version_id;
use crate::{Rejection, lifecycle};

/// One step of a batch.
pub(crate) struct Past {
    pub(crate) outcome: OutcomeRecord,
    pub(crate) expected: Expected,
}

/// How a step of a batch left a secret.
#[derive(Clone, Copy)]
pub(crate) struct Expected {
    content: Revision,
    due: Option<i64>,
}

impl Expected {
    /// As the outcome says that was written at this revision.
    pub(crate) fn by(outcome: &OutcomeRecord, at: Revision) -> Self {
        let action = Action::try_from(outcome.action).unwrap_or_default();
        let content = match matches!(action, Action::Scheduled | Action::Cancelled) {
            true if outcome.before_revision > 0 => Revision(outcome.before_revision),
            true | false => at,
        };
        Self { content, due: outcome.scheduled_delete_time }
    }

    /// Whether the secret is like that: as it was left, or so again.
    pub(crate) fn is(self, secret: &Versioned<SecretRecord>) -> bool {
        (secret.content_revision(), secret.record.scheduled_delete_time) == (self.content, self.due)
    }
}

/// Whether something was done that comes back.
pub(crate) fn is_restored(action: Action) -> bool {
    match action {
        Action::Created | Action::NewVersion | Action::Scheduled | Action::Cancelled => true,
        Action::Unspecified
        | Action::Unchanged
        | Action::Skipped
        | Action::Rejected
        | Action::Withheld
        | Action::Deleted
        | Action::Undone => false,
    }
}

pub(crate) fn undo_outcome(
    past: &Past,
    found: Option<&Versioned<SecretRecord>>,
    now: Timestamp,
    outcome: &mut Outcome,
) -> Result<SecretChange, Rejection> {
    let name = || past.outcome.name.clone();
    let action = Action::try_from(past.outcome.action).unwrap_or_default();
    let Some(secret) = found else {
        if action != Action::Created {
            return Err(Rejection::SecretNotFound { name: name() });
        }
        outcome.set_action(Action::Unchanged);
        outcome.message = format!("Secret {} is gone already.", name());
        return Ok(SecretChange::Leave);
    };
    if !past.expected.is(secret) {
        return Err(Rejection::ChangedSince { name: name(), in_undo: true });
    }
    let mut step = match (action, &past.outcome.before) {
        (Action::Created, _) => SecretChange::Remove,
        (Action::NewVersion, Some(before)) => {
            let after = lifecycle::before_version(&secret.record, before, now)?;
            outcome.message = lost(before, &after);
            SecretChange::Change(Box::new(after))
        }
        (Action::Scheduled, _) => {
            SecretChange::Change(Box::new(lifecycle::cancel_deletion(&secret.record, now)?))
        }
        (Action::Cancelled, _) => {
            let due = past.outcome.waited_until.unwrap_or_default();
            SecretChange::Change(Box::new(lifecycle::restore_deletion(&secret.record, due, now)?))
        }
        // Nothing that comes back.
        (
            Action::NewVersion
            | Action::Unspecified
            | Action::Unchanged
            | Action::Skipped
            | Action::Rejected
            | Action::Withheld
            | Action::Deleted
            | Action::Undone,
            _,
        ) => return Ok(SecretChange::Leave),
    };
    if let SecretChange::Change(after) = &mut step {
        after.content_revision = past.outcome.before_revision;
        outcome.scheduled_delete_time = after.scheduled_delete_time;
    }
    if past.outcome.version > 0 {
        outcome.version_id = version_id(past.outcome.version);
    }
    outcome.set_action(Action::Undone);
    Ok(step)
}

/// What does not come back, if something does not.
fn lost(before: &SecretRecord, after: &SecretRecord) -> String {
    let lost = before.versions.iter().filter(|version| !after.versions.contains(version));
    let lost: Vec<_> = lost.map(|version| version_id(version.number)).collect();
    match lost.as_slice() {
        [] => String::new(),
        [one] => format!("Version {one} had given way to a newer one, and does not come back."),
        several => {
            format!("Versions {} had given way to newer ones, and do not come back.", several.join(", "))
        }
    }
}
