//! Batches that are too large for one call or one transaction.

use crate::strongroom::{Ran, Strongroom};

/// More secrets than one transaction can undo: it holds 131,072 records, and each secret has four.
const MANY: usize = 33_000;

fn offers_to_undo(ran: &Ran) -> bool {
    ran.err.contains("batch undo") || ran.err.contains("restore --batch")
}

#[test]
fn batch_too_large_for_one_transaction_is_split_or_rejected_naming_the_flag() {
    let strongroom = Strongroom::start_in(tempfile::tempdir().unwrap(), &["--max-import-entries", "33000"]);
    let text: String = (0..MANY).map(|n| format!("S{n:05}=VALUE-{n}\n")).collect();
    strongroom.file("many.env", text);
    let shown = strongroom.run(["import", "many.env", "--dry-run"]).done();
    assert!(shown.out.ends_with(&format!("preview: {MANY} to create\n")), "it is streamed");
    let whole = strongroom.run(["import", "many.env", "--yes", "--atomic"]).ended(2);
    assert!(
        whole.err.ends_with("atomic. Without --atomic it is done in several transactions.\n"),
        "{}",
        whole.err
    );
    assert!(strongroom.names().is_empty());
    let stored = strongroom.run(["import", "many.env", "--yes"]).done();

    let again = strongroom.run(["import", "many.env", "--yes"]).ended(3);
    assert!(again.out.ends_with(&format!("done: {MANY} rejected\n")));
    let batches = strongroom.run(["batch", "list", "--output", "json"]).done().json();
    assert_eq!(batches["batches"].as_array().unwrap().len(), 2, "a batch of rejected entries is listed too");
    assert!(!offers_to_undo(&again), "nothing to undo: {}", again.err);
    assert!(offers_to_undo(&stored));

    let undo = ["batch", "undo", stored.batch()];
    for (how, remedy) in [
        (&["--dry-run"][..], "Without --dry-run it is done in several transactions, after you confirm."),
        (&["--atomic"], "Without --atomic it is done in several transactions, after you confirm."),
        (&["--yes", "--request-id", "r"], "Without --request-id it is done in several transactions."),
        (
            &["--yes", "--atomic", "--request-id", "r"],
            "Without --atomic and --request-id it is done in several transactions.",
        ),
    ] {
        let rejected = strongroom.run(undo.iter().chain(how)).ended(2);
        assert!(rejected.err.trim_end().ends_with(remedy), "{}", rejected.err);
        let problem = format!("strongroom: The batch has {MANY} secrets; one transaction holds ");
        assert!(rejected.err.contains(&problem), "{}", rejected.err);
    }
    assert_eq!(strongroom.run(["list", "--names"]).done().out.lines().count(), MANY);
}

#[test]
fn too_many_names_are_rejected_naming_the_flags_that_select_more() {
    let strongroom = Strongroom::start_in(tempfile::tempdir().unwrap(), &["--max-import-entries", "2"]);
    strongroom.feed(["import", "-", "--yes"], b"M_1=VALUE-1\nM_2=VALUE-2\nM_3=VALUE-3\n").done();
    let limit = "one call takes at most 2. Nothing was changed.";
    let remedy = "or select up to 100000 secrets with";
    let found = format!("3 secrets were found; {limit} Narrow the query, {remedy}");
    let given = format!("3 names are given; {limit} Give fewer at a time, {remedy}");
    for how in [&["--yes"][..], &["--dry-run"], &["--now", "--yes", "--expect", "3"]] {
        let rejected = strongroom.run(["delete", "-q", "name:M_*"].iter().chain(how)).ended(2);
        assert!(rejected.err.contains(&format!("{found} --tag.")), "{}", rejected.err);
        let rejected = strongroom.run(["delete", "M_1", "M_2", "M_3"].iter().chain(how)).ended(2);
        assert!(rejected.err.contains(&format!("{given} --tag.")), "{}", rejected.err);
    }
    strongroom.run(["delete", "-q", "M_1", "--yes"]).done();
    strongroom.run(["delete", "M_2", "M_3", "--yes"]).done();
    let rejected = strongroom.run(["restore", "-q", "name:M_*"]).ended(2);
    assert!(rejected.err.contains(&format!("{found} --tag or --batch.")), "{}", rejected.err);
}

#[test]
fn import_too_large_for_one_request_names_the_flag_that_needs_one() {
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
            let message = format!(
                "one request takes at most 2 secrets and 50000 bytes; the {count} of {file} are more. {flags} needs all of \
                 them in one request. Leave out {flags}, or import smaller files."
            );
            assert!(rejected.err.contains(&message), "{}", rejected.err);
        }
    }
    assert!(strongroom.names().is_empty());
}
