//! What is too much for one call, or for one step.

use crate::strongroom::{Ran, Strongroom};

/// More than one transaction undoes: it holds 131,072 records, and each secret is four.
const MANY: usize = 33_000;

fn is_offered(ran: &Ran) -> bool {
    ran.err.contains("batch undo") || ran.err.contains("restore --batch")
}

#[test]
fn what_no_step_holds_is_done_in_parts_or_rejected_in_words_of_the_command() {
    let strongroom = Strongroom::start_in(tempfile::tempdir().unwrap(), &["--max-import-entries", "33000"]);
    let text: String = (0..MANY).map(|n| format!("S{n:05}=VALUE-{n}\n")).collect();
    strongroom.file("many.env", text);
    let shown = strongroom.run(["import", "many.env", "--dry-run"]).done();
    assert!(shown.out.ends_with(&format!("would be: {MANY} created\n")), "it is streamed");
    let whole = strongroom.run(["import", "many.env", "--yes", "--atomic"]).ended(2);
    assert!(whole.err.ends_with("atomic. Without --atomic it is done part by part.\n"), "{}", whole.err);
    assert!(strongroom.names().is_empty());
    let stored = strongroom.run(["import", "many.env", "--yes"]).done();

    let again = strongroom.run(["import", "many.env", "--yes"]).ended(3);
    assert!(again.out.ends_with(&format!("done: {MANY} rejected\n")));
    let batches = strongroom.run(["batch", "list", "--output", "json"]).done().json();
    assert_eq!(batches["batches"].as_array().unwrap().len(), 2, "what was rejected is a batch too");
    assert!(!is_offered(&again), "nothing is to undo: {}", again.err);
    assert!(is_offered(&stored));

    let undo = ["batch", "undo", stored.batch()];
    for (how, way_on) in [
        (&["--dry-run"][..], "Without --dry-run it is done part by part, after a question."),
        (&["--atomic"], "Without --atomic it is done part by part, after a question."),
        (&["--yes", "--request-id", "r"], "Without --request-id it is done part by part."),
        (
            &["--yes", "--atomic", "--request-id", "r"],
            "Without --atomic and --request-id it is done part by part.",
        ),
    ] {
        let rejected = strongroom.run(undo.iter().chain(how)).ended(2);
        assert!(rejected.err.trim_end().ends_with(way_on), "{}", rejected.err);
        let is = format!("strongroom: The batch has {MANY} secrets; one transaction holds ");
        assert!(rejected.err.contains(&is), "{}", rejected.err);
    }
    assert_eq!(strongroom.run(["list", "--names"]).done().out.lines().count(), MANY);
}

#[test]
fn more_names_than_a_call_takes_are_told_with_what_takes_more() {
    let strongroom = Strongroom::start_in(tempfile::tempdir().unwrap(), &["--max-import-entries", "2"]);
    strongroom.feed(["import", "-", "--yes"], b"M_1=VALUE-1\nM_2=VALUE-2\nM_3=VALUE-3\n").done();
    let found = "3 secrets were found, and one call takes 2; nothing was changed. Narrow the query, or say which secrets with";
    let given = "3 names are given, and one call takes 2; nothing was changed. Give fewer at a time, or say which secrets with";
    for how in [&["--yes"][..], &["--dry-run"], &["--now", "--yes", "--expect", "3"]] {
        let rejected = strongroom.run(["delete", "-q", "name:M_*"].iter().chain(how)).ended(2);
        assert!(rejected.err.contains(&format!("{found} --tag: up to 100000")), "{}", rejected.err);
        let rejected = strongroom.run(["delete", "M_1", "M_2", "M_3"].iter().chain(how)).ended(2);
        assert!(rejected.err.contains(&format!("{given} --tag: up to 100000")), "{}", rejected.err);
    }
    strongroom.run(["delete", "-q", "M_1", "--yes"]).done();
    strongroom.run(["delete", "M_2", "M_3", "--yes"]).done();
    let rejected = strongroom.run(["restore", "-q", "name:M_*"]).ended(2);
    assert!(rejected.err.contains(&format!("{found} --tag or --batch: up to 100000")), "{}", rejected.err);
}

#[test]
fn an_import_that_has_to_be_one_and_is_more_says_which_flag_asks_for_that() {
    let strongroom = Strongroom::start_in(
        tempfile::tempdir().unwrap(),
        &["--max-import-entries", "2", "--max-body-bytes", "50000"],
    );
    strongroom.file("three.env", "A=VALUE-1\nB=VALUE-2\nC=VALUE-3\n");
    let value = "x".repeat(30_000);
    strongroom.file("long.env", format!("A=VALUE-{value}\nB=VALUE-{value}\n"));
    for (file, count) in [("three.env", 3), ("long.env", 2)] {
        for (how, flags) in [
            (&["--atomic"][..], "--atomic"),
            (&["--atomic", "--dry-run"], "--atomic"),
            (&["--yes", "--request-id", "r"], "--request-id"),
            (&["--yes", "--request-id", "r", "--atomic"], "--atomic and --request-id"),
        ] {
            let rejected = strongroom.run(["import", file].iter().chain(how)).ended(2);
            let told = format!(
                "one request takes 2 secrets and 50000 bytes, and the {count} of {file} are more; with {flags} they have to \
                 be in one. Leave out {flags}, or import smaller files."
            );
            assert!(rejected.err.contains(&told), "{}", rejected.err);
        }
    }
    assert!(strongroom.names().is_empty());
}
