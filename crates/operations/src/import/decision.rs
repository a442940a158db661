//! The decision about one entry of an import, and its outcome.

use strongroom_contract::v1::{Action, Outcome, RejectedEntry};
use strongroom_storage::Versioned;
use strongroom_storage::records::{OutcomeRecord, SecretRecord};
use strongroom_validation::Place as Spot;

use super::entry::ValidatedEntry;
use crate::Rejection;
use crate::describe::count;
use crate::journal::outcome::Place;
use crate::journal::recorded;
use crate::lifecycle::version_id;

pub(crate) const FIRST_VERSION: u32 = 1;

pub(crate) enum Decision {
    Created,
    NewVersion(Box<UpdatedSecret>),
    /// The stored value is the same.
    Unchanged(Box<SecretRecord>),
    Skipped(Box<SecretRecord>),
    /// Identical to this earlier entry, which counts.
    Duplicate(Spot),
    Rejected(Rejection),
    Withheld,
}

/// A stored secret that gets a version.
pub(crate) struct UpdatedSecret {
    pub(crate) before: Versioned<SecretRecord>,
    pub(crate) after: SecretRecord,
}

impl Decision {
    pub(crate) fn is_rejected(&self) -> bool {
        matches!(self, Self::Rejected(_))
    }

    /// The record that is stored, if one is.
    pub(crate) fn stored_secret<'a>(&'a self, entry: &'a ValidatedEntry) -> Option<&'a SecretRecord> {
        match self {
            Self::Created => entry.to_store().map(|new| &new.secret),
            Self::NewVersion(updated) => Some(&updated.after),
            Self::Unchanged(_)
            | Self::Skipped(_)
            | Self::Duplicate(_)
            | Self::Rejected(_)
            | Self::Withheld => None,
        }
    }

    pub(crate) fn outcome(&self, entry: &ValidatedEntry) -> Outcome {
        let place = place(entry);
        match self {
            Self::Created => place.outcome_of_version(Action::Created, FIRST_VERSION),
            Self::NewVersion(versioned) => Outcome {
                message: versioned.note(),
                ..place.outcome_of_version(Action::NewVersion, versioned.after.last_version)
            },
            Self::Unchanged(_) => {
                noted(&place, Action::Unchanged, "This value is the current one already.".to_owned())
            }
            Self::Skipped(existing) => match existing.scheduled_delete_time {
                Some(due) => Outcome {
                    scheduled_delete_time: Some(due),
                    ..noted(
                        &place,
                        Action::Skipped,
                        "The secret is pending deletion and goes on to.".to_owned(),
                    )
                },
                None => noted(&place, Action::Skipped, "The secret exists and stays as it is.".to_owned()),
            },
            Self::Duplicate(first) => {
                let note = format!("This is the same as {}, which counts.", first.in_words());
                noted(&place, Action::Unchanged, note)
            }
            Self::Rejected(rejection) => place.rejected(rejection),
            Self::Withheld => place.outcome(Action::Withheld),
        }
    }

    /// The outcome as it is stored, with what undoing it needs.
    pub(crate) fn recorded(&self, outcome: &Outcome) -> OutcomeRecord {
        let own = recorded(outcome);
        match self {
            Self::NewVersion(versioned) => OutcomeRecord {
                before: Some(Box::new(versioned.before.record.clone())),
                before_revision: versioned.before.content_revision().0,
                ..own
            },
            Self::Created
            | Self::Unchanged(_)
            | Self::Skipped(_)
            | Self::Duplicate(_)
            | Self::Rejected(_)
            | Self::Withheld => own,
        }
    }

    /// The documented form of a rejection, if it is one.
    pub(crate) fn error(&self, entry: &ValidatedEntry) -> Option<RejectedEntry> {
        let Self::Rejected(rejection) = self else { return None };
        Some(RejectedEntry {
            name: entry.name().to_owned(),
            error_msg: format!("{}: {}", rejection.code().as_str(), rejection.sentence()),
            index: count(entry.place.index),
            problems: rejection.problems(),
        })
    }
}

impl UpdatedSecret {
    /// What its caller might not expect.
    fn note(&self) -> String {
        let (before, after) = (&self.before.record, &self.after);
        let mut note = String::new();
        if before.scheduled_delete_time.is_some() {
            note.push_str("Its deletion is cancelled.");
        }
        let stays = |number: u32| after.versions.iter().any(|version| version.number == number);
        for gone in before.versions.iter().filter(|version| !stays(version.number)) {
            let space = if note.is_empty() { "" } else { " " };
            note.push_str(&format!("{space}Version {} gave way to it.", version_id(gone.number)));
        }
        note
    }
}

fn place(entry: &ValidatedEntry) -> Place<'_> {
    let line = i32::try_from(entry.place.line).unwrap_or_default();
    Place { index: entry.place.index, line, name: entry.name() }
}

fn noted(place: &Place<'_>, action: Action, message: String) -> Outcome {
    Outcome { message, ..place.outcome(action) }
}
