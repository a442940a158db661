//! JSON: our own form, names with values, one value a line.

use strongroom_import_files::{Code, Format, Options, judge, read};

use super::expect::{good, notes, of, problems, values};

const ANY: fn() -> Options = Options::default;

#[test]
fn the_body_of_an_import_is_read_field_by_field() {
    let text = r#"{"secrets": [
  {"name": "a", "secret_string": "x\ny", "description": "d", "kms_key_id": "k", "secret_type": "COMMON",
   "auto_rotation": true, "rotation_period": "1d", "rotation_func_urn": "f", "enterprise_project_id": "0",
   "event_subscriptions": ["e"], "on_existing": "SKIP", "on_pending": "FAIL", "line": 7},
  {"name": "b", "secret_binary": "AAEC", "rotation_config": null}
]}"#;
    let contents = good(text, &ANY());
    assert_eq!(contents.format, Format::Json);
    assert_eq!(values(&contents), [(2, "a", "x\ny"), (5, "b", "AAEC")]);
    let [a, b] = contents.entries.as_slice() else { panic!() };
    assert_eq!(
        [&a.description, &a.kms_key_id, &a.secret_type, &a.rotation_period, &a.rotation_func_urn],
        ["d", "k", "COMMON", "1d", "f"]
    );
    assert!(a.auto_rotation && a.event_subscriptions == ["e"] && a.enterprise_project_id == "0");
    assert_eq!(a.on_existing.as_deref(), Some("SKIP"));
    assert_eq!((a.line, a.on_pending.as_deref()), (2, Some("FAIL")));
    assert!(b.secret_string.is_none() && b.secret_binary.is_some() && b.on_existing.is_none());
}

#[test]
fn entries_come_as_a_list_or_one_a_line() {
    let list = r#"[{"name":"a","secret_string":"1"}, {"key":"b","value":2}]"#;
    assert_eq!(values(&good(list, &ANY())), [(1, "a", "1"), (1, "b", "2")]);
    let lines = "{\"name\":\"a\",\"secret_string\":\"1\"}\n{\"name\":\"b\",\"secret_binary\":\"\"}\n";
    assert_eq!(values(&good(lines, &ANY())), [(1, "a", "1"), (2, "b", "")]);
}

#[test]
fn names_with_values_keep_the_text_of_every_value() {
    let text = r#"{
  "text": "v",
  "big": 123456789012345678901234567890.10,
  "exponent": 1e3,
  "yes": true,
  "map": { "a" : [1, "\u0041"] },
  "list": []
}"#;
    let contents = good(text, &ANY());
    assert_eq!(
        values(&contents),
        [
            (2, "text", "v"),
            (3, "big", "123456789012345678901234567890.10"),
            (4, "exponent", "1e3"),
            (5, "yes", "true"),
            (6, "map", r#"{ "a" : [1, "\u0041"] }"#),
            (7, "list", "[]"),
        ]
    );
    let told: Vec<usize> = notes(&contents).iter().map(|(line, _)| *line).collect();
    assert_eq!(told, [6]);
}

#[test]
fn a_secret_may_be_called_secrets_or_name() {
    assert_eq!(
        values(&good(r#"{"secrets": "x", "name": "y"}"#, &ANY())),
        [(1, "secrets", "x"), (1, "name", "y")]
    );
    assert_eq!(values(&good(r#"{"secrets": {"a": "x"}}"#, &ANY())), [(1, "a", "x")]);
}

#[test]
fn what_stands_beside_the_entries_is_reported() {
    let contents = good(r#"{"atomic": true, "secrets": [{"name":"a","secret_string":"x"}]}"#, &ANY());
    assert_eq!(notes(&contents), [(1, "`atomic` beside `secrets` is not used: set it for the import.")]);
}

#[test]
fn everything_wrong_with_an_entry_is_reported_at_once() {
    let text = r#"[
  {"name": "a", "secret_string": 7, "auto_rotaton": true, "description": [],
   "name": "b", "event_subscriptions": "e"},
  "no entry",
  {"name": "c d"}
]"#;
    assert_eq!(
        problems(&read(text, &of(Format::Json))),
        [
            (2, 34, Some(0), "secret_string", "WRONG_TYPE"),
            (2, 37, Some(0), "", "UNKNOWN_FIELD"),
            (2, 74, Some(0), "description", "WRONG_TYPE"),
            (3, 4, Some(0), "name", "REPEATED_KEY"),
            (3, 40, Some(0), "event_subscriptions", "WRONG_TYPE"),
            (4, 3, None, "", "WRONG_TYPE"),
            (5, 0, Some(1), "name", "BAD_CHARACTERS"),
            (5, 0, Some(1), "secret_string", "REQUIRED"),
        ]
    );
}

#[test]
fn keys_that_stand_twice_are_reported_with_both_lines() {
    let contents = read("{\n\"a\": \"1\",\n\"b\": \"2\",\n\"a\": \"3\"}", &ANY());
    let found = judge(&contents, &Default::default());
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].line, found[0].code), (4, Code::RepeatedKey));
    assert_eq!(found[0].message, "The key stands twice, in line 2 and in line 4. Keep one of them.");
    let twice = read("{\"secrets\": [],\n\"secrets\": []}", &ANY());
    assert_eq!(problems(&twice)[0].4, "REPEATED_KEY");
}

#[test]
fn null_is_no_value() {
    assert_eq!(
        problems(&read("{\"a\":\n null}", &ANY())),
        [(2, 2, Some(0), "secret_string", "NOT_SUPPORTED")]
    );
}

#[test]
fn text_that_is_not_json_is_reported_where_it_breaks() {
    for (text, line, column, says) in [
        ("{\"a\": \"x\"", 1, 10, "ends too early"),
        ("{\"a\": \"x", 1, 7, "never closed"),
        ("{\"a\": \"x\n\"}", 1, 9, "inside quotes"),
        ("{\"a\": \"\\x\"}", 1, 8, "inside quotes"),
        ("{\"a\": \"\\ud800\"}", 1, 7, "an escape"),
        ("{\"a\" \"b\"}", 1, 6, "missing before"),
        ("{'a': 1}", 1, 2, "double quotes only"),
        ("{\n  // why\n}", 2, 3, "no comments"),
        ("{\"a\": 1,}", 1, 9, "closes too early"),
        ("[1 2]", 1, 4, "Expected a value"),
        ("{\"a\" 1}", 1, 6, "Expected a value"),
        ("{\"a\": 1} x", 1, 10, "Expected a value"),
        ("{\"a\": 1}, {\"b\": 1}", 1, 9, "Expected a value"),
        ("{\"a\": 01}", 1, 8, "Expected a value"),
    ] {
        let contents = read(text, &of(Format::Json));
        assert_eq!(contents.entries.len(), 0, "{text}");
        let found = judge(&contents, &Default::default());
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!((found[0].line, found[0].column, found[0].code), (line, column, Code::Syntax), "{text}");
        assert!(found[0].message.contains(says), "{text}: {}", found[0].message);
    }
}

#[test]
fn nesting_is_bounded() {
    let deep = "[".repeat(64) + &"]".repeat(64);
    assert_eq!(read(&deep, &ANY()).problems[0].code.as_str(), "WRONG_TYPE");
    for text in ["[".repeat(65), "[".repeat(1_000_000), "{\"a\":".repeat(1_000_000)] {
        assert_eq!(read(&text, &ANY()).problems[0].code, Code::TooDeep);
    }
}

#[test]
fn a_mark_in_the_middle_is_not_passed_over() {
    assert_eq!(read("{\"a\": 1}\n\u{feff}{\"b\": 1}", &ANY()).problems[0].line, 2);
}
