//! Programs with secrets in their environment.

use crate::strongroom::{Strongroom, finish};

fn filled() -> Strongroom {
    let strongroom = Strongroom::start();
    strongroom
        .feed(["import", "-", "--yes"], b"web-db=VALUE-1\nweb.api=VALUE-two words\nPATH=VALUE-p\n")
        .done();
    strongroom.feed(["put", "binary"], b"VALUE-\xff").done();
    strongroom.feed(["put", "nul"], b"VALUE-\0").done();
    strongroom
}

#[test]
fn program_gets_the_secrets_and_no_variable_of_ours() {
    let strongroom = filled();
    let words = [
        "run",
        "-s",
        "web-db",
        "-s",
        "web.api=API",
        "--",
        "sh",
        "-c",
        "echo \"$WEB_DB|$API|${STRONGROOM_ENDPOINT-none}\"",
    ];
    assert_eq!(strongroom.reveal(words).done().out, "VALUE-1|VALUE-two words|none\n");
    let found = ["run", "--query", "name:web*", "--", "sh", "-c", "echo \"$WEB_DB|$WEB_API\""];
    assert_eq!(strongroom.reveal(found).done().out, "VALUE-1|VALUE-two words\n");
}

#[test]
fn program_does_not_get_the_token() {
    let strongroom = filled();
    let mut command = strongroom.command(["run", "-s", "web-db", "--", "env"]);
    command.env("STRONGROOM_PASSWORD", strongroom.credentials()["password"].as_str().unwrap());
    command.env("STRONGROOM_USER_NAME", "admin").env("STRONGROOM_DOMAIN_NAME", "strongroom");
    let ran = finish(command, b"").done();
    assert!(ran.out.contains("WEB_DB=VALUE-1") && !ran.out.contains("STRONGROOM_"), "{}", ran.out);
}

#[test]
fn program_replaces_the_command() {
    let strongroom = filled();
    strongroom.run(["run", "-s", "web-db", "--", "sh", "-c", "exit 42"]).ended(42);
    strongroom.run(["run", "-s", "web-db", "--", "sh", "-c", "kill -TERM $$"]).ended(-1);
    strongroom.run(["run", "-s", "web-db", "--", "no-such-program"]).ended(127);
    strongroom.run(["run", "-s", "web-db", "--", "/"]).ended(126);
}

#[test]
fn program_is_not_started_if_a_secret_cannot_be_a_variable() {
    let strongroom = filled();
    let touch = ["--", "touch", "started"];
    for (words, code) in [
        (&["-s", "binary"][..], 2),
        (&["-s", "nul"], 2),
        (&["-s", "none"], 4),
        (&["-s", "web-db=X", "-s", "web.api=X"], 2),
        (&["--query", "PATH"], 2),
        (&["--query", "name:none"], 4),
        (&["-s", "web-db=1X"], 2),
        (&[], 2),
    ] {
        strongroom.run(["run"].iter().chain(words).chain(&touch)).ended(code);
    }
    assert!(!strongroom.path("started").exists());
}
