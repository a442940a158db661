//! What became of the entries of a batch, or would become, for people.

use strongroom_contract::{spelling, v1};

use crate::output::{harmless, table};

/// Rows shown of what goes well. Chosen by us: more than a screen or two nobody reads, and `--output json` has them all.
const MAX_ROWS: usize = 100;

/// How many outcomes of each action there are, for example `3 created, 1 rejected`.
pub fn summary(outcomes: &[v1::Outcome]) -> String {
    let mut counts: Vec<(i32, usize)> = Vec::new();
    for outcome in outcomes {
        match counts.iter_mut().find(|(action, _)| *action == outcome.action) {
            Some((_, count)) => *count += 1,
            None => counts.push((outcome.action, 1)),
        }
    }
    let words: Vec<_> = counts.iter().map(|(action, count)| format!("{count} {}", word(*action))).collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
}

/// One row an entry: what goes well first and up to a number, then everything that was rejected.
pub fn rows(outcomes: &[v1::Outcome]) -> String {
    let (rejected, well): (Vec<_>, Vec<_>) = outcomes.iter().partition(|outcome| is_rejected(outcome));
    let mut shown: Vec<_> = well.iter().take(MAX_ROWS).map(|outcome| row(outcome)).collect();
    if let Some(more) = well.len().checked_sub(MAX_ROWS).filter(|more| *more > 0) {
        shown.push(vec![format!("... and {more} more; --output json lists all")]);
    }
    shown.extend(rejected.iter().map(|outcome| row(outcome)));
    table(&shown)
}

fn row(outcome: &v1::Outcome) -> Vec<String> {
    let place = if outcome.line > 0 { format!("line {}", outcome.line) } else { String::new() };
    let problems = outcome.problems.iter().map(|problem| format!("{}: {}", problem.field, problem.message));
    let words: Vec<_> = if outcome.problems.is_empty() {
        [&outcome.message, &outcome.next_step].into_iter().filter(|text| !text.is_empty()).cloned().collect()
    } else {
        problems.collect()
    };
    let name = format!("{} {}", harmless(&outcome.name), outcome.version_id);
    vec![word(outcome.action), name.trim().to_owned(), place, harmless(&words.join(" "))]
}

/// The action as the contract calls it, in small letters.
pub fn word(action: i32) -> String {
    spelling::of::<v1::Action>(action).to_lowercase().replace('_', " ")
}

pub fn is_rejected(outcome: &v1::Outcome) -> bool {
    matches!(outcome.action(), v1::Action::Rejected | v1::Action::Withheld)
}

/// Whether the entry changes anything.
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
    fn what_was_rejected_is_always_shown_and_stands_last() {
        let mut outcomes = vec![v1::Outcome {
            line: 7,
            message: "It is.".to_owned(),
            next_step: "Do.".to_owned(),
            ..outcome(v1::Action::Rejected, "bad")
        }];
        outcomes.extend((0..102).map(|n| outcome(v1::Action::Created, &format!("s{n}"))));
        let shown = rows(&outcomes);
        assert_eq!(shown.lines().count(), MAX_ROWS + 2);
        assert!(shown.contains("... and 2 more"), "{shown}");
        let last = shown.lines().last().unwrap_or_default();
        assert!(last.starts_with("rejected") && last.ends_with("line 7  It is. Do."), "{last}");
        assert_eq!(summary(&outcomes), "1 rejected, 102 created");
    }

    #[test]
    fn all_that_is_wrong_with_an_entry_is_shown() {
        let problem = |field: &str| v1::Problem {
            field: field.to_owned(),
            message: "is wrong.".to_owned(),
            ..v1::Problem::default()
        };
        let mut rejected = outcome(v1::Action::Rejected, "a");
        rejected.problems = vec![problem("name"), problem("description")];
        assert!(rows(&[rejected]).contains("name: is wrong. description: is wrong."));
    }
}
