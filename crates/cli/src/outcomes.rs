//! The outcomes of a batch as text for people.

use strongroom_contract::{spelling, v1};

use crate::output::{printable, table};

/// Rows printed for entries that succeed. Our choice: people read a screen or two, and `--output json` lists all.
const MAX_ROWS: usize = 100;

/// Whether the outcomes are of an executed batch or of a dry run.
#[derive(Clone, Copy)]
pub enum Tense {
    Done,
    Preview,
}

/// The number of outcomes of each action, for example `3 created, 1 rejected` or, in a preview, `3 to create, 1 rejected`.
pub fn summary(outcomes: &[v1::Outcome], tense: Tense) -> String {
    let mut counts: Vec<(i32, usize)> = Vec::new();
    for outcome in outcomes {
        match counts.iter_mut().find(|(action, _)| *action == outcome.action) {
            Some((_, count)) => *count += 1,
            None => counts.push((outcome.action, 1)),
        }
    }
    let words = counts.iter().map(|(action, count)| match planned(*action, tense) {
        Some(verb) => format!("{count} to {verb}"),
        None => format!("{count} {}", word(*action)),
    });
    let words: Vec<_> = words.collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

/// One row for each entry: at most [`MAX_ROWS`] that succeed, then all that were rejected.
pub fn rows(outcomes: &[v1::Outcome], tense: Tense) -> String {
    let (rejected, succeeded): (Vec<_>, Vec<_>) = outcomes.iter().partition(|outcome| is_rejected(outcome));
    let mut shown: Vec<_> = succeeded.iter().take(MAX_ROWS).map(|outcome| row(outcome, tense)).collect();
    if let Some(more) = succeeded.len().checked_sub(MAX_ROWS).filter(|more| *more > 0) {
        shown.push(vec![format!("... and {more} more; --output json lists all")]);
    }
    shown.extend(rejected.iter().map(|outcome| row(outcome, tense)));
    table(&shown)
}

fn row(outcome: &v1::Outcome, tense: Tense) -> Vec<String> {
    let place = if outcome.line > 0 { format!("line {}", outcome.line) } else { String::new() };
    let problems = outcome.problems.iter().map(|problem| format!("{}: {}", problem.field, problem.message));
    let words: Vec<_> = if outcome.problems.is_empty() {
        [&outcome.message, &outcome.next_step].into_iter().filter(|text| !text.is_empty()).cloned().collect()
    } else {
        problems.collect()
    };
    let verb = planned(outcome.action, tense);
    let action = verb.map_or_else(|| word(outcome.action), |verb| format!("would {verb}"));
    // A secret that is not there yet gets `v1` in any case.
    let version = if verb == Some("create") { "" } else { &outcome.version_id };
    let name = format!("{} {version}", printable(&outcome.name));
    vec![action, name.trim().to_owned(), place, printable(&words.join(" "))]
}

/// The action as the contract spells it, in lower case.
pub fn word(action: i32) -> String {
    spelling::of::<v1::Action>(action).to_lowercase().replace('_', " ")
}

/// The verb for an action that a preview announces; `None` if nothing is to be done, or if it is done already.
fn planned(action: i32, tense: Tense) -> Option<&'static str> {
    match (tense, v1::Action::try_from(action).ok()?) {
        (Tense::Done, _) => None,
        (Tense::Preview, action) => match action {
            v1::Action::Created => Some("create"),
            v1::Action::NewVersion => Some("update"),
            v1::Action::Skipped => Some("skip"),
            v1::Action::Deleted => Some("delete"),
            v1::Action::Scheduled => Some("schedule"),
            v1::Action::Cancelled => Some("cancel"),
            v1::Action::Undone => Some("undo"),
            v1::Action::Unspecified | v1::Action::Unchanged | v1::Action::Rejected | v1::Action::Withheld => {
                None
            }
        },
    }
}

pub fn is_rejected(outcome: &v1::Outcome) -> bool {
    matches!(outcome.action(), v1::Action::Rejected | v1::Action::Withheld)
}

/// True if the entry changes something.
pub fn is_change(outcome: &v1::Outcome) -> bool {
    match outcome.action() {
        v1::Action::Created
        | v1::Action::NewVersion
        | v1::Action::Deleted
        | v1::Action::Scheduled
        | v1::Action::Cancelled
        | v1::Action::Undone => true,
        v1::Action::Unspecified
        | v1::Action::Unchanged
        | v1::Action::Skipped
        | v1::Action::Rejected
        | v1::Action::Withheld => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(action: v1::Action, name: &str) -> v1::Outcome {
        v1::Outcome { action: action.into(), name: name.to_owned(), ..v1::Outcome::default() }
    }

    #[test]
    fn report_lists_rejected_entries_last() {
        let mut outcomes = vec![v1::Outcome {
            line: 7,
            message: "It is.".to_owned(),
            next_step: "Do.".to_owned(),
            ..outcome(v1::Action::Rejected, "bad")
        }];
        outcomes.extend((0..102).map(|n| outcome(v1::Action::Created, &format!("s{n}"))));
        let shown = rows(&outcomes, Tense::Done);
        assert_eq!(shown.lines().count(), MAX_ROWS + 2);
        assert!(shown.contains("... and 2 more"), "{shown}");
        let last = shown.lines().last().unwrap_or_default();
        assert!(last.starts_with("rejected") && last.ends_with("line 7  It is. Do."), "{last}");
        assert_eq!(summary(&outcomes, Tense::Done), "1 rejected, 102 created");
    }

    #[test]
    fn preview_says_what_would_be_done() {
        let created = v1::Outcome { version_id: "v1".to_owned(), ..outcome(v1::Action::Created, "a") };
        let updated = v1::Outcome { version_id: "v2".to_owned(), ..outcome(v1::Action::NewVersion, "b") };
        let outcomes = [created, updated, outcome(v1::Action::Rejected, "c")];
        assert_eq!(rows(&outcomes, Tense::Preview), "would create  a\nwould update  b v2\nrejected      c\n");
        assert_eq!(summary(&outcomes, Tense::Preview), "1 to create, 1 to update, 1 rejected");
    }

    #[test]
    fn rejected_entry_lists_all_its_problems() {
        let problem = |field: &str| v1::Problem {
            field: field.to_owned(),
            message: "is wrong.".to_owned(),
            ..v1::Problem::default()
        };
        let mut rejected = outcome(v1::Action::Rejected, "a");
        rejected.problems = vec![problem("name"), problem("description")];
        assert!(rows(&[rejected], Tense::Done).contains("name: is wrong. description: is wrong."));
    }
}
