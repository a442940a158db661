//! `delete`, `restore` and `batch`.

use crate::strongroom::Strongroom;

fn with(names: &[&str]) -> Strongroom {
    let strongroom = Strongroom::start();
    let text: String = names.iter().map(|name| format!("{name}=VALUE-1\n")).collect();
    strongroom.feed(["import", "-", "--yes"], text.as_bytes()).done();
    strongroom
}

fn pending(strongroom: &Strongroom) -> String {
    strongroom.run(["list", "--query", "state:PENDING_DELETE", "--names"]).done().out
}

#[test]
fn scheduled_deletions_are_cancelled_by_name_or_batch() {
    let strongroom = with(&["A", "B", "C"]);
    let shown = strongroom.run(["delete", "A", "B", "--dry-run"]).done();
    assert!(shown.out.contains("preview: 2 to schedule"), "{}", shown.out);
    assert_eq!(pending(&strongroom), "");

    let deleted = strongroom.run(["delete", "A", "B", "--window", "7", "--yes"]).done();
    assert_eq!(pending(&strongroom), "A\nB\n");
    strongroom.run(["get", "A"]).ended(1);
    let batch = deleted.err.split("--batch ").nth(1).unwrap().trim();
    strongroom.run(["restore", "A"]).done();
    strongroom.run(["restore", "--batch", batch]).done();
    assert_eq!(pending(&strongroom), "");
    assert_eq!(strongroom.value("B"), b"VALUE-1");
}

#[test]
fn delete_rejects_a_missing_secret_and_deletes_the_others() {
    let strongroom = with(&["A"]);
    let part = strongroom.run(["delete", "A", "none", "--yes"]).ended(3);
    assert!(part.out.contains("rejected") && part.out.contains("none"), "{}", part.out);
    assert_eq!(pending(&strongroom), "A\n");
}

#[test]
fn delete_now_needs_the_expected_number_or_names() {
    let strongroom = with(&["A", "B", "C"]);
    strongroom.run(["delete", "A", "--now"]).ended(2);
    strongroom.run(["delete", "--query", "name:A", "--now", "--yes"]).ended(2);
    strongroom.run(["delete", "--query", "A", "--now", "--yes", "--expect", "7"]).ended(2);
    assert_eq!(strongroom.names().len(), 3);
    strongroom.run(["delete", "A", "A", "--now", "--yes"]).done();
    strongroom.run(["delete", "--query", "name:B", "--now", "--yes", "--expect", "1"]).done();
    assert_eq!(strongroom.names(), ["C"]);
}

#[test]
fn delete_now_with_missing_secrets_has_the_exit_code_of_a_scheduled_delete() {
    let strongroom = with(&["A"]);
    for how in [&["--now"][..], &[]] {
        let words = ["delete", "none", "--yes", "--output", "json"];
        let answer = strongroom.run(words.iter().chain(how)).ended(3);
        assert_eq!(answer.json()["outcomes"][0]["action"], "REJECTED", "{}", answer.out);
        assert_eq!(answer.json()["outcomes"][0]["reason"], "NOT_FOUND", "{}", answer.out);
        assert!(
            answer.err.contains("1 of 1 was rejected") && !answer.err.contains("expect"),
            "{}",
            answer.err
        );
    }
    let part = strongroom.run(["delete", "none", "A", "--now", "--yes"]).ended(3);
    assert!(part.out.contains("deleted   A"), "{}", part.out);
    assert!(strongroom.names().is_empty());
}

#[test]
fn delete_with_a_wrong_expected_number_names_both_numbers() {
    let strongroom = with(&["A"]);
    let rejected = strongroom.run(["delete", "A", "--now", "--yes", "--expect", "7"]).ended(2);
    assert!(
        rejected.err.contains("1 secret matches, and 7 should; nothing was deleted."),
        "{}",
        rejected.err
    );
    assert_eq!(strongroom.names(), ["A"]);
}

#[test]
fn invalid_window_batch_or_request_id_is_a_usage_error() {
    let strongroom = with(&["A"]);
    strongroom.run(["delete", "A", "--window", "3", "--yes"]).ended(2);
    strongroom.run(["batch", "undo", "xyz", "--yes"]).ended(2);
    strongroom.run(["restore", "--batch", "zz", "--yes"]).ended(2);
    assert_eq!(pending(&strongroom), "");
}

#[test]
fn delete_without_a_selection_deletes_nothing() {
    let strongroom = with(&["A"]);
    strongroom.run(["delete", "--yes"]).ended(2);
    strongroom.run(["delete", "A", "--query", "A", "--yes"]).ended(2);
    strongroom.run(["delete", "--query", "name:none", "--yes"]).ended(4);
    strongroom.run(["delete", "--tag", "none", "--yes"]).ended(4);
    strongroom.run(["delete", "--tag", "none", "--yes", "--expect", "0"]).done();
    strongroom.run(["restore", "--tag", "none"]).ended(4);
    strongroom.run(["restore"]).ended(2);
    assert_eq!(pending(&strongroom), "");
}

#[test]
fn batches_are_listed_shown_and_undone() {
    let strongroom = with(&["A"]);
    strongroom.run(["delete", "A", "--yes"]).done();
    let listed = strongroom.run(["batch", "list", "--output", "json"]).done().json();
    let batches = listed["batches"].as_array().unwrap();
    assert_eq!(batches.len(), 2);
    assert_eq!(batches[0]["operation"], "BatchDeleteSecrets", "newest first");
    let id = batches[0]["batch_id"].as_str().unwrap();
    let shown = strongroom.run(["batch", "show", id]).done();
    assert!(shown.out.contains("scheduled  A"), "{}", shown.out);
    strongroom.run(["batch", "undo", id, "--yes"]).done();
    assert_eq!(pending(&strongroom), "");
    strongroom.run(["batch", "undo", id, "--yes"]).ended(1);
    strongroom.run(["batch", "show", &"0".repeat(32)]).ended(4);
}
