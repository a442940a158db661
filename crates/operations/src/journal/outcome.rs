//! What became of one entry of a batch, as its caller is told. No value, length or hash of one ever stands in it.

use strongroom_contract::v1::{Action, Outcome};
use strongroom_storage::Timestamp;

use crate::Rejection;
use crate::describe::count;
use crate::lifecycle::version_id;

/// Bytes of a rejected name that are told and kept, as many as the longest good one can have. Chosen by us: enough to find
/// the entry, and little beside the rest of its outcome.
const LONGEST_NAME: usize = 256;

/// Which entry it is: of the request, or of a selection.
pub(crate) struct Place<'a> {
    pub(crate) index: usize,
    /// As the entry says; 0 when it says none.
    pub(crate) line: i32,
    pub(crate) name: &'a str,
}

impl Place<'_> {
    /// What was done with it, other than rejecting it.
    pub(crate) fn outcome(&self, action: Action) -> Outcome {
        Outcome {
            index: count(self.index),
            line: self.line,
            name: shortened(self.name).to_owned(),
            action: action.into(),
            ..Outcome::default()
        }
    }

    /// The same where a version was made or undone.
    pub(crate) fn outcome_of_version(&self, action: Action, version: u32) -> Outcome {
        Outcome { version_id: version_id(version), ..self.outcome(action) }
    }

    pub(crate) fn rejected(&self, rejection: &Rejection) -> Outcome {
        Outcome {
            reason: rejection.reason().to_owned(),
            error_code: rejection.code().as_str().to_owned(),
            message: rejection.message(),
            next_step: rejection.next_step(),
            problems: rejection.problems(),
            scheduled_delete_time: rejection.pending_until().map(Timestamp::milliseconds),
            ..self.outcome(Action::Rejected)
        }
    }
}

/// A name as it is told and kept: one that was rejected may have any length.
pub(crate) fn shortened(name: &str) -> &str {
    let longest = LONGEST_NAME.min(name.len());
    (0..=longest).rev().find_map(|end| name.get(..end)).unwrap_or_default()
}

/// Takes back what an all-or-nothing batch would have done when one of its entries is rejected.
pub(crate) fn withhold(outcomes: &mut [Outcome]) {
    for outcome in outcomes.iter_mut().filter(|outcome| !is_rejected(outcome)) {
        replace(outcome, |place| place.outcome(Action::Withheld));
    }
}

/// Rejects what would have been done.
pub(crate) fn reject(outcome: &mut Outcome, rejection: &Rejection) {
    replace(outcome, |place| place.rejected(rejection));
}

fn replace(outcome: &mut Outcome, with: impl FnOnce(&Place<'_>) -> Outcome) {
    let name = std::mem::take(&mut outcome.name);
    let after = with(&Place { index: 0, line: outcome.line, name: &name });
    *outcome = Outcome { index: outcome.index, ..after };
}

pub(crate) fn is_rejected(outcome: &Outcome) -> bool {
    outcome.action() == Action::Rejected
}

#[cfg(test)]
mod tests {
    use strongroom_validation::{Code, Problem};

    use super::*;

    const PLACE: Place<'static> = Place { index: 3, line: 7, name: "db" };

    #[test]
    fn a_rejection_says_what_is_and_what_to_do() {
        let until = Timestamp::from_milliseconds(1_767_225_600_000);
        let told = PLACE.rejected(&Rejection::NameWaiting { name: "db".to_owned(), until, has_policy: true });
        assert_eq!((told.index, told.line, told.name.as_str()), (3, 7, "db"));
        assert_eq!((told.reason.as_str(), told.error_code.as_str()), ("WAITING", "CSMS.0002"));
        assert_eq!(told.message, "A secret named db is pending deletion until 2026-01-01 00:00 UTC.");
        assert_eq!(
            told.next_step,
            "Cancel its deletion, wait until then, choose another name, or say with on_pending what becomes of it."
        );
        assert_eq!(told.scheduled_delete_time, Some(until.milliseconds()));
        assert_eq!(told.problems[0].message, format!("{} {}", told.message, told.next_step));
    }

    #[test]
    fn every_reason_is_told_and_the_first_stands_for_them() {
        let problem = |message: &'static str| Problem {
            field: "description",
            code: Code::TooLong,
            message: message.into(),
        };
        let told = PLACE.rejected(&Rejection::Several(vec![
            Rejection::Invalid(vec![problem("One is. Do one."), problem("Two is. Do two.")]),
            Rejection::UnknownEvent { event: "e".to_owned() },
        ]));
        assert_eq!(told.reason, "INVALID");
        assert_eq!(told.message, "One is. Two is. There is no event named e.");
        assert_eq!(told.next_step, "Do one. Do two. Create it first, or leave the field out.");
        let problems: Vec<_> =
            told.problems.iter().map(|one| (one.code.as_str(), one.message.as_str())).collect();
        assert_eq!(problems[..2], [("TOO_LONG", "One is. Do one."), ("TOO_LONG", "Two is. Do two.")]);
        assert_eq!(problems[2].0, "UNKNOWN");
    }

    #[test]
    fn withholding_leaves_what_was_rejected() {
        let mut outcomes = [
            PLACE.outcome_of_version(Action::Created, 1),
            PLACE.rejected(&Rejection::NameTaken { name: "db".to_owned(), has_policy: true }),
        ];
        withhold(&mut outcomes);
        assert_eq!(outcomes[0], PLACE.outcome(Action::Withheld));
        assert_eq!((outcomes[1].action(), outcomes[1].reason.as_str()), (Action::Rejected, "TAKEN"));
    }
}
