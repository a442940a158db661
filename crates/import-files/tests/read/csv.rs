//! CSV: titles, separators, quotes, and cells that are never altered.

use strongroom_import_files::{Code, CsvOptions, Field, Format, Options, judge, read};

use super::expect::{good, notes, of, problems, values};

fn with(csv: CsvOptions) -> Options {
    Options { format: Some(Format::Csv), csv, ..Options::default() }
}

fn column(title: &str, field: &str) -> (String, String) {
    (title.to_owned(), field.to_owned())
}

#[test]
fn cells_are_taken_as_they_are() {
    let text = "name,value\n\
        A,x y \n\
        B,\"with, comma\"\n\
        C,\"say \"\"hi\"\"\"\n\
        D,\"line\none\r\ntwo\"\n\
        E,=1+1\n\
        F,\n\
        G,\"\"\n\
        \n\
        H,a\"b\n\
        I,0123\n";
    assert_eq!(
        values(&good(text, &of(Format::Csv))),
        [
            (2, "A", "x y "),
            (3, "B", "with, comma"),
            (4, "C", "say \"hi\""),
            (5, "D", "line\none\r\ntwo"),
            (8, "E", "=1+1"),
            (9, "F", ""),
            (10, "G", ""),
            (12, "H", "a\"b"),
            (13, "I", "0123"),
        ]
    );
}

#[test]
fn every_field_has_a_column() {
    let text = "name,secret_binary,description,kms_key_id,secret_type,auto_rotation,rotation_period,rotation_func_urn,\
                enterprise_project_id,event_subscriptions,on_existing\n\
                a,AAEC,d,k,COMMON,TRUE,1d,f,0,e,SKIP\nb,AAEC,,,,false,,,,,\n";
    let contents = good(text, &of(Format::Csv));
    let [a, b] = contents.entries.as_slice() else { panic!() };
    assert!(a.secret_string.is_none() && a.auto_rotation && a.event_subscriptions == ["e"]);
    assert_eq!(
        [&a.description, &a.kms_key_id, &a.secret_type, &a.rotation_period, &a.rotation_func_urn],
        ["d", "k", "COMMON", "1d", "f"]
    );
    assert_eq!((a.enterprise_project_id.as_str(), a.on_existing.as_deref()), ("0", Some("SKIP")));
    assert!(!b.auto_rotation && b.on_existing.is_none() && b.description.is_empty());
}

#[test]
fn titles_are_known_by_several_words() {
    for (titles, expected) in [
        ("Key,Value", [Some(Field::Name), Some(Field::SecretString)]),
        ("Secret Name,Secret-Value", [Some(Field::Name), Some(Field::SecretString)]),
        ("name,secret", [Some(Field::Name), Some(Field::SecretString)]),
        ("secret,value", [Some(Field::Name), Some(Field::SecretString)]),
        ("value,name", [Some(Field::SecretString), Some(Field::Name)]),
        ("name,comment", [Some(Field::Name), Some(Field::Description)]),
        ("name,notes", [Some(Field::Name), None]),
        ("name,key", [Some(Field::Name), None]),
    ] {
        let contents = read(&format!("{titles}\na,b\n"), &of(Format::Csv));
        let fields: Vec<_> = contents.columns.iter().map(|column| column.field).collect();
        assert_eq!(fields, expected, "{titles}");
    }
}

#[test]
fn columns_can_be_said_and_the_others_are_reported() {
    let text = "Login,Pass,Name,Site\nann,x,web,s\n";
    let said = vec![column("Login", "name"), column("Pass", "secret_string")];
    let contents = good(text, &with(CsvOptions { columns: said, ..CsvOptions::default() }));
    assert_eq!(values(&contents), [(2, "ann", "x")]);
    assert_eq!(notes(&contents), [(1, "Columns that are not imported: Name, Site.")]);
    let left_out = vec![column("value", "")];
    let contents =
        read("name,value\na,x\n", &with(CsvOptions { columns: left_out, ..CsvOptions::default() }));
    assert_eq!(problems(&contents), [(1, 1, None, "", "COLUMNS")]);
}

/// Without a line of titles the first line is a record, and what stands in it may be a value.
#[test]
fn what_may_be_no_title_is_never_shown() {
    let numbers = |text: &str, said: Vec<(String, String)>| -> Vec<String> {
        let contents = read(text, &with(CsvOptions { columns: said, ..CsvOptions::default() }));
        let told = contents.notes.iter().map(|note| &note.message);
        let told = told.chain(contents.problems.iter().map(|found| &found.message));
        for message in told {
            assert!(!message.contains("hunter2") && !message.contains("db-password"), "{message}");
        }
        contents.columns.into_iter().map(|column| column.title).collect()
    };
    assert_eq!(numbers("db-password,hunter2\na,b\n", Vec::new()), ["1", "2"]);
    assert_eq!(numbers("secret,hunter2\na,b\n", Vec::new()), ["secret", "2"]);
    assert_eq!(numbers("name,value,9\na,b,c\n", Vec::new()), ["name", "value", "3"]);
    assert_eq!(numbers("name,value,owner\na,b,c\n", Vec::new()), ["name", "value", "owner"]);
    let said = vec![column("1", "name"), column("2", "secret_string")];
    assert_eq!(numbers("db-password,hunter2\na,b\n", said), ["1", "2"]);
}

#[test]
fn columns_can_be_said_by_their_number() {
    let said = vec![column("2", "name"), column("1", "secret_string")];
    let contents = read("Pass,Login\nx,ann\n", &with(CsvOptions { columns: said, ..CsvOptions::default() }));
    assert_eq!(values(&contents), [(2, "ann", "x")]);
    for beyond in ["0", "3"] {
        let said = CsvOptions { columns: vec![column(beyond, "name")], ..CsvOptions::default() };
        assert_eq!(read("name,value\na,x\n", &with(said)).problems[0].code, Code::Columns);
    }
}

#[test]
fn columns_that_are_not_there_are_reported() {
    let said = vec![column("Pass", "secret_string"), column("value", "secret_sting")];
    let contents = read("name,value\na,x\n", &with(CsvOptions { columns: said, ..CsvOptions::default() }));
    let codes: Vec<_> = contents.problems.iter().map(|found| (found.line, found.code)).collect();
    assert_eq!(codes, [(1, Code::Columns), (1, Code::Columns)]);
    for text in ["a,b\nc,d\n", "x\ny\n"] {
        let contents = read(text, &of(Format::Csv));
        assert_eq!((contents.problems.len(), contents.entries.len()), (1, 0), "{text}");
        assert_eq!(contents.problems[0].code, Code::Columns, "{text}");
        // The first line may be a record, so its cells are never repeated.
        assert_eq!(notes(&contents), [], "{text}");
    }
}

#[test]
fn the_first_line_tells_the_separator() {
    for (text, told) in [
        ("name;value\nA;x,y\n", "The separator is a semicolon."),
        ("name\tvalue\nA\tx,y\n", "The separator is a tab."),
        ("name;value;\"a,b,c,d\"\nA;x,y;z\n", "The separator is a semicolon."),
    ] {
        let contents = good(text, &of(Format::Csv));
        assert_eq!(values(&contents), [(2, "A", "x,y")]);
        assert_eq!(notes(&contents)[0], (1, told));
    }
    let said = CsvOptions { separator: Some(';'), ..CsvOptions::default() };
    assert_eq!(values(&good("name;value;a,b,c,d\nA;x;\n", &with(said)))[0].1, "A");
    let unknown = CsvOptions { separator: Some('^'), ..CsvOptions::default() };
    assert_eq!(read("name,value\nA,x\n", &with(unknown)).problems[0].code, Code::Columns);
}

#[test]
fn windows_line_ends_and_a_mark_at_the_start_are_no_part_of_a_cell() {
    let contents = good("\u{feff}name,value\r\nA,x\r\n\r\nB,y", &of(Format::Csv));
    assert_eq!(values(&contents), [(2, "A", "x"), (4, "B", "y")]);
}

#[test]
fn broken_records_are_reported_and_the_others_read() {
    let text = "name,value,auto_rotation\nA,x\nB,x,no\nC,\"x\"y,\nD,x,,\nE,x,true\n";
    let contents = read(text, &of(Format::Csv));
    assert_eq!(
        problems(&contents),
        [
            (2, 3, Some(0), "", "SYNTAX"),
            (3, 5, Some(1), "auto_rotation", "WRONG_TYPE"),
            (4, 3, Some(2), "secret_string", "SYNTAX"),
            (5, 6, Some(3), "", "SYNTAX"),
            (6, 0, Some(4), "rotation_period", "REQUIRED"),
            (6, 0, Some(4), "rotation_func_urn", "REQUIRED"),
        ]
    );
}

#[test]
fn a_quote_that_is_never_closed_is_reported_where_it_opens() {
    let contents = read("name,value\nA,x\nB,\"x\nC,y\n", &of(Format::Csv));
    let found = judge(&contents, &Default::default());
    assert_eq!((found[0].line, found[0].column, found[0].entry), (3, 3, Some(1)));
    assert!(found[0].message.contains("not closed"));
}

#[test]
fn quotes_inside_a_cell_are_written_twice() {
    for (cell, fine) in [
        ("\"a\"", true),
        ("\"\"\"\"", true),
        ("\"a\"\"b\"", true),
        ("\"\"\"a\"\"\"", true),
        ("\"a\"b\"", false),
        ("\"a\" ", false),
        ("\"\"\"", false),
        ("\"", false),
    ] {
        for text in [
            format!("name,value\na,{cell}\n"),
            format!("name,value\na,{cell}"),
            format!("value,name\r\n{cell},a\r\n"),
        ] {
            let wrong = read(&text, &of(Format::Csv)).problems.iter().any(|found| found.code == Code::Syntax);
            assert_eq!(wrong, !fine, "{text:?}");
        }
    }
}
