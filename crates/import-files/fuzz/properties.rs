//! What has to hold for every file, whatever is in it. The fuzz targets check it, and so does the test that replays their corpus.

use std::collections::HashMap;

use strongroom_import_files::{
    Contents, FileEntry, Format, Items, Limits, Maps, Options, decode, judge, read, write_csv, write_env,
    write_json, write_yaml,
};

/// Reads the bytes in the format, in the one that is recognised, and, for JSON, in every other format.
pub fn hold(bytes: &[u8], format: Format) {
    let lines = bytes.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count() + 1;
    let text = match decode(bytes) {
        Ok(decoded) => decoded.text,
        Err(problem) => return assert!((1..=lines).contains(&problem.line)),
    };
    let mut formats = vec![Some(format), None];
    if format == Format::Json {
        formats.extend(Format::ALL.map(Some));
    }
    for format in formats {
        let maps = if bytes.len().is_multiple_of(2) { Maps::OneSecret } else { Maps::OneSecretEach };
        let flatten = Some(".".to_owned()).filter(|_| bytes.len().is_multiple_of(3));
        let items = if bytes.len().is_multiple_of(5) { Items::Json } else { Items::Password };
        let contents = read(&text, &Options { format, maps, items, flatten, ..Options::default() });
        places_are_in_the_text(&contents, &text);
        suggested_names_fit(&contents);
        entries_read_back(&contents);
    }
}

fn places_are_in_the_text(contents: &Contents, text: &str) {
    let lines = text.matches(['\n', '\r']).count() + 1;
    let problems = judge(contents, &Limits::default());
    let reported = problems.iter().map(|problem| problem.line);
    let reported = reported.chain(contents.notes.iter().map(|note| note.line));
    for line in reported.chain(contents.entries.iter().map(|entry| entry.line)) {
        assert!((1..=lines).contains(&line), "line {line} of {lines}");
    }
    for entry in problems.iter().filter_map(|problem| problem.entry) {
        assert!(entry < contents.entries.len(), "entry {entry} of {}", contents.entries.len());
    }
}

fn suggested_names_fit(contents: &Contents) {
    let mut names: HashMap<&str, &str> = HashMap::new();
    for entry in &contents.entries {
        let suggestion = entry.suggested_name.as_str();
        let name = if suggestion.is_empty() { entry.name.as_str() } else { suggestion };
        let fits = |next: u8| next.is_ascii_alphanumeric() || matches!(next, b'.' | b'_' | b'-');
        assert!(suggestion.len() <= 64 && suggestion.bytes().all(fits), "{suggestion}");
        let other = names.insert(name, &entry.name);
        assert!(other.is_none_or(|other| other == entry.name), "two names become {name}");
    }
}

fn entries_read_back(contents: &Contents) {
    let mut firsts = HashMap::new();
    let entries: Vec<FileEntry> = contents
        .entries
        .iter()
        .filter(|entry| {
            let first: &mut &FileEntry = firsts.entry(&entry.name).or_insert(entry);
            std::ptr::eq(*first, *entry) || !first.equals(entry)
        })
        .cloned()
        .collect();
    if entries.is_empty() {
        return;
    }
    reads_back(&write_json(&entries), Format::Json, &entries);
    reads_back(&write_yaml(&entries), Format::Yaml, &entries);
    if let Ok(text) = write_csv(&entries) {
        reads_back(&text, Format::Csv, &entries);
    }
    if let Ok(text) = write_env(&entries) {
        reads_back(&text, Format::Env, &entries);
    }
}

fn reads_back(text: &str, format: Format, entries: &[FileEntry]) {
    let contents = read(text, &Options { format: Some(format), ..Options::default() });
    assert_eq!(contents.problems, [], "{format:?}");
    assert_eq!(contents.entries.len(), entries.len(), "{format:?}");
    for (read, written) in contents.entries.iter().zip(entries) {
        assert!(read.equals(written), "{format:?}, line {}", read.line);
    }
}
