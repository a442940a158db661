//! `--output json`: standard output is one JSON value, whether or not the command succeeds.

use crate::strongroom::{Strongroom, finish};

#[test]
fn every_failure_is_one_json_value_with_the_exit_code() {
    let strongroom = Strongroom::start();
    strongroom.feed(["put", "a"], b"VALUE-1").done();
    let far = ["--endpoint", "http://127.0.0.1:1"];
    for (words, code, reason) in [
        (&["get", "none"][..], 4, "NOT_FOUND"),
        (&["get", "a", "--version", "1.2.3.4 "], 2, "INVALID"),
        (&["list", "--query", "nonsense:x"], 2, "INVALID"),
        (&["list", far[0], far[1]], 6, ""),
        (&["list", "--profile", "none"], 2, ""),
        (&["list", "--no-such-flag"], 2, ""),
        (&["delete", "a"], 2, ""),
        (&["delete", "a", "--now"], 2, ""),
        (&["import", "none.env"], 2, ""),
        (&["export"], 2, ""),
        (&["export", "none", "--plain", "--readable-by-anyone"], 4, ""),
        (&["restore", "--batch", "zz"], 2, "INVALID"),
        (&["batch", "show", "00000000000000000000000000000000"], 4, "BATCH_NOT_FOUND"),
        (&["batch", "nonsense"], 2, ""),
        (&["batch"], 2, ""),
        (&["run", "-s", "none", "--", "true"], 4, ""),
        (&["recipient-key", "data"], 2, ""),
        (&["nonsense"], 2, ""),
    ] {
        let answer = strongroom.run([&["--output", "json"], words].concat()).ended(code);
        let value = answer.json();
        assert_eq!(value["exit_code"], code, "{words:?}: {value}");
        assert_eq!(value["reason"].as_str().unwrap_or_default(), reason, "{words:?}: {value}");
        let message = value["message"].as_str().unwrap();
        assert!(!message.is_empty() && answer.err.contains(message), "{words:?}: {}", answer.err);
    }
}

#[test]
fn partial_success_is_one_json_value() {
    let strongroom = Strongroom::start();
    let json = ["--output", "json"];
    let part = strongroom
        .feed(["import", "-", "--yes", "--skip-bad"].iter().chain(&json), b"A=VALUE-1\nB/B=VALUE-2\n");
    assert_eq!(part.ended(3).json()["outcomes"][0]["action"], "CREATED");
    let wrong = strongroom.feed(["import", "-", "--yes"].iter().chain(&json), b"B/B=VALUE-2\n").ended(2);
    assert_eq!(wrong.json()["complaints"][0]["line"], 1);
    let part = strongroom.run(["delete", "A", "none", "--yes"].iter().chain(&json)).ended(3);
    assert_eq!(part.json()["outcomes"].as_array().unwrap().len(), 2);
    let plain = ["export", "A", "none", "--plain", "--readable-by-anyone"];
    finish(strongroom.command(plain.iter().chain(&json)), b"").ended(3).json();
}

#[test]
fn sealed_export_to_standard_output_rejects_json() {
    let strongroom = Strongroom::start();
    strongroom.feed(["put", "a"], b"VALUE-1").done();
    let recipient = strongroom.run(["recipient-key", "key", "--output", "json"]).done().json();
    let recipient = recipient["recipient"].as_str().unwrap();
    let sealed = ["export", "--recipient", recipient, "--output", "json"];
    strongroom.run(sealed).ended(2).json();
    let answer = strongroom.run(sealed.iter().chain(&["--to", "all.age"])).done().json();
    assert_eq!(answer["exported"], 1);
}
