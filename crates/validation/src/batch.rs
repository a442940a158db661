//! Rules of a batch as a whole: the number of entries, repeated names, and batch ids.

use std::collections::HashMap;
use std::collections::hash_map;

use crate::limits::MAX_BATCH_GET_NAMES;
use crate::problem::{Code, Problem, grouped};

/// Checks the number of entries of an import.
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

/// Checks the number of names of a batch read.
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

/// The indexes of entries that repeat an earlier name, each with the index of the first entry with that name.
///
/// The first entry counts even if it is rejected for another reason, so that the outcome does not depend on that reason.
#[must_use]
pub fn repeated_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<(usize, usize)> {
    let names = names.into_iter();
    let mut firsts = HashMap::with_capacity(names.size_hint().0);
    let mut repeats = Vec::new();
    for (index, name) in names.enumerate() {
        // A missing name is reported separately.
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

/// The position of an entry of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Index in the request, from 0.
    pub index: usize,
    /// Line of the file, from 1; 0 if unknown.
    pub line: usize,
}

impl Place {
    /// For people, who count from 1.
    #[must_use]
    pub fn in_words(self) -> String {
        let entry = ["entry ", &grouped(self.index.saturating_add(1))].concat();
        if self.line == 0 {
            return entry;
        }
        [&entry, " (line ", &grouped(self.line), ")"].concat()
    }
}

/// Checks that the options of a stream request nothing that a stream does not support.
#[must_use]
pub fn import_stream(atomic: bool, dry_run_token: &str, request_id: &str) -> Vec<Problem> {
    let asked = [
        (
            atomic,
            "options.atomic",
            "A stream is stored in several transactions, so it cannot be atomic. Omit atomic, or send a batch.",
        ),
        (
            !dry_run_token.is_empty(),
            "options.dry_run_token",
            "A stream cannot confirm a dry run. Omit dry_run_token, or send a batch.",
        ),
        (
            !request_id.is_empty(),
            "options.request_id",
            "The answers of a stream are not stored for a request_id. Omit it; a repeated stream reports the entries that \
             are stored already.",
        ),
    ];
    let rejected = asked.into_iter().filter(|(is_asked, ..)| *is_asked);
    rejected.map(|(_, field, message)| Problem::new(field, Code::NotHere, message)).collect()
}

/// Checks the number of entries of a stream.
#[must_use]
pub fn stream_entries(entries: usize, max_entries: usize) -> Option<Problem> {
    let message = [
        "The stream has more than the ",
        &grouped(max_entries),
        " entries that are allowed. The entries before are stored; send the rest in another stream.",
    ];
    (entries > max_entries).then(|| Problem::new("secrets", Code::TooMany, message.concat()))
}

/// The problem of options that arrive after the first message.
#[must_use]
pub fn late_options() -> Problem {
    let message = "The options are not in the first message or line. Send them first; the entries before them are stored.";
    Problem::new("options", Code::NotHere, message)
}

/// Checks the line number of an entry.
#[must_use]
pub fn entry_line(line: i32) -> Option<Problem> {
    let message = "The line is below 0. Give the line of the file, from 1, or leave it out.";
    (line < 0).then(|| Problem::new("line", Code::OutOfRange, message))
}

/// An entry with the name of an earlier, different entry.
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

/// Checks a batch id.
#[must_use]
pub fn batch_id(id: &str) -> Option<Problem> {
    (!is_batch_id(id)).then(|| {
        let message = "The batch_id is not 32 hexadecimal digits in lower case. Copy it from the answer to the batch, or list the \
                       batches.";
        Problem::new("batch_id", Code::Malformed, message)
    })
}

/// Checks the marker of a page of batches.
#[must_use]
pub fn batch_marker(marker: &str) -> Option<Problem> {
    (!is_batch_id(marker)).then(|| {
        let message =
            "The marker is not 32 hexadecimal digits in lower case. Send the next_marker of the previous page.";
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
    fn number_of_entries_is_limited() {
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
    fn number_of_names_of_a_batch_read_is_limited() {
        for names in [0, 1, 20] {
            assert_eq!(batch_get(names), None, "{names}");
        }
        assert_eq!(
            batch_get(21).unwrap().message,
            "The list has 21 names; at most 20 are allowed. Send it in several requests."
        );
    }

    #[test]
    fn repeated_name_refers_to_the_first_entry() {
        assert_eq!(repeated_names(["a", "b", "a", "", "A", "", "b", "a"]), [(2, 0), (6, 1), (7, 0)]);
        assert_eq!(repeated_names([]), []);
        let repeat =
            Repeat { own: Place { index: 4_000, line: 0 }, first: Place { index: 999, line: 1_024 } };
        assert_eq!(
            repeated(repeat).message,
            "The name of entry 4,001 is the same as that of entry 1,000 (line 1,024), and the first one counts. \
             Rename this entry or take it out."
        );
    }

    #[test]
    fn line_below_zero_is_rejected() {
        for (line, is_wrong) in [(0, false), (1, false), (i32::MAX, false), (-1, true), (i32::MIN, true)] {
            assert_eq!(entry_line(line).is_some(), is_wrong, "{line}");
        }
    }

    #[test]
    fn batch_id_is_32_lower_case_hexadecimal_digits() {
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
