//! What is written reads back byte for byte, for any entry there can be.

use proptest::prelude::*;
use strongroom_import_files::{
    FileEntry, Format, Unwritable, read, write_csv, write_env, write_json, write_yaml,
};

use super::expect::of;

/// Text with everything that one of the formats treats in a way of its own.
fn text() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        any::<char>().prop_map(String::from),
        "[ -~]{0,8}",
        prop::sample::select(vec![
            "\n", "\r\n", "\r", "\t", "\"", "'", "`", "\\", "\\n", "$", "${A}", "#", " #", ",", ";", ": ",
            "- ", "---", "|", ">", "~", "no", "0123", "1e3", "=1+1", "&a", "*a", "!!int", "\u{85}",
            "\u{2028}", "\u{feff}", "\0", "\u{7f}", "ü", "𝄞", "\u{ffff}", " ",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(pieces, 0..6).prop_map(|pieces| pieces.concat())
}

/// The parts of an entry, because an entry itself cannot be printed: both values, the other texts, the switch, the events.
type Parts = (Option<String>, Option<String>, [String; 7], bool, Vec<String>);

fn parts() -> impl Strategy<Value = Vec<Parts>> {
    let values = (prop::option::of(text()), prop::option::of(text()));
    let others = (prop::array::uniform7(text()), any::<bool>(), prop::collection::vec(text(), 0..3));
    let one = (values, others)
        .prop_map(|((string, binary), (texts, on, events))| (string, binary, texts, on, events));
    prop::collection::vec(one, 0..5)
}

/// Entries whose names differ, because those that say the same are read once.
fn entries(parts: Vec<Parts>, name: &str) -> Vec<FileEntry> {
    let one = |(index, (string, binary, texts, auto_rotation, event_subscriptions)): (usize, Parts)| {
        let [
            description,
            kms_key_id,
            secret_type,
            rotation_period,
            rotation_config,
            rotation_func_urn,
            on_existing,
        ] = texts;
        FileEntry {
            name: format!("{name}{index}"),
            secret_string: string.map(Into::into),
            secret_binary: binary.map(Into::into),
            on_pending: Some(on_existing.clone()).filter(|text| text.len() > 3),
            on_existing: Some(on_existing).filter(|text| !text.is_empty()),
            enterprise_project_id: description.clone(),
            description,
            kms_key_id,
            secret_type,
            auto_rotation,
            rotation_period,
            rotation_config,
            event_subscriptions,
            rotation_func_urn,
            ..FileEntry::default()
        }
    };
    parts.into_iter().enumerate().map(one).collect()
}

fn reads_back(text: &str, format: Format, entries: &[FileEntry]) {
    let contents = read(text, &of(format));
    assert_eq!(contents.problems, [], "{format:?} {text}");
    assert_eq!(contents.entries.len(), entries.len(), "{format:?} {text}");
    for (read, written) in contents.entries.iter().zip(entries) {
        assert!(read.equals(written), "{format:?} {text}");
    }
}

proptest! {
    #[test]
    fn every_entry_as_json_and_yaml(parts in parts(), name in text()) {
        let entries = entries(parts, &name);
        reads_back(&write_json(&entries), Format::Json, &entries);
        reads_back(&write_yaml(&entries), Format::Yaml, &entries);
    }

    #[test]
    fn entries_with_a_value_as_csv(parts in parts(), name in text()) {
        let mut entries = entries(parts, &name);
        for entry in &mut entries {
            if entry.secret_binary.is_none() {
                entry.secret_string.get_or_insert_default();
            }
            entry.event_subscriptions.retain(|event| !event.is_empty() && !event.contains(char::is_whitespace));
        }
        reads_back(&write_csv(&entries).unwrap(), Format::Csv, &entries);
    }

    #[test]
    fn names_with_values_as_env(values in prop::collection::vec(text(), 1..5)) {
        let entry = |(index, value): (usize, String)| FileEntry {
            name: format!("A.b-c_{index}"),
            secret_string: Some(value.replace('\0', "").into()),
            ..FileEntry::default()
        };
        let entries: Vec<FileEntry> = values.into_iter().enumerate().map(entry).collect();
        reads_back(&write_env(&entries).unwrap(), Format::Env, &entries);
    }
}

#[test]
fn json_is_one_entry_a_line_with_what_is_given() {
    let entry = FileEntry {
        name: "a".to_owned(),
        secret_string: Some("x\u{1}\"\n".to_owned().into()),
        auto_rotation: true,
        event_subscriptions: vec!["e".to_owned(), "f".to_owned()],
        ..FileEntry::default()
    };
    assert_eq!(
        *write_json(&[entry.clone(), entry]),
        "{\"secrets\": [\n  {\"name\": \"a\", \"secret_string\": \"x\\u0001\\\"\\n\", \"auto_rotation\": true, \
         \"event_subscriptions\": [\"e\", \"f\"]},\n  {\"name\": \"a\", \"secret_string\": \"x\\u0001\\\"\\n\", \
         \"auto_rotation\": true, \"event_subscriptions\": [\"e\", \"f\"]}\n]}\n"
    );
}

#[test]
fn what_a_format_cannot_hold_is_rejected_and_not_lost() {
    let fine = FileEntry {
        name: "a".to_owned(),
        secret_string: Some("x".to_owned().into()),
        ..FileEntry::default()
    };
    let rejected = |result: Result<_, Unwritable>| result.err().map(|rejected| rejected.entry);
    let with = |change: fn(&mut FileEntry)| {
        let mut entry = fine.clone();
        change(&mut entry);
        [fine.clone(), entry]
    };
    for change in [
        (|entry| entry.name = "a b".to_owned()) as fn(&mut FileEntry),
        |entry| entry.description = "d".to_owned(),
        |entry| entry.auto_rotation = true,
        |entry| entry.event_subscriptions.push(String::new()),
        |entry| entry.secret_string = None,
        |entry| entry.secret_string = Some("x\0".to_owned().into()),
        |entry| entry.secret_binary = Some("AAEC".to_owned().into()),
        |entry| entry.on_existing = Some("SKIP".to_owned()),
        |entry| entry.on_pending = Some("SKIP".to_owned()),
    ] {
        assert_eq!(rejected(write_env(&with(change))), Some(1));
    }
    for change in [
        (|entry| entry.secret_string = None) as fn(&mut FileEntry),
        |entry| entry.event_subscriptions.push("a b".to_owned()),
        |entry| entry.event_subscriptions.push(String::new()),
    ] {
        assert_eq!(rejected(write_csv(&with(change))), Some(1));
    }
}
