//! Whether what was read may be stored: the complaints of reading and those of the shared rules, each with its line.

use std::borrow::Cow;

use strongroom_validation as rules;
use strongroom_validation::{Place, Repeat};

use crate::entry::{Contents, FileEntry};
use crate::line_problem::{Code, LineProblem};

/// What the server takes.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of a value.
    pub value_bytes: usize,
    /// Entries of one batch; `usize::MAX` for a stream, which has no such limit.
    pub entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            value_bytes: rules::limits::DEFAULT_VALUE_BYTES,
            entries: rules::limits::DEFAULT_IMPORT_ENTRIES,
        }
    }
}

/// Everything that is wrong with a file, in the order of its lines. Nothing, when all of it can be imported.
#[must_use]
pub fn judge(contents: &Contents, limits: &Limits) -> Vec<LineProblem> {
    let entries = &contents.entries;
    let mut complaints = contents.complaints.clone();
    // A file that could not be read has no entries either; that it is empty would be no news.
    let batch = rules::batch_import(entries.len(), limits.entries)
        .filter(|_| !entries.is_empty() || complaints.is_empty());
    complaints.extend(batch.map(|problem| LineProblem {
        line: 1,
        column: 0,
        entry: None,
        field: problem.field,
        code: Code::Rule(problem.code),
        message: problem.message,
    }));
    let known = told(contents);
    let repeats = rules::repeated_names(entries.iter().map(|entry| entry.name.as_str()));
    let mut repeats = repeats.into_iter().peekable();
    for (index, entry) in entries.iter().enumerate() {
        let first = repeats.next_if(|(repeat, _)| *repeat == index).map(|(_, first)| first);
        let repeat = first.map(|first| Repeat { own: place(entries, index), first: place(entries, first) });
        let about = |field| known.get(index).is_some_and(|fields| fields.contains(&field));
        for problem in rules::entry_of_batch(&entry.view(), repeat, limits.value_bytes) {
            // A field that could not be read looks as if it were absent.
            if !about(problem.field) {
                complaints.push(of(index, entry, problem));
            }
        }
    }
    complaints.sort_by_key(|complaint| complaint.line);
    complaints
}

/// The fields of each entry that were complained about.
fn told(contents: &Contents) -> Vec<Vec<&'static str>> {
    let mut told = vec![Vec::new(); contents.entries.len()];
    for complaint in &contents.complaints {
        if let Some(fields) = complaint.entry.and_then(|entry| told.get_mut(entry)) {
            fields.push(complaint.field);
        }
    }
    told
}

fn of(index: usize, entry: &FileEntry, problem: rules::Problem) -> LineProblem {
    let mut message = problem.message;
    if problem.field == "name" && problem.code == rules::Code::BadCharacters {
        message = Cow::Owned(message.into_owned() + " Or replace them with one character.");
    }
    LineProblem {
        line: entry.line,
        column: 0,
        entry: Some(index),
        field: problem.field,
        code: Code::Rule(problem.code),
        message,
    }
}

fn place(entries: &[FileEntry], index: usize) -> Place {
    Place { index, line: entries.get(index).map_or(0, |entry| entry.line) }
}
