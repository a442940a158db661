//! `.env` files. The rules are stated in the README of this crate; there is no standard to follow.

use zeroize::Zeroizing;

use crate::line_problem::Code;
use crate::reading::Reading;

pub fn read(reading: &mut Reading<'_>) {
    let text = reading.text;
    let mut unexpanded = None;
    let mut at = 0;
    while at < text.len() {
        let end = end_of_line(text, at);
        let start = skip_blanks(text, at);
        at = match text.as_bytes().get(start) {
            None | Some(b'\n' | b'#') => end,
            Some(_) if rest_of_line(text, start).trim().is_empty() => end,
            Some(_) => line(text, start, &mut unexpanded, reading),
        };
        at += 1;
    }
    if let Some(at) = unexpanded {
        let message = "References such as ${NAME} are kept as they are written, here and below; nothing is put in their place.";
        reading.note(at, message);
    }
}

/// Reads the line with an assignment that starts here, and answers where it ends: lines below when the value has several.
fn line(text: &str, start: usize, unexpanded: &mut Option<usize>, reading: &mut Reading<'_>) -> usize {
    let whole = rest_of_line(text, start);
    let end = end_of_line(text, start);
    let Some(equals) = whole.find('=') else {
        reading.complain(
            start,
            Code::Syntax,
            "There is no '=' in the line. Write NAME=value, or # before a comment.",
        );
        return end;
    };
    let key = without_export(whole.get(..equals).unwrap_or_default().trim());
    if key.is_empty() {
        reading.complain(start, Code::Syntax, "There is no name before the '='. Write NAME=value.");
        return end;
    }
    // A name never has any of these, but a line inside a badly quoted value has.
    if key.contains([' ', '\t', '"', '\'', '`', '#']) {
        let message = "There is a space or a quote before the '='. Write NAME=value; the line may belong to a value above \
                       that is not in quotes.";
        reading.complain(start, Code::Syntax, message);
        return end;
    }
    let mut entry = reading.entry(start);
    entry.name = key.to_owned();
    let from = skip_blanks(text, start + equals + 1);
    let value = match text.as_bytes().get(from) {
        Some(b'"') => quoted(text, from, '"'),
        Some(b'\'') => quoted(text, from, '\''),
        Some(b'`') => quoted(text, from, '`'),
        Some(_) | None => Some(plain(text, from)),
    };
    let Some(Value { value, end: behind, expandable }) = value else {
        let message = "The quote that opens the value is never closed. Close it, or put the value into another kind of quotes.";
        reading.complain_of_next(from, "secret_string", Code::Syntax, message);
        reading.entries.push(entry);
        return end;
    };
    let rest = rest_of_line(text, behind);
    let is_comment = rest.trim_start().starts_with('#') && rest.starts_with([' ', '\t']);
    if !rest.trim().is_empty() && !is_comment {
        let message = "There is text behind the closing quote. Remove it, or put the value into another kind of quotes.";
        reading.complain_of_next(behind, "secret_string", Code::Syntax, message);
    } else if value.contains(NUL) {
        let at = from + text.get(from..behind).and_then(|written| written.find(NUL)).unwrap_or_default();
        let message = "There is a NUL character in the value, and the environment of a process cannot hold one. Take it out, or \
                       write the secret as JSON if it belongs there.";
        reading.complain_of_next(at, "secret_string", Code::NotSupported, message);
    } else {
        if expandable && is_reference(&value) {
            unexpanded.get_or_insert(from);
        }
        entry.secret_string = Some(value);
    }
    reading.entries.push(entry);
    end_of_line(text, behind)
}

/// What the environment of a process cannot hold: there it ends a text.
pub const NUL: char = '\0';

struct Value {
    value: Zeroizing<String>,
    /// The byte behind it.
    end: usize,
    /// Whether other readers would put values of other names into it.
    expandable: bool,
}

/// A value without quotes: up to the end of the line or to a comment, without the spaces around it.
fn plain(text: &str, from: usize) -> Value {
    let line = rest_of_line(text, from);
    let mut end = line.len();
    for (found, _) in line.match_indices('#') {
        if line.get(..found).is_some_and(|before| before.is_empty() || before.ends_with([' ', '\t'])) {
            end = found;
            break;
        }
    }
    let value = line.get(..end).unwrap_or_default().trim_end_matches([' ', '\t']);
    Value { value: Zeroizing::new(value.to_owned()), end: end_of_line(text, from), expandable: true }
}

/// A value in quotes, over as many lines as it takes; none when the quote is not closed.
fn quoted(text: &str, from: usize, quote: char) -> Option<Value> {
    let inside = text.get(from + 1..)?;
    let length = length_to(quote, inside)?;
    let written = inside.get(..length)?;
    let value = match quote {
        '"' => unescaped(written),
        '\'' => written.split(SHELL_QUOTE).collect::<Vec<_>>().join("'"),
        _ => written.to_owned(),
    };
    let expandable = quote == '"' && !written.contains("\\$");
    Some(Value { value: Zeroizing::new(value), end: from + 2 + length, expandable })
}

/// The one way in which a shell writes a single quote inside single quotes.
const SHELL_QUOTE: &str = "'\\''";

/// How far it is to the quote that closes a value.
fn length_to(quote: char, inside: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = inside.get(at..)?;
        let found = rest.find(|next| next == quote || (quote == '"' && next == '\\'))?;
        let rest = rest.get(found..)?;
        at += found;
        if rest.starts_with('\\') {
            at += 1 + rest.chars().nth(1)?.len_utf8();
        } else if quote == '\'' && rest.starts_with(SHELL_QUOTE) {
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

fn without_export(key: &str) -> &str {
    let Some(rest) = key.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])) else {
        return key;
    };
    let rest = rest.trim_start();
    rest.strip_prefix("--").filter(|rest| rest.starts_with([' ', '\t'])).map_or(rest, str::trim_start)
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

/// From here to the end of the line, without a carriage return before the line feed.
fn rest_of_line(text: &str, from: usize) -> &str {
    let rest = text.get(from..end_of_line(text, from)).unwrap_or_default();
    rest.strip_suffix('\r').unwrap_or(rest)
}

/// The next line feed, or the end of the text.
fn end_of_line(text: &str, from: usize) -> usize {
    text.get(from..).and_then(|rest| rest.find('\n')).map_or(text.len(), |found| from + found)
}

fn skip_blanks(text: &str, from: usize) -> usize {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}
