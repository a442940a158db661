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

/// The problem of an entry whose name the one at `first` has already. People count from 1.
pub(crate) fn repeated(first: usize) -> Problem {
    let message = [
        "The name is the same as that of entry ",
        &grouped(first.saturating_add(1)),
        ", and the first one counts. Rename this entry or take it out.",
    ]
    .concat();
    Problem::new("name", Code::Repeated, message)
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
        assert_eq!(
            repeated(999).message,
            "The name is the same as that of entry 1,000, and the first one counts. Rename this entry or take it out."
        );
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
