//! What was read, as text that a test can compare.

use strongroom_import_files::{Contents, FileEntry, Format, Limits, Options, judge, read};

pub fn of(format: Format) -> Options {
    Options { format: Some(format), ..Options::default() }
}

/// Line, name and value of each entry.
pub fn values(contents: &Contents) -> Vec<(usize, &str, &str)> {
    contents
        .entries
        .iter()
        .map(|entry| (entry.line, entry.name.as_str(), value(entry).unwrap_or("(none)")))
        .collect()
}

pub fn value(entry: &FileEntry) -> Option<&str> {
    entry.secret_string.as_ref().or(entry.secret_binary.as_ref()).map(|value| value.as_str())
}

/// Line, column, entry, field and code of each problem, those of the rules too.
pub fn problems(contents: &Contents) -> Vec<(usize, usize, Option<usize>, &'static str, &'static str)> {
    judge(contents, &Limits::default())
        .iter()
        .map(|found| (found.line, found.column, found.entry, found.field, found.code.as_str()))
        .collect()
}

/// Reads a text of which nothing is wrong.
pub fn good(text: &str, options: &Options) -> Contents {
    let contents = read(text, options);
    assert_eq!(problems(&contents), [], "{text}");
    contents
}

pub fn notes(contents: &Contents) -> Vec<(usize, &str)> {
    contents.notes.iter().map(|note| (note.line, &*note.message)).collect()
}
