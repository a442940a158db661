//! Rules of a batch as a whole: how many entries, which names come twice, and how batches are named.

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
            " entries; at most ",
            &grouped(max_entries),
            if max_entries == 1 { " is" } else { " are" },
            " allowed. Send it in several batches.",
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
        " names; at most ",
        &grouped(MAX_BATCH_GET_NAMES),
        " are allowed. Send it in several requests.",
    ];
    Some(Problem::new("secret_name_list", Code::TooMany, message.concat()))
}

/// The entries whose name an earlier one has already, each with the first that has it, counted from 0, in order.
///
/// The first one counts even when it is rejected for another reason, so that the outcome never depends on that reason.
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

/// What is wrong with asking a stream to be all or nothing, or held to what a dry run showed, or answered again by name.
#[must_use]
pub fn import_stream(atomic: bool, dry_run_token: &str, request_id: &str) -> Vec<Problem> {
    let asked = [
        (
            atomic,
            "options.atomic",
            "A stream is stored in groups, so it cannot be all or nothing. Leave atomic out, or send a batch.",
        ),
        (
            !dry_run_token.is_empty(),
            "options.dry_run_token",
            "A stream cannot be held to what a dry run showed. Leave dry_run_token out, or send a batch.",
        ),
        (
            !request_id.is_empty(),
            "options.request_id",
            "The answers of a stream are not kept. Leave request_id out; what is stored already is told when it is sent again.",
        ),
    ];
    let rejected = asked.into_iter().filter(|(is_asked, ..)| *is_asked);
    rejected.map(|(_, field, message)| Problem::new(field, Code::NotHere, message)).collect()
}

/// What is wrong with a stream of this many entries, where the server takes `max_entries`.
#[must_use]
pub fn stream_entries(entries: usize, max_entries: usize) -> Option<Problem> {
    let message = [
        "The stream has more than the ",
        &grouped(max_entries),
        " entries that one may have. What came before is stored; send the rest in another stream.",
    ];
    (entries > max_entries).then(|| Problem::new("secrets", Code::TooMany, message.concat()))
}

/// Options that come when entries are stored already.
#[must_use]
pub fn late_options() -> Problem {
    let message = "The options came later than in the first message, or line. Send them there; what came before them is stored.";
    Problem::new("options", Code::NotHere, message)
}

/// What is wrong with the line that an entry says it came from.
#[must_use]
pub fn entry_line(line: i32) -> Option<Problem> {
    let message = "The line is below 0. Give the line of the file, from 1, or leave it out.";
    (line < 0).then(|| Problem::new("line", Code::OutOfRange, message))
}

/// An entry whose name an earlier one has, which says something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repeat {
    pub own: Place,
    pub first: Place,
}

#[must_use]
pub fn repeated(repeat: Repeat) -> Problem {
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

/// What is wrong with the identifier of a batch.
#[must_use]
pub fn batch_id(id: &str) -> Option<Problem> {
    (!is_batch_id(id)).then(|| {
        let message = "The batch_id is not 32 hexadecimal digits in lower case. Copy it from the answer to the batch, or list the \
                       batches.";
        Problem::new("batch_id", Code::Malformed, message)
    })
}

/// What is wrong with the batch after which a page shall start.
#[must_use]
pub fn batch_marker(marker: &str) -> Option<Problem> {
    (!is_batch_id(marker)).then(|| {
        let message =
            "The marker is not 32 hexadecimal digits in lower case. Take the next_marker of the page before.";
        Problem::new("marker", Code::Malformed, message)
    })
}

fn is_batch_id(id: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    id.len() == 32 && id.bytes().all(is_digit)
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
            "The batch has 1,001 entries; at most 1,000 are allowed. Send it in several batches."
        );
    }

    #[test]
    fn batch_reads() {
        for names in [0, 1, 20] {
            assert_eq!(batch_get(names), None, "{names}");
        }
        assert_eq!(
            batch_get(21).unwrap().message,
            "The list has 21 names; at most 20 are allowed. Send it in several requests."
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
    fn lines() {
        for (line, is_wrong) in [(0, false), (1, false), (i32::MAX, false), (-1, true), (i32::MIN, true)] {
            assert_eq!(entry_line(line).is_some(), is_wrong, "{line}");
        }
    }

    #[test]
    fn identifiers_of_batches() {
        assert_eq!(batch_id("0123456789abcdef0123456789abcdef"), None);
        for id in [
            "",
            "0",
            "0123456789ABCDEF0123456789abcdef",
            "0123456789abcdef0123456789abcdeg",
            "ä123456789abcdef0123456789abcde",
        ] {
            assert_eq!(batch_id(id).map(|problem| problem.code), Some(Code::Malformed), "{id}");
            assert_eq!(batch_marker(id).map(|problem| problem.field), Some("marker"), "{id}");
        }
    }
}
