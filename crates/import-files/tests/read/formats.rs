//! Text formats beyond `.env`, CSV, JSON and YAML.

use strongroom_import_files::{Confidence, Format, Options, read, recognise};

use super::expect::{good, notes, of, problems, values};

fn are(text: &str, format: Format, expected: &[(usize, &str, &str)]) {
    // Names that do not fit are a problem of the rules, not of reading.
    let contents = read(text, &of(format));
    assert_eq!(contents.problems, [], "{text}");
    assert_eq!(values(&contents), expected, "{text}");
}

#[test]
fn properties_as_java_reads_them() {
    let text = "#Thu Jan 01 00:00:00 UTC 2024\n! comment\ndb.url=jdbc\\:postgresql\\://db\\:5432/app\ndb.password=p\\=w\\#d\\u00e9\n\
                db.user: ann\ndb.name app\n  key\\ with\\:signs = x \nlong=first, \\\n    second, \\\n    third\npath=C:\\\\dir\\\\\n\
                empty\nclef=\\uD834\\uDD1E\ntab=a\\tb\nodd=\\q\n";
    are(
        text,
        Format::Properties,
        &[
            (3, "db.url", "jdbc:postgresql://db:5432/app"),
            (4, "db.password", "p=w#dé"),
            (5, "db.user", "ann"),
            (6, "db.name", "app"),
            (7, "key with:signs", "x "),
            (8, "long", "first, second, third"),
            (11, "path", "C:\\dir\\"),
            (12, "empty", ""),
            (13, "clef", "𝄞"),
            (14, "tab", "a\tb"),
            (15, "odd", "q"),
        ],
    );
    for wrong in ["a=\\u12\n", "a=\\uD834x\n", "a=\\uDD1E\n", "a=\\u00zz\n"] {
        assert_eq!(
            problems(&read(wrong, &of(Format::Properties))),
            [(1, 1, Some(0), "secret_string", "SYNTAX")],
            "{wrong}"
        );
    }
}

#[test]
fn toml_as_toml_reads_it() {
    let text = "title = \"x\" # comment\nkey = \"\"\"\nline1\nline2\"\"\"\nlit = '''\na\\nb'''\n\"quoted key\" = 'C:\\x'\nport = 5432\nbig = 1_000\n\
                day = 1979-05-27T07:32:00Z\non = true\nescape = \"a\\tb\\u00e9\"\n[db]\npassword = \"s3cret\"\nmain.user = \"app\"\n\
                inline = { a = \"1\", b.c = 2 }\nlist = [ 1,\n  \"two\" ]\n[[hosts]]\nname = \"a\"\n[[hosts]]\nname = \"b\"\n";
    are(
        text,
        Format::Toml,
        &[
            (1, "title", "x"),
            (2, "key", "line1\nline2"),
            (5, "lit", "a\\nb"),
            (7, "quoted key", "C:\\x"),
            (8, "port", "5432"),
            (9, "big", "1_000"),
            (10, "day", "1979-05-27T07:32:00Z"),
            (11, "on", "true"),
            (12, "escape", "a\tbé"),
            (14, "db.password", "s3cret"),
            (15, "db.main.user", "app"),
            (16, "db.inline.a", "1"),
            (16, "db.inline.b.c", "2"),
            (17, "db.list", "[1,\"two\"]"),
            (20, "hosts.0.name", "a"),
            (22, "hosts.1.name", "b"),
        ],
    );
}

#[test]
fn lines_that_are_no_toml_are_reported_and_the_others_read() {
    let text = "a = \"1\"\nb = x y\nc\nd = \"4\"\n[broken\ne = \"\\q\"\nf = \"6\"\nf = \"7\"\n";
    let contents = read(text, &of(Format::Toml));
    let found = problems(&contents);
    assert_eq!((found[0].0, found[0].4), (2, "SYNTAX"));
    assert_eq!(contents.problems[0].count, 4);
    assert_eq!(found.last().unwrap().4, "REPEATED_KEY");
    let read: Vec<_> = values(&contents).into_iter().map(|(line, name, _)| (line, name)).collect();
    assert_eq!(read, [(1, "a"), (4, "d"), (7, "f"), (8, "f")]);
}

#[test]
fn deep_toml_and_terraform_are_bounded() {
    for format in [Format::Toml, Format::Tfvars] {
        for open in ["[", "{a = "] {
            let text = "a = ".to_owned() + &open.repeat(100_000);
            assert_eq!(read(&text, &of(format)).entries.len(), 0, "{format:?} {open}");
        }
    }
}

#[test]
fn ini_names_are_sections_and_keys() {
    let text = "; comment\ntop = 0\n[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key=abc/def+ghi=\n\n[profile prod] ; x\nurl: http://e.example\nquoted = \"x\"\n";
    let contents = good_with_names(text);
    assert_eq!(
        contents,
        [
            (2, "top".to_owned(), "0".to_owned()),
            (4, "default.aws_access_key_id".to_owned(), "AKIAEXAMPLE".to_owned()),
            (5, "default.aws_secret_access_key".to_owned(), "abc/def+ghi=".to_owned()),
            (8, "profile prod.url".to_owned(), "http://e.example".to_owned()),
            (9, "profile prod.quoted".to_owned(), "\"x\"".to_owned()),
        ]
    );
    let contents = read("[a]\nk = x\n  more\nwords\nk = y\n", &of(Format::Ini));
    let found: Vec<_> = problems(&contents).into_iter().map(|found| (found.0, found.4)).collect();
    assert_eq!(found, [(3, "SYNTAX"), (4, "SYNTAX"), (5, "REPEATED_KEY")]);
}

fn good_with_names(text: &str) -> Vec<(usize, String, String)> {
    let contents = read(text, &of(Format::Ini));
    values(&contents)
        .into_iter()
        .map(|(line, name, value)| (line, name.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn terraform_variables_without_expressions() {
    let text = "db_password = \"a$${b}%%{c}\\\"d\" # comment\n// comment\n/* more\n lines */\ndb = { user = \"app\", password : \"x\" }\ntags = [\"a\",\n  2,\n]\n\
                cert = <<EOT\n line=1\nEOT\nindented = <<-EOT\n    a\n      b\n    EOT\nport = 5432\non = true\n\"quoted\" = \"x\"\nmap = {\n  a = 1\n  b = 2\n}\n";
    are(
        text,
        Format::Tfvars,
        &[
            (1, "db_password", "a${b}%{c}\"d"),
            (5, "db", "{\"user\":\"app\",\"password\":\"x\"}"),
            (6, "tags", "[\"a\",2]"),
            (9, "cert", " line=1\n"),
            (12, "indented", "a\n  b\n"),
            (16, "port", "5432"),
            (17, "on", "true"),
            (18, "quoted", "x"),
            (19, "map", "{\"a\":1,\"b\":2}"),
        ],
    );
    let flat = Options { format: Some(Format::Tfvars), flatten: Some(".".to_owned()), ..Options::default() };
    let contents = good("db = { user = \"app\", list = [\"a\"] }\nx = 1\n", &flat);
    assert_eq!(values(&contents), [(1, "db.user", "app"), (1, "db.list.0", "a"), (2, "x", "1")]);
    for (wrong, code) in [
        ("a = var.b\n", "NOT_SUPPORTED"),
        ("a = \"${b}\"\n", "NOT_SUPPORTED"),
        ("a = file(\"x\")\n", "NOT_SUPPORTED"),
        ("a = 1 + 2\n", "SYNTAX"),
        ("a = \"x\n", "SYNTAX"),
        ("a = \"\\q\"\n", "SYNTAX"),
        ("a = <<EOT\nx\n", "SYNTAX"),
        ("a = <<EOT\n${b}\nEOT\n", "NOT_SUPPORTED"),
        ("variable \"a\" {\n", "SYNTAX"),
        ("a = [1, 2\n", "SYNTAX"),
        ("a = null\n", "NOT_SUPPORTED"),
    ] {
        let found = problems(&read(wrong, &of(Format::Tfvars)));
        assert_eq!((found[0].0, found[0].4), (1, code), "{wrong}");
    }
}

#[test]
fn variables_with_nul_between_them() {
    let contents = read("A=1\0B\0C=\"x\"\n# no comment\0", &of(Format::Env0));
    assert_eq!(values(&contents), [(1, "A", "1"), (1, "C", "\"x\"\n# no comment")]);
    assert_eq!(problems(&contents), [(1, 5, None, "", "SYNTAX")]);
}

#[test]
fn nested_names_become_one_level_on_request() {
    let flat = Options { flatten: Some(".".to_owned()), ..Options::default() };
    for (text, expected) in [
        (
            "production:\n  secret_key_base: s3cret\n  db: {user: a}\n",
            vec![(2, "production.secret_key_base", "s3cret"), (3, "production.db.user", "a")],
        ),
        (
            "services:\n  web:\n    environment:\n      - DB_PASSWORD=s3cret\n      - PORT=80\n",
            vec![
                (4, "services.web.environment.DB_PASSWORD", "s3cret"),
                (5, "services.web.environment.PORT", "80"),
            ],
        ),
        (
            "{\"a\": {\"b\": [1, \"x\"]},\n\"c\": \"y\", \"d\": {}}",
            vec![(1, "a.b.0", "1"), (1, "a.b.1", "x"), (2, "c", "y")],
        ),
    ] {
        assert_eq!(values(&good(text, &flat)), expected, "{text}");
    }
    let contents = read("a.b: 1\na:\n  b: 1\n", &flat);
    assert_eq!(problems(&contents), [(3, 3, Some(1), "name", "REPEATED_KEY")]);
    let contents = read("spring:\n  datasource:\n    password: s3cret\n", &Options::default());
    assert!(contents.problems[0].message.contains("--flatten"), "{}", contents.problems[0].message);
    let other = Options { flatten: Some("_".to_owned()), ..Options::default() };
    assert_eq!(values(&good("a:\n  b: x\n", &other)), [(2, "a_b", "x")]);
}

#[test]
fn text_formats_are_recognised_by_their_content() {
    for (text, expected, confidence) in [
        ("[default]\na = x\n", Format::Ini, Confidence::Likely),
        ("# c\n; d\n[db]\na=x\n", Format::Ini, Confidence::Likely),
        ("[db]\na = \"x\"\nb = 1\n", Format::Toml, Confidence::Likely),
        ("[[db]]\na = x\n", Format::Toml, Confidence::Likely),
        ("a = \"\"\"\nx\"\"\"\n", Format::Toml, Confidence::Likely),
        ("a = <<EOT\nx\nEOT\n", Format::Tfvars, Confidence::Likely),
        ("a = {\n  b = 1\n}\n", Format::Tfvars, Confidence::Likely),
        ("db.url=jdbc\\:x\\://y\n", Format::Properties, Confidence::Likely),
        ("#Thu Jan 01 00:00:00 UTC 2024\na=x\n", Format::Properties, Confidence::Likely),
        ("<?xml version=\"1.0\"?><KeePassFile/>", Format::KeePass, Confidence::Certain),
        ("A=x\0B=y\0", Format::Env0, Confidence::Certain),
        ("sep=;\nname;value\n", Format::Csv, Confidence::Certain),
        ("declare -x A=\"x\"\n", Format::Env, Confidence::Certain),
        ("[\"a\", \"b\"]\n", Format::Json, Confidence::Likely),
        ("[\n  {\"name\": \"a\"}\n]\n", Format::Json, Confidence::Likely),
        ("words", Format::Env, Confidence::Possible),
    ] {
        let found = recognise(text, None);
        assert_eq!((found.format, found.confidence), (expected, confidence), "{text}");
    }
}

#[test]
fn the_ending_of_the_file_name_decides_between_likely_formats() {
    for (name, expected) in [
        ("x.toml", Format::Toml),
        ("prod.tfvars", Format::Tfvars),
        ("prod.auto.tfvars", Format::Tfvars),
        ("app.properties", Format::Properties),
        ("x.ini", Format::Ini),
        (".env", Format::Env),
        (".env.production", Format::Env),
        ("prod.env", Format::Env),
        ("x.txt", Format::Env),
    ] {
        assert_eq!(recognise("a = \"x\"\n", Some(name)).format, expected, "{name}");
    }
    assert_eq!(recognise("[default]\na = x\n", Some("credentials")).format, Format::Ini);
    for text in ["{a: x, \"b\": \"y\"}", "{\"b\": \"y\", a: x}", "{a: x,\n b: 'y'}"] {
        let named = Options { file_name: Some("x.yaml".to_owned()), ..Options::default() };
        let contents = good(text, &named);
        assert_eq!((contents.format, contents.entries.len()), (Format::Yaml, 2), "{text}");
        let contents = read(text, &Options::default());
        assert!(contents.problems[0].message.contains("--format yaml"), "{}", contents.problems[0].message);
    }
    // Other formats of a name are read as what they are.
    assert_eq!(recognise("{\"a\": \"x\"}", Some("x.yaml")).format, Format::Json);
    assert_eq!(notes(&read("a: x\n", &Options::default())), []);
}
