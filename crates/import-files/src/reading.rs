//! What is collected while a file is read.

use std::borrow::Cow;
use std::collections::HashMap;

use strongroom_validation::Problem;

use crate::entry::{Column, Contents, FileEntry};
use crate::field::Field;
use crate::line_problem::{Code, LineProblem, Note, add_count};
use crate::lines::Lines;
use crate::options::Options;
use crate::sample::Recognised;

/// Different notes that are kept. Chosen: more than anybody reads; the last one says how many there are beyond.
const MAX_NOTES: usize = 50;

pub struct Reading<'a> {
    pub text: &'a str,
    pub options: &'a Options,
    pub lines: Lines<'a>,
    /// Whether a list or a map is written as JSON.
    pub is_json: bool,
    pub entries: Vec<FileEntry>,
    pub columns: Vec<Column>,
    pub problems: Vec<LineProblem>,
    /// The entries whose file names the field of the value, so that it is the value whatever it looks like.
    pub explicit: Vec<usize>,
    notes: Vec<Counted<Note>>,
    /// Where an equal problem of the file, or an equal note, stands.
    same_problem: HashMap<(&'static str, Cow<'static, str>), (usize, usize)>,
    same_note: HashMap<Cow<'static, str>, usize>,
    more_notes: usize,
}

struct Counted<T> {
    of: T,
    last: usize,
}

impl<'a> Reading<'a> {
    pub fn of(text: &'a str, options: &'a Options) -> Self {
        Self {
            text,
            options,
            lines: Lines::of(text),
            is_json: false,
            entries: Vec::new(),
            columns: Vec::new(),
            problems: Vec::new(),
            explicit: Vec::new(),
            notes: Vec::new(),
            same_problem: HashMap::new(),
            same_note: HashMap::new(),
            more_notes: 0,
        }
    }

    /// A new entry that starts at a place of the text.
    pub fn entry(&self, at: usize) -> FileEntry {
        FileEntry { line: self.lines.line(at), ..FileEntry::default() }
    }

    /// The index that the next entry will have.
    pub fn next(&self) -> usize {
        self.entries.len()
    }

    /// A problem of the file. Equal ones are one with a count.
    pub fn problem(&mut self, at: usize, code: Code, message: impl Into<Cow<'static, str>>) {
        let message = message.into();
        let line = self.lines.line(at);
        if let Some((index, last)) = self.same_problem.get_mut(&(code.as_str(), message.clone())) {
            *last = line;
            if let Some(known) = self.problems.get_mut(*index) {
                known.count += 1;
            }
            return;
        }
        self.same_problem.insert((code.as_str(), message.clone()), (self.problems.len(), line));
        self.push(at, None, "", code, message);
    }

    /// A problem of the entry being read, which will be the next.
    pub fn entry_problem(
        &mut self,
        at: usize,
        field: &'static str,
        code: Code,
        message: impl Into<Cow<'static, str>>,
    ) {
        self.push(at, Some(self.next()), field, code, message.into());
    }

    /// A problem with the value of the entry being read.
    pub fn value_problem(&mut self, at: usize, code: Code, message: impl Into<Cow<'static, str>>) {
        self.entry_problem(at, Field::SecretString.as_str(), code, message);
    }

    /// A rule that the entry being read breaks at a place of the text.
    pub fn rule_problem(&mut self, at: usize, problem: Problem) {
        self.push(at, Some(self.next()), problem.field, Code::Rule(problem.code), problem.message);
    }

    /// A key that stands at two places of the entry being read.
    pub fn repeated_key_of_entry(&mut self, first: usize, again: usize, field: Option<Field>) {
        let message = self.stands_twice(first, again);
        self.entry_problem(again, field.map_or("", Field::as_str), Code::RepeatedKey, message);
    }

    /// A key of the file that stands at two places.
    pub fn repeated_key_of_file(&mut self, first: usize, again: usize) {
        let message = self.stands_twice(first, again);
        self.problem(again, Code::RepeatedKey, message);
    }

    fn stands_twice(&self, first: usize, again: usize) -> String {
        let (first, again) = (self.lines.line(first), self.lines.line(again));
        format!("The key stands twice, in line {first} and in line {again}. Keep one of them.")
    }

    pub fn note(&mut self, at: usize, message: impl Into<Cow<'static, str>>) {
        self.note_in_line(self.lines.line(at), message.into());
    }

    /// A note. Equal ones are one with a count.
    pub fn note_in_line(&mut self, line: usize, message: Cow<'static, str>) {
        if let Some(known) = self.same_note.get(&message).and_then(|index| self.notes.get_mut(*index)) {
            known.of.count += 1;
            known.last = line;
            return;
        }
        if self.notes.len() >= MAX_NOTES {
            self.more_notes += 1;
            return;
        }
        self.same_note.insert(message.clone(), self.notes.len());
        self.notes.push(Counted { of: Note { line, count: 1, message }, last: line });
    }

    /// Forgets every entry, for a file of which nothing may be stored.
    pub fn reject_file(&mut self, at: usize, code: Code, message: impl Into<Cow<'static, str>>) {
        self.entries.clear();
        self.columns.clear();
        self.problems.clear();
        self.notes.clear();
        self.same_note.clear();
        self.same_problem.clear();
        self.problem(at, code, message);
    }

    fn push(
        &mut self,
        at: usize,
        entry: Option<usize>,
        field: &'static str,
        code: Code,
        message: Cow<'static, str>,
    ) {
        let (line, column) = (self.lines.line(at), self.lines.column(at));
        self.problems.push(LineProblem {
            line,
            column,
            entry,
            field,
            code,
            count: 1,
            suggestion: String::new(),
            message,
        });
    }

    /// Everything that was found, in the order of the lines.
    pub fn finish(self, found: Recognised) -> Contents {
        let Self { entries, columns, mut problems, mut notes, same_problem, more_notes, .. } = self;
        for (index, last) in same_problem.into_values() {
            if let Some(problem) = problems.get_mut(index) {
                add_count(&mut problem.message, problem.count, last);
            }
        }
        problems.sort_by_key(|problem| problem.line);
        notes.sort_by_key(|note| note.of.line);
        let mut notes: Vec<Note> = notes
            .into_iter()
            .map(|mut note| {
                add_count(&mut note.of.message, note.of.count, note.last);
                note.of
            })
            .collect();
        if more_notes > 0 {
            let message = format!("More notes are not shown: {more_notes}.").into();
            notes.push(Note { line: notes.last().map_or(1, |note| note.line), count: 1, message });
        }
        let Recognised { format, confidence, why } = found;
        Contents { format, confidence, why, entries, columns, problems, notes }
    }
}

/// What stops the reading of a whole file.
pub struct Broken {
    pub at: usize,
    pub code: Code,
    pub message: &'static str,
}
