//! Rules of the selection of a batch: exactly one kind, and the expected number for a permanent deletion.

use crate::batch::batch_id;
use crate::number::recovery_window;
use crate::problem::{Code, Problem};
use crate::tags::too_many;

/// The selection of a batch. Empty fields are absent.
#[derive(Debug, Clone, Copy, Default)]
pub struct Selection<'a> {
    /// Number of names.
    pub names: usize,
    pub tags: usize,
    pub batch_id: &'a str,
    pub instance_id: &'a str,
    pub instance_type: &'a str,
}

/// All problems of the selection of a batch delete. Without a recovery window it needs the expected number of secrets, except for
/// the documented selection by instance.
#[must_use]
pub fn batch_delete(
    selection: &Selection<'_>,
    most_names: usize,
    window: Option<i32>,
    says_how_many: bool,
) -> Vec<Problem> {
    let mut problems = selected(
        selection,
        most_names,
        "There is no condition, so every secret of the project would be deleted. Send names, tags, or instance_id and \
         instance_type.",
        "There is more than one kind of selection. Send one of names, tags, or instance_id and instance_type.",
    );
    if window.is_some_and(|days| recovery_window(Some(days)).is_err()) {
        problems.push(Problem::new(
            "recovery_window_in_days",
            Code::OutOfRange,
            "The recovery window is not between 7 and 30 days. Give 7 to 30, or nothing to delete at once.",
        ));
    }
    if window.is_none() && !says_how_many && selection.names + selection.tags > 0 {
        problems.push(Problem::new(
            "expect_total",
            Code::Required,
            "Deleting by names or tags for good needs expect_total, the number of secrets. Send it, or send \
             recovery_window_in_days so that the batch can be undone.",
        ));
    }
    problems
}

/// All problems of the selection of a batch cancellation.
#[must_use]
pub fn batch_cancel(selection: &Selection<'_>, most_names: usize) -> Vec<Problem> {
    let mut problems = selected(
        selection,
        most_names,
        "There is no condition, so every deletion of the project would be cancelled. Send names, batch_id, tags, or \
         instance_id and instance_type.",
        "There is more than one kind of selection. Send one of names, batch_id, tags, or instance_id and instance_type.",
    );
    if !selection.batch_id.is_empty() {
        problems.extend(batch_id(selection.batch_id));
    }
    problems
}

fn selected(
    selection: &Selection<'_>,
    most_names: usize,
    none: &'static str,
    several: &'static str,
) -> Vec<Problem> {
    let Selection { names, tags, batch_id, instance_id, instance_type } = *selection;
    let given = [
        ("names", names > 0),
        ("tags", tags > 0),
        ("batch_id", !batch_id.is_empty()),
        ("instance_id", !instance_id.is_empty() || !instance_type.is_empty()),
    ];
    let mut given = given.into_iter().filter_map(|(field, given)| given.then_some(field));
    let mut problems = Vec::new();
    match (given.next(), given.next_back()) {
        (None, _) => problems.push(Problem::new("instance_id", Code::Required, none)),
        (Some(_), Some(field)) => problems.push(Problem::new(field, Code::OneSelectionOnly, several)),
        (Some(_), None) => {}
    }
    if names > most_names {
        problems.push(too_many("names", "names", names, most_names));
    }
    if !matches!(instance_type, "" | "RDS" | "TaurusDB" | "GaussDB" | "APIG") {
        problems.push(Problem::new(
            "instance_type",
            Code::NotOneOf,
            "The instance_type is unknown. Use RDS, TaurusDB, GaussDB or APIG.",
        ));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(problems: &[Problem]) -> Vec<(&str, Code)> {
        problems.iter().map(|problem| (problem.field, problem.code)).collect()
    }

    #[test]
    fn exactly_one_kind_of_selection_is_accepted() {
        const ID: &str = "0123456789abcdef0123456789abcdef";
        let none = Selection::default();
        for (selection, problem) in [
            (none, Some(("instance_id", Code::Required))),
            (Selection { names: 1, ..none }, None),
            (Selection { tags: 1, ..none }, None),
            (Selection { batch_id: ID, ..none }, None),
            (Selection { instance_id: "abc", ..none }, None),
            (Selection { instance_type: "RDS", ..none }, None),
            (Selection { instance_id: "abc", instance_type: "APIG", ..none }, None),
            (Selection { names: 1, tags: 1, ..none }, Some(("tags", Code::OneSelectionOnly))),
            (
                Selection { names: 1, instance_id: "abc", ..none },
                Some(("instance_id", Code::OneSelectionOnly)),
            ),
            (
                Selection { tags: 1, instance_type: "RDS", ..none },
                Some(("instance_id", Code::OneSelectionOnly)),
            ),
            (
                Selection { names: 1, tags: 1, batch_id: ID, ..none },
                Some(("batch_id", Code::OneSelectionOnly)),
            ),
            (Selection { names: 6, ..none }, Some(("names", Code::TooMany))),
            (Selection { batch_id: "0", ..none }, Some(("batch_id", Code::Malformed))),
            (Selection { instance_type: "rds", ..none }, Some(("instance_type", Code::NotOneOf))),
            (
                Selection { instance_id: "abc", instance_type: "RDS ", ..none },
                Some(("instance_type", Code::NotOneOf)),
            ),
        ] {
            let expected: Vec<_> = problem.into_iter().collect();
            assert_eq!(codes(&batch_cancel(&selection, 5)), expected, "{selection:?}");
            if selection.batch_id.is_empty() {
                assert_eq!(codes(&batch_delete(&selection, 5, Some(7), false)), expected, "{selection:?}");
            }
        }
    }

    #[test]
    fn permanent_deletion_needs_the_expected_number() {
        let names = Selection { names: 1, ..Selection::default() };
        let tags = Selection { tags: 1, ..Selection::default() };
        let instance = Selection { instance_id: "abc", ..Selection::default() };
        let needed = vec![("expect_total", Code::Required)];
        for (selection, window, says_how_many, problems) in [
            (names, None, false, needed.clone()),
            (tags, None, false, needed),
            (names, None, true, vec![]),
            (names, Some(7), false, vec![]),
            (instance, None, false, vec![]),
            (names, Some(6), false, vec![("recovery_window_in_days", Code::OutOfRange)]),
        ] {
            assert_eq!(codes(&batch_delete(&selection, 5, window, says_how_many)), problems, "{selection:?}");
        }
    }
}
