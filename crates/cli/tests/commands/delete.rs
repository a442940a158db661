//! Going, and coming back.

use crate::strongroom::Strongroom;

fn with(names: &[&str]) -> Strongroom {
    let strongroom = Strongroom::start();
    let text: String = names.iter().map(|name| format!("{name}=VALUE-1\n")).collect();
    strongroom.feed(["import", "-", "--yes"], text.as_bytes()).done();
    strongroom
}

fn waiting(strongroom: &Strongroom) -> String {
    strongroom.run(["list", "--query", "state:PENDING_DELETE", "--names"]).done().out
}

#[test]
fn what_is_deleted_waits_and_can_be_had_back_by_name_or_batch() {
    let strongroom = with(&["A", "B", "C"]);
    let shown = strongroom.run(["delete", "A", "B", "--dry-run"]).done();
    assert!(shown.out.contains("would be: 2 scheduled"), "{}", shown.out);
    assert_eq!(waiting(&strongroom), "");

    let deleted = strongroom.run(["delete", "A", "B", "--window", "7", "--yes"]).done();
    assert_eq!(waiting(&strongroom), "A\nB\n");
    strongroom.run(["get", "A"]).ended(1);
    let batch = deleted.err.split("--batch ").nth(1).unwrap().trim();
    strongroom.run(["restore", "A"]).done();
    strongroom.run(["restore", "--batch", batch]).done();
    assert_eq!(waiting(&strongroom), "");
    assert_eq!(strongroom.value("B"), b"VALUE-1");
}

#[test]
fn one_that_is_not_there_is_rejected_and_the_others_go() {
    let strongroom = with(&["A"]);
    let part = strongroom.run(["delete", "A", "none", "--yes"]).ended(3);
    assert!(part.out.contains("rejected") && part.out.contains("none"), "{}", part.out);
    assert_eq!(waiting(&strongroom), "A\n");
}

#[test]
fn for_good_is_only_what_was_counted() {
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
fn for_good_ends_as_scheduled_does_when_some_or_all_are_not_there() {
    let strongroom = with(&["A"]);
    for how in [&["--now"][..], &[]] {
        let words = ["delete", "none", "--yes", "--output", "json"];
        let told = strongroom.run(words.iter().chain(how)).ended(3);
        assert_eq!(told.json()["outcomes"][0]["action"], "REJECTED", "{}", told.out);
        assert_eq!(told.json()["outcomes"][0]["reason"], "NOT_FOUND", "{}", told.out);
        assert!(told.err.contains("1 of 1 was rejected") && !told.err.contains("expect"), "{}", told.err);
    }
    let part = strongroom.run(["delete", "none", "A", "--now", "--yes"]).ended(3);
    assert!(part.out.contains("deleted   A"), "{}", part.out);
    assert!(strongroom.names().is_empty());
}

#[test]
fn a_number_that_is_not_right_is_told_in_the_words_of_whoever_gave_it() {
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
fn a_window_a_batch_or_an_id_that_cannot_be_is_wrong_use() {
    let strongroom = with(&["A"]);
    strongroom.run(["delete", "A", "--window", "3", "--yes"]).ended(2);
    strongroom.run(["batch", "undo", "xyz", "--yes"]).ended(2);
    strongroom.run(["restore", "--batch", "zz", "--yes"]).ended(2);
    assert_eq!(waiting(&strongroom), "");
}

#[test]
fn nothing_selected_deletes_nothing() {
    let strongroom = with(&["A"]);
    strongroom.run(["delete", "--yes"]).ended(2);
    strongroom.run(["delete", "A", "--query", "A", "--yes"]).ended(2);
    strongroom.run(["delete", "--query", "name:none", "--yes"]).ended(4);
    strongroom.run(["delete", "--tag", "none", "--yes"]).ended(4);
    strongroom.run(["delete", "--tag", "none", "--yes", "--expect", "0"]).done();
    strongroom.run(["restore", "--tag", "none"]).ended(4);
    strongroom.run(["restore"]).ended(2);
    assert_eq!(waiting(&strongroom), "");
}

#[test]
fn batches_are_listed_shown_and_undone_once() {
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
    assert_eq!(waiting(&strongroom), "");
    strongroom.run(["batch", "undo", id, "--yes"]).ended(1);
    strongroom.run(["batch", "show", &"0".repeat(32)]).ended(4);
}
