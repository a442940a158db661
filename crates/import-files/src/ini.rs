//! INI: sections with settings. The name of a secret is the section, a dot and the key.
//!
//! Programs differ in what they do with quotes and with comments behind a value, so both are kept, with a note.

use std::collections::HashMap;

use zeroize::Zeroizing;

use crate::env::key_block;
use crate::field::Field;
use crate::line_problem::Code;
use crate::lines::each_line;
use crate::reading::Reading;
use crate::sample::{Guess, Sample, is_section};

pub fn recognise(sample: &Sample<'_>) -> Option<Guess> {
    let is_named = sample.ends_with(&["ini", "cfg", "cnf", "conf", "desktop", "credentials", "config"]);
    let has_sections = sample.lines.iter().any(|line| is_section(line));
    if sample.starts_with_section() {
        return if is_named {
            Guess::certain("It has sections such as [default], and the file name says INI.")
        } else {
            Guess::likely("It has sections such as [default], as INI does.")
        };
    }
    if is_named && (has_sections || sample.first().contains('=')) && !sample.first().starts_with(['{', '<']) {
        return Guess::likely("The file name says INI.");
    }
    None
}

pub fn read(reading: &mut Reading<'_>) {
    let mut section: Option<&str> = None;
    let mut firsts: HashMap<String, usize> = HashMap::new();
    let mut setting: Option<usize> = None;
    let mut block_end = 0;
    for (start, line) in each_line(reading.text) {
        if start < block_end {
            continue;
        }
        let trimmed = line.trim();
        let at = start + (line.len() - line.trim_start().len());
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            continue;
        }
        if is_section(trimmed) {
            let name = trimmed.split(']').next().unwrap_or_default();
            section = name.get(1..).map(str::trim);
            setting = None;
            continue;
        }
        let is_indented = line.starts_with([' ', '\t']);
        let Some(separator) = trimmed.find(['=', ':']).filter(|at| *at > 0) else {
            match setting.filter(|_| is_indented) {
                Some(_) => continued(at, reading),
                None => reading.problem(
                    at,
                    Code::Syntax,
                    "The line has no '='. Write key = value, or ; before a comment.",
                ),
            }
            continue;
        };
        let (key, value) = (trimmed.get(..separator).unwrap_or_default(), trimmed.get(separator + 1..));
        let (key, value) = (key.trim(), value.unwrap_or_default().trim());
        let name = section.map(|section| format!("{section}.")).unwrap_or_default() + key;
        let mut entry = reading.entry(at);
        if let Some(first) = firsts.get(&name).copied() {
            reading.repeated_key_of_entry(first, at, Some(Field::Name));
        } else {
            firsts.insert(name.clone(), at);
        }
        entry.name = name;
        if let Some(end) = key_block(reading.text, start, value) {
            let message = "The value is the first line of a key or certificate of several lines, for which INI has no rule. Import \
                           it as JSON or YAML.";
            reading.value_problem(at, Code::Syntax, message);
            block_end = end + 1;
        } else {
            note_value(value, at, reading);
            entry.secret_string = Some(Zeroizing::new(value.to_owned()));
        }
        setting = Some(at);
        reading.entries.push(entry);
    }
}

/// Some programs join indented lines to the value above, with a line break or without, and others do not.
fn continued(at: usize, reading: &mut Reading<'_>) {
    let message = "An indented line continues the value above in some programs, and is lost in others. Write the value in one \
                   line.";
    reading.problem(at, Code::Syntax, message);
}

fn note_value(value: &str, at: usize, reading: &mut Reading<'_>) {
    if value.contains(" #") || value.contains(" ;") {
        reading.note(at, "The value has # or ; behind a space. Most programs take that as part of the value, and so does this one.");
    }
    let is_quoted = |quote| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote);
    if is_quoted('"') || is_quoted('\'') {
        reading.note(at, "The quotes around the value are kept: INI has no rule for them. Take them out if they do not belong to it.");
    }
}
