//! Whole files: what repeats, what is empty, what is large; and that no value is ever told.

use strongroom_import_files::{Code, Format, Limits, Options, judge, read};

use super::expect::{good, notes, of, problems, values};

#[test]
fn entries_that_repeat_are_read_once_and_told() {
    let contents = good("A=1\nB=2\nA=1\n\nA=\"1\"\n", &of(Format::Env));
    assert_eq!(values(&contents), [(1, "A", "1"), (2, "B", "2")]);
    let note =
        "The entry repeats an earlier one exactly and is imported once. Found 2 times, last in line 5.";
    assert_eq!(notes(&contents), [(3, note)]);
}

#[test]
fn problems_stay_with_their_entry_when_others_collapse() {
    let contents = read("A=1\nA=1\nB='x' y\nC D=1\nE E\nF='x' y\n", &of(Format::Env));
    let stopped: Vec<_> = contents.problems.iter().map(|found| (found.line, found.entry)).collect();
    assert_eq!(stopped, [(3, Some(1)), (4, None), (5, None), (6, Some(2))]);
    assert_eq!(contents.entries[2].name, "F");
}

#[test]
fn a_file_without_entries_is_reported() {
    for text in ["", " \n\t\n", "\u{feff}"] {
        for format in [None, Some(Format::Json), Some(Format::Csv), Some(Format::Yaml)] {
            let contents = read(text, &Options { format, ..Options::default() });
            let found = judge(&contents, &Limits::default());
            assert_eq!(found.iter().map(|found| found.code).collect::<Vec<_>>(), [Code::Empty], "{text:?}");
        }
    }
    for (text, format) in [
        ("# only\n", Format::Env),
        ("[]", Format::Json),
        ("name,value\n", Format::Csv),
        ("# x", Format::Yaml),
    ] {
        assert_eq!(problems(&read(text, &of(format))), [(1, 0, None, "secrets", "REQUIRED")], "{text}");
    }
}

#[test]
fn a_file_with_more_entries_than_a_batch_takes_is_reported_unless_it_is_streamed() {
    let text: String = (0..1_001).map(|n| format!("A{n}=x\n")).collect();
    let contents = read(&text, &Options::default());
    assert_eq!(judge(&contents, &Limits::default())[0].code.as_str(), "TOO_MANY");
    assert_eq!(judge(&contents, &Limits { entries: usize::MAX, ..Limits::default() }), []);
    assert_eq!(judge(&contents, &Limits { entries: usize::MAX, value_bytes: 0 }).len(), 1_001);
}

/// Whatever is wrong around it, no part of a value reaches a problem or a note.
#[test]
fn no_value_is_reported() {
    const MARK: &str = "m4rk3r";
    let texts = [
        format!(
            "A=\"{MARK}\nB='{MARK}' {MARK}\n{MARK}\n{MARK} C=x\nD E={MARK}\nF=${{{MARK}}}\nG={MARK}\nG={MARK}2\n"
        ),
        format!("A,{MARK}\nB,{MARK}\n"),
        format!("name,value\nA,\"{MARK}\" {MARK}\nB,{MARK},{MARK}\nA,\"{MARK}\n"),
        format!("name,value,auto_rotation\nA,x,{MARK}\n"),
        format!("{{\"A\": \"{MARK}\", \"A\": \"{MARK}2\", \"B\": {{\"{MARK}\": 1}}, \"C\": null}}"),
        format!(
            "[{{\"name\": \"a b\", \"secret_string\": [\"{MARK}\"], \"secret_binary\": \"{MARK}\", \"auto_rotation\": \"{MARK}\"}}]"
        ),
        format!("{{\"A\": \"{MARK}\\x\"}}"),
        format!("{{\"A\": {MARK}}}"),
        format!("[\"{MARK}\"]"),
        format!("\"{MARK}\""),
        format!("A: {MARK}\nB: *{MARK}\nC: !{MARK} x\nD: [{MARK}]\nA: {MARK}\n"),
        format!("A: {MARK}\n {MARK}: {MARK}\n\t{MARK}"),
        format!("{{\"name\": \"n\", \"payload\": {{\"data\": \"{MARK}!\"}}}}"),
        format!("{{\"a/b\": {{\"request_id\": \"\", \"data\": {{\"k\": \"{MARK}\"}}}}}}"),
        format!("{{\"Name\": \"a b\", \"SecretBinary\": \"{MARK}\"}}"),
    ];
    for text in texts {
        for format in std::iter::once(None).chain(Format::ALL.map(Some)) {
            let contents = read(&text, &Options { format, ..Options::default() });
            let problems = judge(&contents, &Limits::default());
            let told = problems
                .iter()
                .map(|found| &found.message)
                .chain(contents.notes.iter().map(|note| &note.message));
            for message in told {
                assert!(!message.contains(MARK), "{format:?} {text}: {message}");
            }
        }
    }
}
