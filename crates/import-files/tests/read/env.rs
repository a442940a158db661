//! Each rule of `.env`, as the README states it.

use strongroom_import_files::{Format, read};

use super::expect::{good, notes, of, problems, values};

fn value(text: &str) -> String {
    let contents = good(text, &of(Format::Env));
    assert_eq!(contents.entries.len(), 1, "{text}");
    let (_, name, value) = values(&contents)[0];
    assert_eq!(name, "A", "{text}");
    value.to_owned()
}

#[test]
fn rules_of_values() {
    for (text, expected) in [
        // Without quotes: to the end of the line, without the spaces around it.
        ("A=x", "x"),
        ("A=", ""),
        ("A=   ", ""),
        (" A = x y ", "x y"),
        ("\tA\t=\tx\t", "x"),
        ("A=x=y==", "x=y=="),
        ("A=C:\\new\\t", "C:\\new\\t"),
        ("A=it's \"so\"", "it's \"so\""),
        // Comments: behind a space, or where the value would start.
        ("A=x # why", "x"),
        ("A=x\t# why", "x"),
        ("A=x#y", "x#y"),
        ("# why\n\n  # why\nA=x", "x"),
        // Export, as shells and one exporter write it.
        ("export A=x", "x"),
        ("export\tA=x", "x"),
        ("export -- A='x'", "x"),
        // Double quotes: these escapes, and all others as they are.
        ("A=\"x y\"", "x y"),
        ("A=\"x\" # why", "x"),
        ("A=\"x # y\"", "x # y"),
        (r#"A="\n\r\t\\\"\'\`\$\x\u0041""#, "\n\r\t\\\"'`$\\x\\u0041"),
        ("A=\"\"", ""),
        ("A=\"x\ny\n\nz\"", "x\ny\n\nz"),
        ("A=\"# no comment\n B=x\"", "# no comment\n B=x"),
        // Single quotes and backticks: as it stands.
        (r"A='\n$B'", r"\n$B"),
        ("A='x\ny'", "x\ny"),
        (r"A='it'\''s'", "it's"),
        ("A=`\"it's\"\\n`", "\"it's\"\\n"),
        ("A='x'   ", "x"),
        // Line ends of Windows end lines, and stay inside quotes.
        ("A=x\r\n", "x"),
        ("A='x'\r\n", "x"),
        ("A=x # why\r\n", "x"),
        ("A='x\r\ny'\r\n", "x\r\ny"),
        // A mark at the start is not a part of the name.
        ("\u{feff}A=x", "x"),
        ("A=ü\u{a0}", "ü\u{a0}"),
    ] {
        assert_eq!(value(text), expected, "{text:?}");
    }
}

#[test]
fn lines_are_counted_through_values_of_several() {
    let contents = good("# one\nA='x\ny\nz'\n\nexport B=2\nC.c-c=3", &of(Format::Env));
    assert_eq!(values(&contents), [(2, "A", "x\ny\nz"), (6, "B", "2"), (7, "C.c-c", "3")]);
}

#[test]
fn references_are_kept_and_reported_once() {
    let contents = good("A=x\nB=${A}/$HOME\nC=\"$(pwd)\"\nD='$A'", &of(Format::Env));
    assert_eq!(values_of(&contents), ["x", "${A}/$HOME", "$(pwd)", "$A"]);
    assert_eq!(notes(&contents).iter().map(|(line, _)| *line).collect::<Vec<_>>(), [2]);
    for text in ["A='${B}'", "A=\"\\${B}\"", "A=`$B`", "A=5$", "A=$5"] {
        assert_eq!(notes(&good(text, &of(Format::Env))), [], "{text}");
    }
}

fn values_of(contents: &strongroom_import_files::Contents) -> Vec<&str> {
    values(contents).iter().map(|(_, _, value)| *value).collect()
}

#[test]
fn every_line_that_is_no_assignment_is_reported() {
    let text = "A\nexport B\n=x\n B C=x\nD: x\nE='x' y\nF=\"x\"#y\nG='x\nH=1";
    assert_eq!(
        problems(&read(text, &of(Format::Env))),
        [
            // Lines 2 and 5 have the same problem.
            (1, 1, None, "", "SYNTAX"),
            (3, 1, None, "", "SYNTAX"),
            (4, 2, None, "", "SYNTAX"),
            (6, 6, Some(0), "secret_string", "SYNTAX"),
            (7, 6, Some(1), "secret_string", "SYNTAX"),
            (8, 3, Some(2), "secret_string", "SYNTAX"),
        ]
    );
}

#[test]
fn a_quote_that_is_never_closed_does_not_swallow_the_lines_below() {
    let contents = read("A=\"x\nB=1\nC=2", &of(Format::Env));
    assert_eq!(values_of(&contents), ["(none)", "1", "2"]);
}

#[test]
fn a_nul_in_a_value_is_reported_with_its_place() {
    let text = "A=1\nB=\"x\n\0y\"\nC=z\0 # \0\nD=1 # \0\n";
    let contents = read(text, &of(Format::Env));
    assert_eq!(
        problems(&contents),
        [
            (3, 1, Some(1), "secret_string", "NOT_SUPPORTED"),
            (4, 4, Some(2), "secret_string", "NOT_SUPPORTED"),
        ]
    );
    assert_eq!(values_of(&contents), ["1", "(none)", "(none)", "1"]);
}

#[test]
fn a_name_that_stands_twice_is_reported_with_both_lines() {
    let contents = read("A=1\nB=1\nA=2", &of(Format::Env));
    let found = strongroom_import_files::judge(&contents, &Default::default());
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].message,
        "The name of entry 3 (line 3) is the same as that of entry 1 (line 1), and the first one counts. Rename this entry or \
         take it out."
    );
}
