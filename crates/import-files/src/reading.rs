//! What is collected while a file is read.

use std::borrow::Cow;

use strongroom_validation::Problem;

use crate::entry::{Column, FileEntry};
use crate::field::Field;
use crate::line_problem::{Code, LineProblem, Note};
use crate::lines::Lines;

pub struct Reading<'a> {
    pub text: &'a str,
    pub lines: Lines<'a>,
    /// Whether a list or a map is written as JSON.
    pub is_json: bool,
    pub entries: Vec<FileEntry>,
    pub columns: Vec<Column>,
    pub complaints: Vec<LineProblem>,
    pub notes: Vec<Note>,
}

impl<'a> Reading<'a> {
    pub fn of(text: &'a str) -> Self {
        Self {
            text,
            lines: Lines::of(text),
            is_json: false,
            entries: Vec::new(),
            columns: Vec::new(),
            complaints: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// A new entry that starts at a place of the text.
    pub fn entry(&self, at: usize) -> FileEntry {
        FileEntry { line: self.lines.line(at), ..FileEntry::default() }
    }

    /// The place that the next entry will have among all.
    pub fn next(&self) -> usize {
        self.entries.len()
    }

    /// A complaint about the file.
    pub fn complain(&mut self, at: usize, code: Code, message: impl Into<Cow<'static, str>>) {
        self.push(at, None, "", code, message.into());
    }

    /// A complaint about the entry being read, which will be the next.
    pub fn complain_of_next(
        &mut self,
        at: usize,
        field: &'static str,
        code: Code,
        message: impl Into<Cow<'static, str>>,
    ) {
        self.push(at, Some(self.next()), field, code, message.into());
    }

    /// A rule that the entry being read breaks at a place of the text.
    pub fn problem_of_next(&mut self, at: usize, problem: Problem) {
        self.push(at, Some(self.next()), problem.field, Code::Rule(problem.code), problem.message);
    }

    /// A key that stands at two places of the entry being read.
    pub fn repeated_key_of_next(&mut self, first: usize, again: usize, field: Option<Field>) {
        let message = self.twice(first, again);
        self.push(again, Some(self.next()), field.map_or("", Field::as_str), Code::RepeatedKey, message);
    }

    /// A key of the file that stands at two places.
    pub fn repeated_key_of_file(&mut self, first: usize, again: usize) {
        let message = self.twice(first, again);
        self.push(again, None, "", Code::RepeatedKey, message);
    }

    fn twice(&self, first: usize, again: usize) -> Cow<'static, str> {
        let (first, again) = (self.lines.line(first), self.lines.line(again));
        format!("The key stands twice, in line {first} and in line {again}. Keep one of them.").into()
    }

    pub fn note(&mut self, at: usize, message: impl Into<Cow<'static, str>>) {
        self.notes.push(Note { line: self.lines.line(at), message: message.into() });
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
        self.complaints.push(LineProblem { line, column, entry, field, code, message });
    }
}

/// What stops the reading of a whole file.
pub struct Broken {
    pub at: usize,
    pub code: Code,
    pub message: &'static str,
}
