//! `put`, `get` and `list`.

use crate::strongroom::{Strongroom, finish};

#[test]
fn get_returns_exactly_the_stored_value() {
    let strongroom = Strongroom::start();
    for value in [&b"VALUE-plain"[..], b"VALUE-end\n", b"VALUE-\xff\x00", b"VALUE-\r\n\r\n"] {
        strongroom.feed(["put", "a"], value).done();
        assert_eq!(strongroom.value("a"), value);
    }
    let noted = strongroom.feed(["put", "a"], b"VALUE-end\n").done();
    assert!(noted.err.contains("--trim"), "{}", noted.err);
    strongroom.feed(["put", "a", "--trim"], b"VALUE-end\n").done();
    assert_eq!(strongroom.value("a"), b"VALUE-end");
}

#[test]
fn empty_value_is_stored_only_with_allow_empty() {
    let strongroom = Strongroom::start();
    strongroom.feed(["put", "a"], b"VALUE-1").done();
    let rejected = strongroom.feed(["put", "a"], b"").ended(2);
    assert!(rejected.err.contains("--allow-empty"), "{}", rejected.err);
    strongroom.feed(["put", "a", "--trim"], b"\n").ended(2);
    assert_eq!(strongroom.value("a"), b"VALUE-1");
    strongroom.feed(["put", "a", "--allow-empty"], b"").done();
    assert_eq!(strongroom.value("a"), b"");
}

#[test]
fn different_value_becomes_a_new_version_and_an_equal_one_does_not() {
    let strongroom = Strongroom::start();
    for (value, said) in
        [(&b"VALUE-1"[..], "created"), (b"VALUE-2", "new version"), (b"VALUE-2", "unchanged")]
    {
        let put = strongroom.feed(["put", "a"], value).done();
        assert!(put.out.starts_with(said), "{}", put.out);
    }
    assert_eq!(strongroom.reveal(["get", "a", "--version", "v1"]).done().bytes, b"VALUE-1");
    assert_eq!(strongroom.reveal(["get", "a", "--stage", "SYSPREVIOUS"]).done().bytes, b"VALUE-1");
    let whole = strongroom.reveal(["get", "a", "--output", "json"]).done().json();
    assert_eq!(whole["version_metadata"]["id"], "v2");
    assert_eq!(whole["secret_string"], "VALUE-2");
}

#[test]
fn get_field_returns_one_member_of_a_json_value() {
    let strongroom = Strongroom::start();
    strongroom.feed(["put", "a"], br#"{"user": "VALUE-u", "port": 5432}"#).done();
    assert_eq!(strongroom.reveal(["get", "a", "--field", "user"]).done().bytes, b"VALUE-u");
    assert_eq!(strongroom.reveal(["get", "a", "--field", "port"]).done().bytes, b"5432");
    let json = ["get", "a", "--output", "json", "--field"];
    assert_eq!(strongroom.reveal(json.iter().chain(&["user"])).done().json(), "VALUE-u");
    assert_eq!(strongroom.reveal(json.iter().chain(&["port"])).done().json(), 5432);
    strongroom.run(["get", "a", "--field", "none"]).ended(4);
    strongroom.feed(["put", "b"], b"VALUE-no-object").done();
    strongroom.run(["get", "b", "--field", "user"]).ended(1);
}

#[test]
fn generated_password_is_not_shown() {
    let strongroom = Strongroom::start();
    let put = strongroom.run(["put", "a", "--generate", "40"]).done();
    let value = String::from_utf8(strongroom.value("a")).unwrap();
    assert_eq!(value.chars().count(), 40);
    assert!(!put.out.contains(&value) && !put.err.contains(&value));
    // A password generated again would be another request.
    strongroom.run(["put", "b", "--generate", "--request-id", "once"]).ended(2);
    assert_eq!(strongroom.names(), ["a"]);
}

#[test]
fn missing_secret_has_exit_code_4() {
    let strongroom = Strongroom::start();
    strongroom.run(["get", "none"]).ended(4);
    strongroom.feed(["put", "a"], b"VALUE-1").done();
    strongroom.run(["get", "a", "--version", "v9"]).ended(4);
    strongroom.run(["get", "a", "--version", "v1", "--stage", "x"]).ended(2);
    strongroom.feed(["put", "bad name"], b"VALUE-1").ended(3);
}

#[test]
fn list_prints_a_table_names_or_json() {
    let strongroom = Strongroom::start();
    for name in ["web-db", "web-api", "other"] {
        strongroom.feed(["put", name, "--description", "of \u{1b}[31mred"], b"VALUE-1").done();
    }
    assert_eq!(strongroom.run(["list", "--query", "name:web*", "--names"]).done().out, "web-api\nweb-db\n");
    let listed = strongroom.run(["list", "--output", "json"]).done().json();
    assert_eq!(listed["secrets"].as_array().unwrap().len(), 3);
    let table = strongroom.run(["list"]).done().out;
    assert!(table.contains("ENABLED") && !table.contains('\u{1b}'), "{table}");
    strongroom.run(["list", "--query", "nonsense:x"]).ended(2);
}

#[test]
fn closed_pipe_causes_no_message() {
    let strongroom = Strongroom::start();
    strongroom.feed(["put", "a"], b"VALUE-1").done();
    let mut shell = std::process::Command::new("bash");
    let list = strongroom.command(["list"]);
    shell
        .envs(list.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .current_dir(strongroom.path(""));
    let binary = list.get_program().to_string_lossy().into_owned();
    shell.args(["-c", &format!("trap '' PIPE; ({binary} list; echo \"ended $?\" >&2) | true")]);
    let ran = finish(shell, b"");
    assert!(!ran.err.contains("strongroom"), "{}", ran.err);
}
