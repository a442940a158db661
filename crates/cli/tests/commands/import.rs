//! `import`: recognising, previewing, storing and undoing.

use crate::strongroom::Strongroom;

const ENV: &str = "# of the shop\nexport DB_PASSWORD='VALUE-a\"b'\nAPI_KEY=VALUE-key # rotated yearly\nCERT=\"VALUE-1\\nVALUE-2\"\n";

#[test]
fn dry_run_shows_a_preview_and_changes_nothing() {
    let strongroom = Strongroom::start();
    strongroom.file("shop.env", ENV);
    let shown = strongroom.run(["import", "shop.env", "--dry-run"]).done();
    assert!(shown.err.contains(".env") && shown.err.contains("Reading shop.env as .env"), "{}", shown.err);
    assert!(
        shown.out.contains("would create  DB_PASSWORD") && shown.out.contains("preview: 3 to create"),
        "{}",
        shown.out
    );
    assert!(strongroom.names().is_empty());
}

#[test]
fn import_stores_the_values_of_the_file_and_can_be_undone() {
    let strongroom = Strongroom::start();
    strongroom.file("shop.env", ENV);
    let imported = strongroom.run(["import", "shop.env", "--yes"]).done();
    assert_eq!(strongroom.value("DB_PASSWORD"), b"VALUE-a\"b");
    assert_eq!(strongroom.value("CERT"), b"VALUE-1\nVALUE-2");
    strongroom.run(["batch", "undo", imported.batch(), "--yes"]).done();
    assert!(strongroom.names().is_empty());
}

#[test]
fn openbao_export_is_imported_and_undone() {
    let strongroom = Strongroom::start();
    let answer = |path: &str, data: &str| {
        format!(
            r#"{{"{path}":{{"request_id":"r","lease_id":"","lease_duration":0,"renewable":false,"data":{{"data":{data},"metadata":{{"version":3}}}},"warnings":null}}}}"#
        ) + "\n"
    };
    let database = r#"{"password":"VALUE-p","port":5432,"username":"app"}"#;
    strongroom
        .file("kv.json", answer("app/database", database) + &answer("app/token", r#"{"value":"VALUE-t"}"#));
    let words = ["import", "kv.json", "--replace-with", "."];
    let shown = strongroom.run(words.iter().chain(&["--dry-run"])).done();
    assert!(shown.out.ends_with("preview: 2 to create\n"), "{}", shown.out);
    let imported = strongroom.run(words.iter().chain(&["--yes"])).done();
    assert_eq!(strongroom.value("app.database"), database.as_bytes());
    let port = strongroom.run(["get", "app.database", "--field", "port"]).done();
    assert_eq!(port.out, "5432");
    let undone = strongroom.run(["batch", "undo", imported.batch(), "--yes"]).done();
    assert!(undone.out.ends_with("done: 2 undone\n"), "{}", undone.out);
    assert!(strongroom.names().is_empty());
}

#[test]
fn every_format_is_recognised_and_named() {
    let strongroom = Strongroom::start();
    for (name, text, format) in [
        ("a.json", r#"{"j1": "VALUE-1", "j2": "VALUE-2"}"#, "JSON"),
        ("a.csv", "name;value;description\nc1;VALUE-1;\"a; b\"\n", "CSV"),
        ("a.yaml", "y1: \"VALUE-1\"\ny2: VALUE-0123\n", "YAML"),
        (
            "vault.json",
            r#"{"request_id":"r","lease_id":"","lease_duration":0,"renewable":false,"data":{"data":{"k":"VALUE-v"},"metadata":{"version":1}},"path":"secret/data/v1"}"#,
            "Vault",
        ),
    ] {
        strongroom.file(name, text);
        let ran = strongroom.run(["import", name, "--yes", "--replace-with", "-"]);
        assert!(ran.err.contains(format), "{name}: {}", ran.err);
        if format != "Vault" {
            ran.done();
        }
    }
    assert_eq!(strongroom.value("c1"), b"VALUE-1");
    assert_eq!(strongroom.value("y2"), b"VALUE-0123");
}

#[test]
fn csv_columns_can_be_given_as_flags() {
    let strongroom = Strongroom::start();
    strongroom.file("team.csv", "title,pass,color\nweb,VALUE-1,red\n");
    let columns =
        ["--column", "title=name", "--column", "pass=secret_string", "--format", "csv", "--prefix", "team."];
    strongroom.run(["import", "team.csv", "--yes"].into_iter().chain(columns)).done();
    assert_eq!(strongroom.value("team.web"), b"VALUE-1");
}

#[test]
fn csv_without_titles_shows_no_cell() {
    let strongroom = Strongroom::start();
    strongroom.file("passwords.csv", "db-password,VALUE-hunter2\nweb,VALUE-2\n");
    let rejected = strongroom.run(["import", "passwords.csv", "--format", "csv", "--yes"]).ended(2);
    assert!(rejected.err.contains("column 2: is left out"), "{}", rejected.err);
    let answer = ["--column", "1=name", "--column", "2=secret_string", "--format", "csv"];
    strongroom.run(["import", "passwords.csv", "--yes"].into_iter().chain(answer)).done();
    assert_eq!(strongroom.value("web"), b"VALUE-2");
}

#[test]
fn file_with_problems_is_not_sent_and_each_problem_has_its_line() {
    let strongroom = Strongroom::start();
    strongroom.file("bad.env", "GOOD=VALUE-1\nbad name=VALUE-2\nALSO/BAD=VALUE-3\n");
    let rejected = strongroom.run(["import", "bad.env", "--yes"]).ended(2);
    assert!(rejected.err.contains("bad.env:2:") && rejected.err.contains("bad.env:3:"), "{}", rejected.err);
    assert!(rejected.err.contains("nothing was sent"), "{}", rejected.err);
    assert!(!rejected.err.contains("--skip-bad"), "it would not help: {}", rejected.err);
    assert!(strongroom.names().is_empty());

    let answer = strongroom.run(["import", "bad.env", "--yes", "--output", "json"]).ended(2).json();
    assert!(
        answer["complaints"].as_array().unwrap().iter().any(|complaint| complaint["line"] == 3),
        "{answer}"
    );

    let whole = strongroom.run(["import", "bad.env", "--yes", "--skip-bad"]).ended(2);
    assert!(
        whole.err.contains("nothing was sent"),
        "a line that is none may belong to any entry: {}",
        whole.err
    );
}

#[test]
fn skip_bad_leaves_out_invalid_entries_and_replace_with_fixes_names() {
    let strongroom = Strongroom::start();
    strongroom.file("some.env", "GOOD=VALUE-1\nALSO/BAD=VALUE-3\n");
    let answer = strongroom.run(["import", "some.env", "--yes", "--skip-bad"]).ended(3);
    assert!(answer.err.contains("--replace-with"), "{}", answer.err);
    assert_eq!(strongroom.names(), ["GOOD"]);
    let fitted = ["import", "some.env", "--yes", "--replace-with", ".", "--on-existing", "skip"];
    strongroom.run(fitted).done();
    assert_eq!(strongroom.names(), ["ALSO.BAD", "GOOD"]);
    let none = ["import", "-", "--yes", "--skip-bad", "--output", "json"];
    let answer = strongroom.feed(none, b"A/B=VALUE-1\n").ended(2).json();
    assert_eq!(answer["complaints"][0]["code"], "BAD_CHARACTERS", "{answer}");
    strongroom.feed(["import", "-", "--yes"], b"A=VALUE-\xff\n").ended(2);
}

#[test]
fn json_output_has_the_outcomes_and_the_entries_left_out() {
    let strongroom = Strongroom::start_in(tempfile::tempdir().unwrap(), &["--max-import-entries", "2"]);
    for rest in ["B=VALUE-2\n", "B=VALUE-2\nC=VALUE-3\n"] {
        strongroom.file("n.env", format!("A=VALUE-1\nNUL=VALUE-\0\n{rest}"));
        let words = ["import", "n.env", "--skip-bad", "--yes", "--on-existing", "skip", "--output", "json"];
        let answer = strongroom.run(words).ended(3).json();
        assert_eq!(answer["outcomes"].as_array().unwrap().len(), 1 + rest.lines().count(), "{answer}");
        let complaints = answer["complaints"].as_array().unwrap();
        assert_eq!((complaints.len(), &complaints[0]["line"]), (1, &2.into()), "{answer}");
    }
}

#[test]
fn names_that_exist_are_rejected_without_a_conflict_policy() {
    let strongroom = Strongroom::start();
    strongroom.feed(["import", "-", "--yes"], b"A=VALUE-1\n").done();
    let rejected = strongroom.feed(["import", "-", "--yes"], b"A=VALUE-2\nB=VALUE-3\n").ended(3);
    assert!(rejected.out.contains("rejected") && rejected.out.contains("line 1"), "{}", rejected.out);
    assert!(rejected.err.contains("--on-existing"), "names the flag: {}", rejected.err);
    assert_eq!(strongroom.names(), ["A", "B"], "the others are stored");
    assert_eq!(strongroom.value("A"), b"VALUE-1");

    let policy = ["import", "-", "--yes", "--on-existing", "new-version-if-different", "--output", "json"];
    let answer = strongroom.feed(policy, b"A=VALUE-1\nB=VALUE-4\n").done().json();
    let actions: Vec<_> =
        answer["outcomes"].as_array().unwrap().iter().map(|one| one["action"].clone()).collect();
    assert_eq!(actions, ["UNCHANGED", "NEW_VERSION"]);
    assert_eq!(strongroom.value("B"), b"VALUE-4");
}

#[test]
fn atomic_import_stores_nothing_if_one_entry_is_rejected() {
    let strongroom = Strongroom::start();
    strongroom.feed(["import", "-", "--yes"], b"A=VALUE-1\n").done();
    let withheld = strongroom.feed(["import", "-", "--yes", "--atomic"], b"A=VALUE-2\nB=VALUE-3\n").ended(3);
    assert!(withheld.out.contains("withheld"), "{}", withheld.out);
    assert_eq!(strongroom.names(), ["A"]);
}

#[test]
fn import_with_a_request_id_is_done_once() {
    let strongroom = Strongroom::start();
    let words = ["import", "-", "--yes", "--request-id", "deploy-7", "--output", "json"];
    let first = strongroom.feed(words, b"A=VALUE-1\n").done();
    let again = strongroom.feed(words, b"A=VALUE-1\n").done();
    assert_eq!(first.out, again.out);
    strongroom.feed(words, b"A=VALUE-2\n").ended(1);
    // An unset shell variable must not count as an id.
    strongroom.feed(["import", "-", "--yes", "--request-id", ""], b"B=VALUE-2\n").ended(2);
}

#[test]
fn unreadable_file_is_a_usage_error() {
    let strongroom = Strongroom::start();
    let rejected = strongroom.run(["import", "none.env", "--yes"]).ended(2);
    assert!(rejected.err.contains("none.env"), "{}", rejected.err);
    strongroom.run(["import", ".", "--yes"]).ended(2);
    strongroom.run(["put", "a", "--file", "none"]).ended(2);
}

#[test]
fn import_without_a_terminal_changes_nothing() {
    let strongroom = Strongroom::start();
    let rejected = strongroom.feed(["import", "-"], b"A=VALUE-1\n").ended(2);
    assert!(rejected.err.contains("--yes"), "{}", rejected.err);
    assert!(strongroom.names().is_empty());
}

#[test]
fn file_too_large_for_one_request_is_streamed_as_one_batch() {
    let strongroom = Strongroom::start();
    let names: Vec<_> = (0..2_345).map(|n| format!("S{n:05}")).collect();
    let text: String = names.iter().map(|name| format!("{name}=VALUE-{name}\n")).collect();
    strongroom.file("many.env", text);
    let shown = strongroom.run(["import", "many.env", "--dry-run"]).done();
    assert!(shown.out.contains("preview: 2345 to create"), "{}", shown.out);
    assert!(strongroom.names().is_empty());

    let imported = strongroom.run(["import", "many.env", "--yes"]).done();
    assert_eq!(strongroom.names(), names);
    assert_eq!(strongroom.value("S02344"), b"VALUE-S02344");
    let again = ["import", "many.env", "--yes", "--on-existing", "skip", "--output", "json"];
    let answer = strongroom.run(again).done().json();
    assert_eq!(answer["outcomes"].as_array().unwrap().len(), names.len());
    assert_eq!(answer["progress"]["finished"], true);
    assert!(answer.get("complaints").is_none());
    strongroom.run(["import", "many.env", "--yes", "--atomic"]).ended(2);
    strongroom.run(["batch", "undo", imported.batch(), "--yes"]).done();
    assert!(strongroom.names().is_empty());
}

#[test]
fn invalid_names_are_renamed_by_a_file() {
    let strongroom = Strongroom::start();
    let parameter =
        |name: &str, value: &str| format!(r#"{{"Name": "{name}", "Type": "String", "Value": "{value}"}}"#);
    let parameters = [parameter("/app/db", "VALUE-1"), parameter("/app/key", "VALUE-2")].join(",");
    strongroom.file("ssm.json", format!(r#"{{"Parameters": [{parameters}]}}"#));
    let rejected = strongroom.run(["import", "ssm.json", "--yes"]).ended(2);
    assert!(rejected.err.contains(r#""/app/db": "app-db""#), "{}", rejected.err);
    let told = strongroom.run(["import", "ssm.json", "--yes", "--output", "json"]).ended(2).json();
    assert_eq!(told["complaints"][0]["suggestion"], "app-db", "{told}");

    // The list can be saved as it is shown.
    let start = rejected.err.find("\n{\n").unwrap() + 1;
    let end = rejected.err.find("\n}\n").unwrap() + 2;
    strongroom.file("names.json", &rejected.err[start..end]);
    strongroom.run(["import", "ssm.json", "--yes", "--rename", "names.json"]).done();
    assert_eq!(strongroom.names(), ["app-db", "app-key"]);
    assert_eq!(strongroom.value("app-key"), b"VALUE-2");

    strongroom.file("wrong.env", "/app/no=x\n");
    let rejected = strongroom.run(["import", "ssm.json", "--yes", "--rename", "wrong.env"]).ended(2);
    assert!(rejected.err.contains("names that the file does not have"), "{}", rejected.err);
    strongroom.file("wrong.env", "A=x\nA=y\n");
    let rejected = strongroom.run(["import", "ssm.json", "--yes", "--rename", "wrong.env"]).ended(2);
    assert!(rejected.err.contains("wrong.env:2: The name has two new names"), "{}", rejected.err);
}

#[test]
fn nested_names_items_and_long_names_are_read_as_requested() {
    let strongroom = Strongroom::start();
    strongroom.file("app.yml", "spring:\n  datasource:\n    password: VALUE-1\n");
    strongroom.run(["import", "app.yml", "--yes"]).ended(2);
    strongroom.run(["import", "app.yml", "--yes", "--flatten", "."]).done();
    assert_eq!(strongroom.value("spring.datasource.password"), b"VALUE-1");

    strongroom.file("logins.csv", "name,url,username,password\nweb,https://e.example,ann,VALUE-2\n");
    strongroom.run(["import", "logins.csv", "--yes", "--items", "json"]).done();
    let field = strongroom.run(["get", "web", "--field", "username"]).done();
    assert_eq!(field.out, "ann");

    strongroom.file("long.env", format!("{}=VALUE-3\n", "x".repeat(70)));
    strongroom.run(["import", "long.env", "--yes"]).ended(2);
    strongroom.run(["import", "long.env", "--yes", "--shorten"]).done();
    assert_eq!(strongroom.names().iter().filter(|name| name.len() == 64).count(), 1);
}

#[test]
fn equal_problems_are_one_line_with_a_count() {
    let strongroom = Strongroom::start();
    let invalid: String = (0..500).map(|n| format!("A/{n}=VALUE-2\n")).collect();
    strongroom.file("many.env", "A B=VALUE-1\n".repeat(500) + &invalid);
    let rejected = strongroom.run(["import", "many.env", "--yes"]).ended(2);
    assert!(rejected.err.contains("Found 500 times"), "{}", rejected.err);
    let lines = rejected.err.lines().filter(|line| line.starts_with("many.env:")).count();
    assert_eq!(lines, 2, "{}", rejected.err);
}

#[test]
fn encrypted_files_and_lists_without_values_are_rejected_even_with_skip_bad() {
    let strongroom = Strongroom::start();
    for (name, text, says) in [
        (
            "sops.env",
            "A=ENC[AES256_GCM,data:x]\nsops_version=3\nsops_mac=ENC[AES256_GCM,data:y]\n",
            "sops decrypt",
        ),
        (
            "list.json",
            r#"{"SecretList": [{"Name": "a", "ARN": "arn:aws:secretsmanager:x"}]}"#,
            "batch-get-secret-value",
        ),
        ("app.json", r#"{"A": "VALUE-1", "secrets": {"a": "VALUE-2"}}"#, "Beside `secrets`"),
    ] {
        strongroom.file(name, text);
        let rejected = strongroom.run(["import", name, "--yes", "--skip-bad"]).ended(2);
        assert!(rejected.err.contains(says), "{}", rejected.err);
        assert!(strongroom.names().is_empty(), "{name}");
    }
}
