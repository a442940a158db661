//! A problem of a query, with its place.

use crate::problem::{Code, Problem, grouped};

/// A problem at a character, counted from 0.
pub(super) struct ProblemAt {
    pub(super) at: usize,
    pub(super) code: Code,
    pub(super) sentence: String,
}

impl ProblemAt {
    pub(super) fn new(at: usize, code: Code, sentence: impl Into<String>) -> Self {
        Self { at, code, sentence: sentence.into() }
    }

    pub(super) fn into_problem(self) -> Problem {
        let place = grouped(self.at.saturating_add(1));
        Problem::new("query", self.code, ["At character ", &place, ": ", &self.sentence].concat())
    }
}
