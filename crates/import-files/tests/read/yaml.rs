//! YAML as text, and what of it is not taken.

use strongroom_import_files::{Code, Format, judge, read};

use super::expect::{good, of, problems, values};

#[test]
fn every_value_stays_the_text_it_is() {
    let text = "no: no\nnumber: 0123\nexponent: 1e3\nnull: ~\nword: null\nday: 2024-01-02\nyes: true\nfloat: 1.10\n\
                hex: 0xFF\nempty:\nsexagesimal: 12:30:45\ntagged: !!str 1\n";
    let contents = good(text, &of(Format::Yaml));
    let read: Vec<_> = values(&contents).into_iter().map(|(_, _, value)| value).collect();
    assert_eq!(
        read,
        ["no", "0123", "1e3", "~", "null", "2024-01-02", "true", "1.10", "0xFF", "", "12:30:45", "1"]
    );
}

#[test]
fn blocks_and_quotes_are_what_yaml_says() {
    let text = "\
literal: |
  one
    two

  three
kept: |+
  x

stripped: |-
  x
folded: >
  one
  two

  three
double: \"a\\tb\\u00fc \\
  c\"
single: 'it''s'
plain: several
  words # comment
";
    let contents = good(text, &of(Format::Yaml));
    assert_eq!(
        values(&contents),
        [
            (1, "literal", "one\n  two\n\nthree\n"),
            (6, "kept", "x\n\n"),
            (9, "stripped", "x"),
            (11, "folded", "one two\nthree\n"),
            (16, "double", "a\tbü c"),
            (18, "single", "it's"),
            (19, "plain", "several words"),
        ]
    );
}

#[test]
fn entries_in_our_form_are_a_list_or_lie_under_secrets() {
    let list = "\
- name: a
  secret_string: no
  auto_rotation: false
  event_subscriptions: [e]
- {name: b, secret_binary: AAEC, description: \"d\"}
- key: c
  value: 1
";
    let contents = good(list, &of(Format::Yaml));
    assert_eq!(values(&contents), [(1, "a", "no"), (5, "b", "AAEC"), (6, "c", "1")]);
    assert_eq!(contents.entries[1].description, "d");
    let under = format!("secrets:\n{list}");
    assert_eq!(values(&good(&under, &of(Format::Yaml)))[0], (2, "a", "no"));
    assert_eq!(values(&good("secrets:\n  a: x\n", &of(Format::Yaml))), [(2, "a", "x")]);
    assert_eq!(values(&good("---\na: x\n...\n", &of(Format::Yaml))), [(2, "a", "x")]);
}

#[test]
fn what_is_not_taken_is_reported_with_its_line() {
    let text = "\
a: &x 1
b: *x
c: !!int 3
d: !secret 4
e: [1, 2]
f: {g: h}
a: again
<<: *x
";
    assert_eq!(
        problems(&read(text, &of(Format::Yaml))),
        [
            (1, 7, Some(0), "secret_string", "NOT_SUPPORTED"),
            (2, 4, Some(1), "secret_string", "NOT_SUPPORTED"),
            (3, 10, Some(2), "secret_string", "NOT_SUPPORTED"),
            (4, 12, Some(3), "secret_string", "NOT_SUPPORTED"),
            (5, 4, Some(4), "secret_string", "NOT_SUPPORTED"),
            (6, 4, Some(5), "secret_string", "NOT_SUPPORTED"),
            (7, 1, Some(6), "name", "REPEATED_KEY"),
            (8, 1, None, "", "NOT_SUPPORTED"),
        ]
    );
}

#[test]
fn every_document_is_read() {
    let contents = good("a: x\n---\nb: y\n---\n", &of(Format::Yaml));
    assert_eq!(values(&contents), [(1, "a", "x"), (3, "b", "y")]);
}

#[test]
fn typos_in_fields_are_reported() {
    let contents = read("- name: a\n  secret_sting: x\n  auto_rotation: 'true'\n", &of(Format::Yaml));
    assert_eq!(
        problems(&contents),
        [
            (1, 0, Some(0), "secret_string", "REQUIRED"),
            (2, 3, Some(0), "", "UNKNOWN_FIELD"),
            (3, 18, Some(0), "auto_rotation", "WRONG_TYPE"),
        ]
    );
}

#[test]
fn text_that_is_not_yaml_is_reported_where_it_breaks() {
    for (text, line, says) in [
        ("a: x\n\tb: y\n", 1, "no tab"),
        ("a: x\n b: y\n", 2, "a colon here"),
        ("a: \"x\n", 2, "A quote that was opened above"),
        ("a: \"\\q\"\n", 1, "starts an escape"),
        ("a: x\nb\nc: y\n", 2, "has no name"),
        ("a: @x\n", 1, "not YAML from here"),
        ("a: [x\n", 1, "A bracket"),
        ("a:\n\t- x\n", 2, "no tab"),
    ] {
        let found = judge(&read(text, &of(Format::Yaml)), &Default::default());
        assert_eq!(found.len(), 1, "{text}");
        assert_eq!(found[0].code, Code::Syntax, "{text}");
        assert!(found[0].message.contains(says), "{text}: {}", found[0].message);
        assert_eq!(found[0].line, line, "{text}: {}", found[0].message);
    }
    let single = read("only words\n", &of(Format::Yaml));
    assert_eq!(problems(&single), [(1, 1, None, "", "SYNTAX")]);
}

#[test]
fn nesting_and_aliases_are_bounded() {
    for text in ["[".repeat(65), "[".repeat(1_000_000), "- ".repeat(1_000_000), "{a: ".repeat(100_000)] {
        assert_eq!(read(&text, &of(Format::Yaml)).problems[0].code, Code::TooDeep);
    }
    // Each line would be ten times the one before, if aliases were followed.
    let mut bomb = String::from("a0: &a0 lol\n");
    for level in 1..=60 {
        let below = format!("*a{}", level - 1);
        bomb += &format!("a{level}: &a{level} [{}]\n", vec![below; 10].join(", "));
    }
    assert_eq!(read(&bomb, &of(Format::Yaml)).entries.len(), 61);
}
