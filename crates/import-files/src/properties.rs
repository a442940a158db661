//! `.properties` of Java, with the escapes that `Properties.load` knows.

use std::borrow::Cow;

use zeroize::Zeroizing;

use crate::line_problem::Code;
use crate::lines::{each_line, next_line, rest_of_line};
use crate::reading::Reading;
use crate::sample::{Guess, Sample};

pub fn recognise(sample: &Sample<'_>) -> Option<Guess> {
    if sample.ends_with(&["properties"]) {
        return Guess::certain("The file name says Java properties.");
    }
    let is_assignment = |line: &&&str| line.contains('=') && !line.contains(['"', '\'']);
    let escapes = ["\\:", "\\=", "\\#", "\\!", "\\u00"];
    let has_escape = sample
        .lines
        .iter()
        .filter(is_assignment)
        .any(|line| escapes.iter().any(|escape| line.contains(escape)));
    if has_escape && !sample.ends_with(&["env"]) {
        return Guess::likely("Values have escapes such as \\: or \\u00e9, as Java properties do.");
    }
    // Java writes the time of writing into the first line.
    let first = rest_of_line(sample.text, 0);
    let words: Vec<&str> = first.trim_start_matches('#').split_whitespace().collect();
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    if first.starts_with('#') && words.len() == 6 && words.first().is_some_and(|day| days.contains(day)) {
        return Guess::likely("The first line is a date, as Java writes it into properties.");
    }
    None
}

pub fn read(reading: &mut Reading<'_>) {
    let text = reading.text;
    let mut at = 0;
    while at < text.len() {
        let line = rest_of_line(text, at);
        let trimmed = line.trim_start_matches(BLANKS);
        if trimmed.is_empty() || trimmed.starts_with(['#', '!']) {
            at = next_line(text, at);
            continue;
        }
        let start = at + (line.len() - trimmed.len());
        let (logical, next) = logical_line(text, start);
        property(&logical, start, reading);
        at = next;
    }
}

const BLANKS: [char; 3] = [' ', '\t', '\u{c}'];

/// A line with those that a backslash continues it by, and where the next one starts.
fn logical_line(text: &str, start: usize) -> (Cow<'_, str>, usize) {
    let first = rest_of_line(text, start);
    let mut next = next_line(text, start);
    if !is_continued(first) {
        return (Cow::Borrowed(first), next);
    }
    // Room for the whole text would be too much; a value that grows leaves parts behind, so its length is found first.
    let mut end = next;
    let parts: Vec<&str> = each_line(text.get(next..).unwrap_or_default())
        .scan(true, |goes_on, (at, line)| {
            let taken = goes_on.then_some(line.trim_start_matches(BLANKS));
            *goes_on = is_continued(line);
            if taken.is_some() {
                end = next_line(text, next + at);
            }
            taken
        })
        .collect();
    next = end;
    let length = first.len() + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut logical = String::with_capacity(length);
    logical.push_str(first.strip_suffix('\\').unwrap_or(first));
    for part in parts {
        logical.push_str(if is_continued(part) { part.strip_suffix('\\').unwrap_or(part) } else { part });
    }
    (Cow::Owned(logical), next)
}

fn is_continued(line: &str) -> bool {
    line.bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1
}

fn property(line: &str, at: usize, reading: &mut Reading<'_>) {
    let mut escaped = false;
    let end = line
        .char_indices()
        .find(|(_, next)| {
            let ends = !escaped && (matches!(next, '=' | ':') || BLANKS.contains(next));
            escaped = !escaped && *next == '\\';
            ends
        })
        .map_or(line.len(), |(end, _)| end);
    let (key, rest) = line.split_at(end);
    let rest = rest.trim_start_matches(BLANKS);
    let value = rest.strip_prefix(['=', ':']).map_or(rest, |rest| rest.trim_start_matches(BLANKS));
    let mut entry = reading.entry(at);
    match (unescaped(key), unescaped(value)) {
        (Some(name), Some(value)) => {
            if name.is_empty() {
                return reading.problem(at, Code::Syntax, "The line has no name. Write name=value.");
            }
            if value.contains(" #") || value.contains(" !") {
                reading.note(
                    at,
                    "Java properties have no comments behind a value: what follows # or ! belongs to it.",
                );
            }
            if value.contains("${") {
                reading.note(
                    at,
                    "References such as ${name} are stored as they are written; nothing replaces them.",
                );
            }
            entry.name = name;
            entry.secret_string = Some(Zeroizing::new(value));
        }
        (name, _) => {
            entry.name = name.unwrap_or_else(|| key.to_owned());
            let message = "A \\u in the line is not followed by four hexadecimal digits of a character. Correct it, or write the \
                           backslash twice.";
            reading.value_problem(at, Code::Syntax, message);
        }
    }
    reading.entries.push(entry);
}

/// Escapes replaced as Java does; none when a `\u` means no character.
fn unescaped(written: &str) -> Option<String> {
    // Never longer than it is written, so that no part of it stays behind when it would have to grow.
    let mut text = String::with_capacity(written.len());
    let mut rest = written.chars();
    let mut high = None;
    while let Some(next) = rest.next() {
        if next != '\\' {
            if high.is_some() {
                return None;
            }
            text.push(next);
            continue;
        }
        let escape = rest.next();
        if escape != Some('u') && high.is_some() {
            return None;
        }
        match escape {
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some('f') => text.push('\u{c}'),
            Some('u') => {
                let mut unit = 0;
                for _ in 0..4 {
                    unit = unit * 16 + rest.next()?.to_digit(16)?;
                }
                let unit = u16::try_from(unit).ok()?;
                // Characters beyond the first 65,536 are two units, as UTF-16 has them.
                match char::decode_utf16(high.take().into_iter().chain([unit])).next()? {
                    Ok(character) => text.push(character),
                    Err(_) if (0xD800..0xDC00).contains(&unit) => high = Some(unit),
                    Err(_) => return None,
                }
            }
            Some(other) => text.push(other),
            None => {}
        }
    }
    high.is_none().then_some(text)
}
