//! What a command says: results on standard output, as text or as JSON, and everything else on standard error.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use time::OffsetDateTime;
use time::macros::format_description;

use crate::failure::CommandError;

/// Whether anything stands on standard output. A program that reads it gets one JSON value, whatever became of the command.
static ANSWERED: AtomicBool = AtomicBool::new(false);

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// For people
    Text,
    /// For programs: one JSON value on standard output, as the REST API answers, or why the command failed
    Json,
}

impl Output {
    /// The result of a command.
    pub fn result(self, answer: &impl Serialize, text: impl FnOnce() -> String) -> Result<(), CommandError> {
        match self {
            Self::Text => bytes(text().as_bytes()),
            Self::Json => json(answer),
        }
    }

    /// Why a command ended: a sentence for people, and for programs a value too if they have got none.
    pub fn failure(self, failure: &CommandError) {
        if failure.is_silent() {
            return;
        }
        let told = failure.told();
        note(format_args!("strongroom: {}", told.message));
        if self == Self::Json && !ANSWERED.load(Ordering::Relaxed) {
            // It has been told already, to whoever listens.
            let _ = json(&told);
        }
    }

    /// What the words of a command line say that cannot be read as a whole.
    pub fn asked_for(words: impl Iterator<Item = OsString>) -> Self {
        let words: Vec<OsString> = words.collect();
        let is_json = |two: &[OsString]| two == ["--output", "json"];
        match words.windows(2).any(is_json) || words.iter().any(|word| word == "--output=json") {
            true => Self::Json,
            false => Self::Text,
        }
    }

    /// What people look at on the way to the result.
    pub fn show(self, text: &str) -> Result<(), CommandError> {
        match self {
            Self::Text => bytes(text.as_bytes()),
            Self::Json => Ok(io::stderr().write_all(text.as_bytes())?),
        }
    }
}

/// Exactly these bytes.
pub fn bytes(bytes: &[u8]) -> Result<(), CommandError> {
    ANSWERED.store(true, Ordering::Relaxed);
    let mut out = io::stdout().lock();
    Ok(out.write_all(bytes).and_then(|()| out.flush())?)
}

fn json(answer: &impl Serialize) -> Result<(), CommandError> {
    ANSWERED.store(true, Ordering::Relaxed);
    let mut out = io::BufWriter::new(io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, answer).map_err(io::Error::from)?;
    Ok(writeln!(out).and_then(|()| out.flush())?)
}

/// A sentence beside the result. That nobody listens is no reason to stop.
pub fn note(sentence: impl Display) {
    let _ = writeln!(io::stderr(), "{sentence}");
}

/// A text of others, such as a description, that cannot move the cursor or clear the screen.
pub fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A number and what there is of it, such as `1 thing is` and `2 things are`.
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Rows under each other. The last cell of a row is as wide as it likes.
pub fn table(rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        for (place, cell) in row.iter().take(row.len().saturating_sub(1)).enumerate() {
            match widths.get_mut(place) {
                Some(width) => *width = cell.chars().count().max(*width),
                None => widths.push(cell.chars().count()),
            }
        }
    }
    let line = |row: &Vec<String>| {
        let widths = widths.iter().copied().chain(std::iter::repeat(0));
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        format!("{}\n", line.trim_end())
    };
    rows.iter().map(line).collect()
}

/// A moment in UTC, to the minute; empty when there is none.
pub fn moment(milliseconds: Option<i64>) -> String {
    let form = format_description!("[year]-[month]-[day] [hour]:[minute]");
    let moment = milliseconds.and_then(|ms| OffsetDateTime::from_unix_timestamp(ms / 1_000).ok());
    moment.and_then(|moment| moment.format(form).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other_and_lines_end_where_their_text_ends() {
        let rows = [vec!["a".into(), "bcd".into(), String::new()], vec!["ef".into(), "g".into(), "h".into()]];
        assert_eq!(table(&rows), "a   bcd\nef  g    h\n");
        let with_a_sentence = [rows.as_slice(), &[vec!["... and more".into()]]].concat();
        assert_eq!(table(&with_a_sentence), "a   bcd\nef  g    h\n... and more\n");
    }

    #[test]
    fn one_thing_is_and_two_are() {
        let told = [0, 1, 2].map(|count| counted(count, "thing is", "things are"));
        assert_eq!(told, ["0 things are", "1 thing is", "2 things are"]);
    }

    #[test]
    fn a_description_cannot_write_elsewhere_on_the_screen() {
        assert_eq!(harmless("a\u{1b}[2Jb\nc"), "a [2Jb c");
    }
}
