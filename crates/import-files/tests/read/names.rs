//! Names change only as the person who imports asks for.

use strongroom_import_files::{NameOptions, Options, judge, read};

use super::expect::{good, notes, problems, values};

fn with(prefix: &str, replacement: Option<char>) -> Options {
    Options {
        names: NameOptions { prefix: prefix.to_owned(), replacement, ..NameOptions::default() },
        ..Options::default()
    }
}

#[test]
fn names_that_do_not_fit_are_reported_with_a_way_on() {
    let contents = read("{\"app/db\": \"x\"}", &Options::default());
    let found = judge(&contents, &Default::default());
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].message,
        "The name has characters that are not allowed. Use only letters a to z or A to Z, digits, '.', '_' and '-'. Or \
         replace them with one character."
    );
}

#[test]
fn a_replacement_and_a_prefix_are_taken_and_told() {
    let contents = good("{\"app/db:x\": \"1\", \"b\": \"2\"}", &with("", Some('-')));
    assert_eq!(values(&contents), [(1, "app-db-x", "1"), (1, "b", "2")]);
    assert_eq!(notes(&contents), [(1, "Names changed as requested: 1.")]);
    let contents = good("{\"b\": \"2\"}", &with("old.", None));
    assert_eq!(values(&contents), [(1, "old.b", "2")]);
    assert_eq!(problems(&read("=x\nA=1", &with("p", None)))[0].4, "SYNTAX");
}

#[test]
fn names_that_become_the_same_are_reported() {
    let contents = read("{\"a/b\": \"1\",\n\"a-b\": \"2\"}", &with("", Some('-')));
    assert_eq!(problems(&contents), [(2, 0, Some(1), "name", "REPEATED")]);
}
