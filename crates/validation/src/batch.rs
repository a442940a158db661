//! Rules of a batch as a whole: how many entries, which names come twice, and that a delete says what it is about.

use std::collections::HashMap;
use std::collections::hash_map;

use crate::limits::MAX_BATCH_GET_NAMES;
use crate::problem::{Code, Problem, grouped};

/// What is wrong with an import of this many entries, where the server takes `max_entries`.
#[must_use]
pub fn batch_import(entries: usize, max_entries: usize) -> Option<Problem> {
    if entries == 0 {
        return Some(Problem::new(
            "secrets",
            Code::Required,
            "The batch has no entries. Send at least one secret.",
        ));
    }
    if entries > max_entries {
        let message = [
            "The batch has ",
            &grouped(entries),
            " entries, and ",
            &grouped(max_entries),
            " are the most. Send it in several batches.",
        ]
        .concat();
        return Some(Problem::new("secrets", Code::TooMany, message));
    }
    None
}

/// What is wrong with a batch read of this many names.
#[must_use]
pub fn batch_get(names: usize) -> Option<Problem> {
    if names <= MAX_BATCH_GET_NAMES {
        return None;
    }
    let message = [
        "The list has ",
        &grouped(names),
        " names, and ",
        &grouped(MAX_BATCH_GET_NAMES),
        " are the most. Send it in several requests.",
    ];
    Some(Problem::new("secret_name_list", Code::TooMany, message.concat()))
}

/// The entries whose name an earlier one has already, each with the first that has it, counted from 0, in order.
///
/// The first one counts even when it is refused for another reason, so that the outcome never depends on that reason.
#[must_use]
pub fn repeated_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<(usize, usize)> {
    let names = names.into_iter();
    let mut firsts = HashMap::with_capacity(names.size_hint().0);
    let mut repeats = Vec::new();
    for (index, name) in names.enumerate() {
        // A missing name is a problem of its own.
        if name.is_empty() {
            continue;
        }
        match firsts.entry(name) {
            hash_map::Entry::Occupied(first) => repeats.push((index, *first.get())),
            hash_map::Entry::Vacant(place) => {
                place.insert(index);
            }
        }
    }
    repeats
}

/// Where an entry of a batch stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// From 0.
    pub index: usize,
    /// Of the file it came from, from 1; 0 when it has none.
    pub line: usize,
}

impl Place {
    /// As people name it, who count from 1.
    #[must_use]
    pub fn in_words(self) -> String {
        let entry = ["entry ", &grouped(self.index.saturating_add(1))].concat();
        if self.line == 0 {
            return entry;
        }
        [&entry, " (line ", &grouped(self.line), ")"].concat()
    }
}

/// An entry whose name an earlier one has, which says something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeat {
    pub own: Place,
    pub first: Place,
}

pub(crate) fn repeated(repeat: Repeat) -> Problem {
    let message = [
        "The name of ",
        &repeat.own.in_words(),
        " is the same as that of ",
        &repeat.first.in_words(),
        ", and the first one counts. Rename this entry or take it out.",
    ]
    .concat();
    Problem::new("name", Code::Repeated, message)
}

/// What to do with names that exist or wait for deletion, as JSON spells it; empty when nothing is said.
#[must_use]
pub fn policies(on_existing: &str, on_pending: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    judge_policies(on_existing, on_pending, &mut problems);
    problems
}

pub(crate) fn judge_policies(on_existing: &str, on_pending: &str, problems: &mut Vec<Problem>) {
    if !matches!(on_existing, "" | "FAIL" | "SKIP" | "NEW_VERSION" | "NEW_VERSION_IF_DIFFERENT") {
        problems.push(Problem::new(
            "on_existing",
            Code::NotOneOf,
            "The on_existing is not one that is known. Use FAIL, SKIP, NEW_VERSION or NEW_VERSION_IF_DIFFERENT.",
        ));
    }
    if !matches!(on_pending, "" | "FAIL" | "SKIP" | "CANCEL_AND_NEW_VERSION") {
        problems.push(Problem::new(
            "on_pending",
            Code::NotOneOf,
            "The on_pending is not one that is known. Use FAIL, SKIP or CANCEL_AND_NEW_VERSION.",
        ));
    }
}

/// Everything that is wrong with the conditions of a batch delete. An empty condition is none.
#[must_use]
pub fn batch_delete(instance_id: &str, instance_type: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    if instance_id.is_empty() && instance_type.is_empty() {
        problems.push(Problem::new(
            "instance_id",
            Code::Required,
            "There is no condition, so every secret of the project would be deleted. Send instance_id, instance_type or both.",
        ));
    }
    if !matches!(instance_type, "" | "RDS" | "TaurusDB" | "GaussDB" | "APIG") {
        problems.push(Problem::new(
            "instance_type",
            Code::NotOneOf,
            "The instance_type is not one that is known. Use RDS, TaurusDB, GaussDB or APIG.",
        ));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (entries, code) in [
            (0, Some(Code::Required)),
            (1, None),
            (1_000, None),
            (1_001, Some(Code::TooMany)),
            (usize::MAX, Some(Code::TooMany)),
        ] {
            assert_eq!(batch_import(entries, 1_000).map(|p| p.code), code, "{entries}");
        }
        assert_eq!(
            batch_import(1_001, 1_000).unwrap().message,
            "The batch has 1,001 entries, and 1,000 are the most. Send it in several batches."
        );
    }

    #[test]
    fn batch_reads() {
        for names in [0, 1, 20] {
            assert_eq!(batch_get(names), None, "{names}");
        }
        assert_eq!(
            batch_get(21).unwrap().message,
            "The list has 21 names, and 20 are the most. Send it in several requests."
        );
    }

    #[test]
    fn repeats_point_at_the_first() {
        assert_eq!(repeated_names(["a", "b", "a", "", "A", "", "b", "a"]), [(2, 0), (6, 1), (7, 0)]);
        assert_eq!(repeated_names([]), []);
        let repeat =
            Repeat { own: Place { index: 4_000, line: 0 }, first: Place { index: 999, line: 1_024 } };
        assert_eq!(
            repeated(repeat).message,
            "The name of entry 4,001 is the same as that of entry 1,000 (line 1,024), and the first one counts. Rename this \
             entry or take it out."
        );
    }

    #[test]
    fn what_to_do_with_names_that_are_there() {
        for on_existing in ["", "FAIL", "SKIP", "NEW_VERSION", "NEW_VERSION_IF_DIFFERENT", "?", "skip"] {
            for on_pending in ["", "FAIL", "SKIP", "CANCEL_AND_NEW_VERSION", "NEW_VERSION"] {
                let fields: Vec<_> =
                    policies(on_existing, on_pending).iter().map(|problem| problem.field).collect();
                let mut expected = Vec::new();
                expected.extend(["?", "skip"].contains(&on_existing).then_some("on_existing"));
                expected.extend((on_pending == "NEW_VERSION").then_some("on_pending"));
                assert_eq!(fields, expected, "{on_existing} {on_pending}");
            }
        }
    }

    #[test]
    fn conditions() {
        for (id, kind) in [("abc", ""), ("", "RDS"), ("", "TaurusDB"), ("", "GaussDB"), ("abc", "APIG")] {
            assert_eq!(batch_delete(id, kind), [], "{id} {kind}");
        }
        for (id, kind, code) in [
            ("", "", Code::Required),
            ("", "rds", Code::NotOneOf),
            ("abc", "?", Code::NotOneOf),
            ("abc", "RDS ", Code::NotOneOf),
        ] {
            assert_eq!(
                batch_delete(id, kind).iter().map(|p| p.code).collect::<Vec<_>>(),
                [code],
                "{id} {kind}"
            );
        }
    }
}
