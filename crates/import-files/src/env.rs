//! `.env` files. The rules are stated in the README of this crate; there is no standard to follow.

mod shell;

use zeroize::Zeroizing;

use crate::line_problem::Code;
use crate::lines::{next_line, rest_of_line};
use crate::reading::Reading;
use crate::sample::{Guess, Sample};

pub fn recognise(sample: &Sample<'_>) -> Option<Guess> {
    let line = sample.first();
    let equals = line.find('=')?;
    let (name, has_command) = shell::without_command(line.get(..equals).unwrap_or_default().trim_end());
    if has_command {
        return Guess::certain("A line sets a variable as shells do.");
    }
    if line.find(": ").is_some_and(|colon| colon < equals)
        || name.is_empty()
        || name.contains([' ', '\t', '"', '\''])
    {
        return Guess::possible("A line has `=`.");
    }
    if sample.ends_with(&["env"]) {
        return Guess::certain("A line is NAME=value, and the file name says .env.");
    }
    if line.contains(": ") {
        return Guess::likely("A line is NAME=value. It could also be YAML: choose the format if it is.");
    }
    Guess::likely("A line is NAME=value.")
}

pub fn read(reading: &mut Reading<'_>) {
    let text = reading.text;
    let mut at = 0;
    while at < text.len() {
        let start = skip_blanks(text, at);
        let end = match text.as_bytes().get(start) {
            None | Some(b'\n' | b'\r' | b'#') => at,
            Some(_) if rest_of_line(text, start).trim().is_empty() => at,
            Some(_) => line(text, start, reading),
        };
        at = next_line(text, end);
    }
}

/// Reads the assignment that starts here. Returns a place in its last line, because a value can have several.
fn line(text: &str, start: usize, reading: &mut Reading<'_>) -> usize {
    let whole = rest_of_line(text, start);
    let Some(equals) = whole.find('=') else {
        reading.problem(
            start,
            Code::Syntax,
            "The line has no '='. Write NAME=value, or # before a comment. If the file has another format, choose it \
             (--format).",
        );
        return start;
    };
    let before = whole.get(..equals).unwrap_or_default().trim();
    let (name, has_command) = shell::without_command(before);
    if name.is_empty() {
        reading.problem(start, Code::Syntax, "The line has no name before the '='. Write NAME=value.");
        return start;
    }
    if shell::is_other_shell(name) {
        let message = "The line is a command of another kind of shell. Write NAME=value.";
        reading.problem(start, Code::Syntax, message);
        return start;
    }
    // A name never has any of these, but a line inside a badly quoted value has.
    if name.contains([' ', '\t', '"', '\'', '`', '#']) {
        let message = "There is a space or a quote before the '='. Write NAME=value. The line may belong to a value above that \
                       is not in quotes.";
        reading.problem(start, Code::Syntax, message);
        return start;
    }
    let mut entry = reading.entry(start);
    entry.name = name.to_owned();
    let from = skip_blanks(text, start + equals + 1);
    let rest = text.get(from..).unwrap_or_default();
    let is_quoted = rest.starts_with(['"', '\'', '`', '$']) && quote_of(rest).is_some();
    let end = if is_quoted {
        quoted(text, from, &mut entry.secret_string, name, reading)
    } else {
        plain(text, from, &mut entry.secret_string, &Assignment { name, has_command }, reading)
    };
    if entry.secret_string.as_ref().is_some_and(|value| value.contains(NUL)) {
        let at = from + text.get(from..).and_then(|written| written.find(NUL)).unwrap_or_default();
        let message = "There is a NUL character in the value, which no variable can hold. If the file is the output of `env -0`, \
                       choose that format (--format env-0). If NUL belongs to the value, import it as JSON.";
        reading.value_problem(at, Code::NotSupported, message);
        entry.secret_string = None;
    }
    reading.entries.push(entry);
    end
}

/// What the environment of a process cannot hold: there it ends a text.
pub const NUL: char = '\0';

struct Assignment<'a> {
    name: &'a str,
    /// Whether `export` or the like is before the name.
    has_command: bool,
}

type Value = Option<Zeroizing<String>>;

/// A value without quotes: up to the end of the line or to a comment, without the spaces around it.
fn plain(
    text: &str,
    from: usize,
    into: &mut Value,
    about: &Assignment<'_>,
    reading: &mut Reading<'_>,
) -> usize {
    let line = rest_of_line(text, from);
    let comment = line
        .match_indices('#')
        .map(|(at, _)| at)
        .find(|at| line.get(..*at).is_some_and(|before| before.is_empty() || before.ends_with([' ', '\t'])));
    let value = line.get(..comment.unwrap_or(line.len())).unwrap_or_default().trim_end_matches([' ', '\t']);
    if let Some(at) = comment {
        if value.is_empty() {
            let message = "The value is empty, because # starts a comment here. Put the value into quotes, or write \"\" for an \
                           empty one.";
            reading.value_problem(from, Code::Syntax, message);
            return from;
        }
        reading.note(
            from + at,
            "The text behind # is a comment and is left out. Put the value into quotes if it belongs to it.",
        );
    } else if ends_with_backslash(line) {
        let end = last_continued_line(text, from);
        let last = reading.lines.line(end);
        let message = format!(
            "The line ends with a backslash, with which shells and systemd continue in the next line, and other programs do not. \
             Write the value up to line {last} in one line, or put it into quotes."
        );
        reading.value_problem(from, Code::Syntax, message);
        return end;
    }
    if let Some(end) = key_block(text, from, value) {
        let message = "The value is the first line of a key or certificate of several lines. Put all of it into quotes.";
        reading.value_problem(from, Code::Syntax, message);
        return end;
    }
    let value = shell::without_export(value, about.name);
    if shell::is_array(value) {
        let message = "The value is a list, as shells read it. Write one NAME=value for each item, or put it into quotes.";
        reading.value_problem(from, Code::Syntax, message);
        return from;
    }
    if value.starts_with("$(") && !value.ends_with(')') {
        let message = "The value is a command of a shell that goes on below. Write the value itself.";
        reading.value_problem(from, Code::Syntax, message);
        return from;
    }
    if value.contains(';') && value.contains("export ") {
        let message = "The line has more than one command. Write one NAME=value a line.";
        reading.value_problem(from, Code::Syntax, message);
        return from;
    }
    if shell::has_assignment(value) {
        if about.has_command {
            let message = "The line sets more than one variable, as shells read it. Write one NAME=value a line, or put the value \
                           into quotes.";
            reading.value_problem(from, Code::Syntax, message);
            return from;
        }
        reading.note(
            from,
            "The value has a space and another '=', and is taken as a whole. Put it into quotes if that is right.",
        );
    }
    if shell::has_escape(value) {
        reading.note(from, "Backslashes are kept as they are written, where a shell would take them out.");
    }
    note_references(value, from, reading);
    *into = Some(Zeroizing::new(value.to_owned()));
    from
}

/// Where a block such as `-----BEGIN KEY-----` ends that starts in this line without quotes.
pub fn key_block(text: &str, from: usize, value: &str) -> Option<usize> {
    if !value.starts_with("-----BEGIN ") || value.contains("-----END ") {
        return None;
    }
    let mut at = next_line(text, from);
    while at < text.len() {
        if rest_of_line(text, at).trim_start().starts_with("-----END ") {
            return Some(at);
        }
        at = next_line(text, at);
    }
    None
}

/// An odd number of backslashes at the end: an even one is backslashes that are escaped.
fn ends_with_backslash(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

/// The start of the last line of those that end with a backslash.
fn last_continued_line(text: &str, from: usize) -> usize {
    let mut at = from;
    while ends_with_backslash(rest_of_line(text, at)) {
        let next = next_line(text, at);
        if next >= text.len() {
            break;
        }
        at = next;
    }
    at
}

#[derive(Clone, Copy)]
enum Quote {
    Double,
    Single,
    Backtick,
    /// `$'…'`
    AnsiC,
}

/// The quote that opens a value, and how many bytes it has.
fn quote_of(rest: &str) -> Option<(Quote, usize)> {
    match rest.as_bytes() {
        [b'"', ..] => Some((Quote::Double, 1)),
        [b'\'', ..] => Some((Quote::Single, 1)),
        [b'`', ..] => Some((Quote::Backtick, 1)),
        [b'$', b'\'', ..] => Some((Quote::AnsiC, 2)),
        // Text to be translated, which is the text itself everywhere but in the shell of its author.
        [b'$', b'"', ..] => Some((Quote::Double, 2)),
        _ => None,
    }
}

/// A value in quotes, over as many lines as it takes.
fn quoted(text: &str, from: usize, into: &mut Value, name: &str, reading: &mut Reading<'_>) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let found = quote_of(rest).and_then(|(quote, opening)| {
        let inside = rest.get(opening..)?;
        let length = length_to(quote, inside)?;
        Some((quote, inside.get(..length)?, from + opening + length + 1))
    });
    let Some((quote, written, behind)) = found else {
        let message = "The quote that opens the value is never closed. Close it, or put the value into another kind of quotes.";
        reading.value_problem(from, Code::Syntax, message);
        return from;
    };
    let rest = rest_of_line(text, behind);
    let is_comment = rest.trim_start().starts_with('#') && rest.starts_with([' ', '\t']);
    if !rest.trim().is_empty() && !is_comment && !shell::without_export(rest, name).trim().is_empty() {
        let message = "There is text behind the closing quote. Remove it, or put the value into another kind of quotes.";
        reading.value_problem(behind, Code::Syntax, message);
        return behind;
    }
    let value = match quote {
        Quote::Double if continues_a_line(written) => {
            let message = "A line inside the quotes ends with a backslash, with which shells join lines, and other programs do \
                           not. Write the value in one line, or put it into single quotes to keep the backslash.";
            reading.value_problem(from, Code::Syntax, message);
            return behind;
        }
        Quote::Double => {
            if !written.contains("\\$") {
                note_references(written, from, reading);
            }
            unescaped(written)
        }
        Quote::Single => written.split(SHELL_QUOTE).collect::<Vec<_>>().join("'"),
        Quote::Backtick => written.to_owned(),
        Quote::AnsiC => match shell::ansi_c(written) {
            Some(value) => value,
            None => {
                let message =
                    "An escape inside $'…' means no character. Correct it, or import the value as JSON.";
                reading.value_problem(from, Code::Syntax, message);
                return behind;
            }
        },
    };
    *into = Some(Zeroizing::new(value));
    behind
}

/// Whether a backslash that is not escaped itself stands at the end of a line.
fn continues_a_line(written: &str) -> bool {
    memchr::memchr2_iter(b'\n', b'\r', written.as_bytes())
        .any(|at| ends_with_backslash(written.get(..at).unwrap_or_default()))
}

fn note_references(value: &str, at: usize, reading: &mut Reading<'_>) {
    if is_reference(value) {
        let message = "References such as ${NAME} are stored as they are written; nothing replaces them.";
        reading.note(at, message);
    }
}

/// The one way in which a shell writes a single quote inside single quotes.
const SHELL_QUOTE: &str = "'\\''";

/// How far it is to the quote that closes a value.
fn length_to(quote: Quote, inside: &str) -> Option<usize> {
    let (sign, has_escapes) = match quote {
        Quote::Double => ('"', true),
        Quote::Single => ('\'', false),
        Quote::Backtick => ('`', false),
        Quote::AnsiC => ('\'', true),
    };
    let mut at = 0;
    loop {
        let rest = inside.get(at..)?;
        let found = rest.find(|next| next == sign || (has_escapes && next == '\\'))?;
        let rest = rest.get(found..)?;
        at += found;
        if rest.starts_with('\\') {
            at += 1 + rest.chars().nth(1)?.len_utf8();
        } else if matches!(quote, Quote::Single) && rest.starts_with(SHELL_QUOTE) {
            at += SHELL_QUOTE.len();
        } else {
            return Some(at);
        }
    }
}

fn unescaped(written: &str) -> String {
    // Never longer than it is written, so that no part of it stays behind when it would have to grow.
    let mut value = String::with_capacity(written.len());
    let mut rest = written.chars();
    while let Some(next) = rest.next() {
        if next != '\\' {
            value.push(next);
            continue;
        }
        match rest.next() {
            Some('n') => value.push('\n'),
            Some('r') => value.push('\r'),
            Some('t') => value.push('\t'),
            Some(escaped @ ('\\' | '"' | '\'' | '`' | '$')) => value.push(escaped),
            Some(other) => value.extend(['\\', other]),
            None => value.push('\\'),
        }
    }
    value
}

/// Whether another reader would put something in the place of a part of the value.
fn is_reference(value: &str) -> bool {
    value.match_indices('$').any(|(at, _)| {
        value
            .as_bytes()
            .get(at + 1)
            .is_some_and(|next| matches!(next, b'{' | b'(' | b'_') || next.is_ascii_alphabetic())
    })
}

fn skip_blanks(text: &str, from: usize) -> usize {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}
