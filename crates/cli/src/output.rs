//! Output of a command: results on standard output, as text or JSON, and everything else on standard error.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use time::OffsetDateTime;
use time::macros::format_description;

use crate::failure::CommandError;

/// Whether anything was written to standard output. With JSON output a command writes exactly one value, even if it fails.
static WROTE_OUTPUT: AtomicBool = AtomicBool::new(false);

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Output {
    /// For people
    Text,
    /// For programs: one JSON value on standard output, the answer of the REST API or the failure
    Json,
}

impl Output {
    /// Prints the result of a command.
    pub fn result(self, answer: &impl Serialize, text: impl FnOnce() -> String) -> Result<(), CommandError> {
        match self {
            Self::Text => bytes(text().as_bytes()),
            Self::Json => json(answer),
        }
    }

    /// Prints a failure: a message for people and, if no JSON value was written yet, one for programs.
    pub fn failure(self, failure: &CommandError) {
        if failure.is_silent() {
            return;
        }
        let report = failure.report();
        note(format_args!("strongroom: {}", report.message));
        if self == Self::Json && !WROTE_OUTPUT.load(Ordering::Relaxed) {
            // If standard output is closed, the message on standard error has to do.
            let _ = json(&report);
        }
    }

    /// The `--output` of a command line that clap rejects.
    pub fn requested_in(words: impl Iterator<Item = OsString>) -> Self {
        let words: Vec<OsString> = words.collect();
        let is_json = |two: &[OsString]| two == ["--output", "json"];
        match words.windows(2).any(is_json) || words.iter().any(|word| word == "--output=json") {
            true => Self::Json,
            false => Self::Text,
        }
    }

    /// Prints a preview: on standard error if standard output is for JSON.
    pub fn show(self, text: &str) -> Result<(), CommandError> {
        match self {
            Self::Text => bytes(text.as_bytes()),
            Self::Json => Ok(io::stderr().write_all(text.as_bytes())?),
        }
    }
}

/// Writes exactly these bytes to standard output.
pub fn bytes(bytes: &[u8]) -> Result<(), CommandError> {
    WROTE_OUTPUT.store(true, Ordering::Relaxed);
    let mut out = io::stdout().lock();
    Ok(out.write_all(bytes).and_then(|()| out.flush())?)
}

fn json(answer: &impl Serialize) -> Result<(), CommandError> {
    WROTE_OUTPUT.store(true, Ordering::Relaxed);
    let mut out = io::BufWriter::new(io::stdout().lock());
    serde_json::to_writer_pretty(&mut out, answer).map_err(io::Error::from)?;
    Ok(writeln!(out).and_then(|()| out.flush())?)
}

/// Prints a message on standard error. A closed standard error does not stop the command.
pub fn note(sentence: impl Display) {
    let _ = writeln!(io::stderr(), "{sentence}");
}

/// Replaces control characters, so that a description or a name cannot move the cursor or clear the screen.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A count with its noun, such as `1 problem` and `2 problems`.
pub fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Aligns the columns. The last cell of a row does not count for the width of its column.
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

/// A time in UTC, to the minute; empty for `None`.
pub fn moment(milliseconds: Option<i64>) -> String {
    let form = format_description!("[year]-[month]-[day] [hour]:[minute]");
    let moment = milliseconds.and_then(|ms| OffsetDateTime::from_unix_timestamp(ms / 1_000).ok());
    moment.and_then(|moment| moment.format(form).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_aligns_columns_and_has_no_trailing_spaces() {
        let rows = [vec!["a".into(), "bcd".into(), String::new()], vec!["ef".into(), "g".into(), "h".into()]];
        assert_eq!(table(&rows), "a   bcd\nef  g    h\n");
        let with_a_sentence = [rows.as_slice(), &[vec!["... and more".into()]]].concat();
        assert_eq!(table(&with_a_sentence), "a   bcd\nef  g    h\n... and more\n");
    }

    #[test]
    fn counted_uses_the_singular_for_one() {
        let texts = [0, 1, 2].map(|count| counted(count, "thing is", "things are"));
        assert_eq!(texts, ["0 things are", "1 thing is", "2 things are"]);
    }

    #[test]
    fn printable_replaces_control_characters() {
        assert_eq!(printable("a\u{1b}[2Jb\nc"), "a [2Jb c");
    }
}
