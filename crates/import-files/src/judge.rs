//! Whether what was read may be stored: the problems of reading and those of the shared rules, each with its line.

use std::borrow::Cow;
use std::collections::HashMap;

use strongroom_validation as rules;
use strongroom_validation::{Place, Repeat};

use crate::entry::{Contents, FileEntry};
use crate::line_problem::{Code, LineProblem, add_count};

/// The limits of the server.
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

/// Every problem of a file, in the order of its lines. None, when all of it can be imported.
#[must_use]
pub fn judge(contents: &Contents, limits: &Limits) -> Vec<LineProblem> {
    let entries = &contents.entries;
    let mut problems = contents.problems.clone();
    // A file that could not be read has no entries either, and its problem says why.
    let batch = rules::batch_import(entries.len(), limits.entries)
        .filter(|_| !entries.is_empty() || problems.is_empty());
    problems.extend(batch.map(|problem| LineProblem {
        line: 1,
        column: 0,
        entry: None,
        field: problem.field,
        code: Code::Rule(problem.code),
        count: 1,
        suggestion: String::new(),
        message: problem.message,
    }));
    let known = fields_with_problems(contents);
    let repeats = rules::repeated_names(entries.iter().map(|entry| entry.name.as_str()));
    let mut repeats = repeats.into_iter().peekable();
    for (index, entry) in entries.iter().enumerate() {
        let first = repeats.next_if(|(repeat, _)| *repeat == index).map(|(_, first)| first);
        let repeat = first.map(|first| Repeat { own: place(entries, index), first: place(entries, first) });
        let about = |field| known.get(index).is_some_and(|fields| fields.contains(&field));
        for problem in rules::entry_of_batch(&entry.view(), repeat, limits.value_bytes) {
            // A field that could not be read looks as if it were absent.
            if !about(problem.field) {
                problems.push(of(index, entry, problem));
            }
        }
    }
    problems.sort_by_key(|problem| problem.line);
    problems
}

/// The problems for a person to read: equal ones of different entries are one with a count.
#[must_use]
pub fn fold(problems: &[LineProblem]) -> Vec<LineProblem> {
    let mut folded: Vec<LineProblem> = Vec::new();
    let mut places: HashMap<(&str, &str, &str), (usize, usize)> = HashMap::new();
    for problem in problems {
        // Problems of the file are counted already.
        let key = (problem.field, problem.code.as_str(), &*problem.message);
        if let Some((index, last)) = places.get_mut(&key)
            && problem.entry.is_some()
        {
            *last = problem.line;
            if let Some(known) = folded.get_mut(*index) {
                known.count += 1;
            }
            continue;
        }
        if problem.entry.is_some() {
            places.insert(key, (folded.len(), problem.line));
        }
        folded.push(problem.clone());
    }
    for (index, last) in places.into_values() {
        if let Some(problem) = folded.get_mut(index).filter(|problem| problem.count > 1) {
            add_count(&mut problem.message, problem.count, last);
        }
    }
    folded
}

/// The fields of each entry that have a problem already.
fn fields_with_problems(contents: &Contents) -> Vec<Vec<&'static str>> {
    let mut fields_of = vec![Vec::new(); contents.entries.len()];
    for problem in &contents.problems {
        if let Some(fields) = problem.entry.and_then(|entry| fields_of.get_mut(entry)) {
            fields.push(problem.field);
        }
    }
    fields_of
}

fn of(index: usize, entry: &FileEntry, problem: rules::Problem) -> LineProblem {
    let mut message = problem.message;
    if problem.field == "name" && problem.code == rules::Code::BadCharacters {
        message = Cow::Owned(message.into_owned() + " Or replace them with one character.");
    }
    let suggestion = if problem.field == "name" { entry.suggested_name.clone() } else { String::new() };
    LineProblem {
        line: entry.line,
        column: 0,
        entry: Some(index),
        field: problem.field,
        code: Code::Rule(problem.code),
        count: 1,
        suggestion,
        message,
    }
}

fn place(entries: &[FileEntry], index: usize) -> Place {
    Place { index, line: entries.get(index).map_or(0, |entry| entry.line) }
}
