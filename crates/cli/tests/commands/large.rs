//! What is too much for one call, or for one step.

use crate::strongroom::{Ran, Strongroom};

/// More than one durable step takes back: it holds 131,072 records, and each secret is five.
const MANY: usize = 30_000;

fn is_offered(ran: &Ran) -> bool {
    ran.err.contains("batch undo") || ran.err.contains("restore --batch")
}

#[test]
fn what_no_step_holds_is_refused_in_words_of_the_command() {
    let strongroom = Strongroom::start();
    let text: String = (0..MANY).map(|n| format!("S{n:05}=VALUE-{n}\n")).collect();
    strongroom.file("many.env", text);
    let stored = strongroom.run(["import", "many.env", "--yes"]).done();

    let again = strongroom.run(["import", "many.env", "--yes"]).ended(3);
    assert!(again.out.ends_with(&format!("done: {MANY} refused\n")));
    let batches = strongroom.run(["batch", "list", "--output", "json"]).done().json();
    assert_eq!(batches["batches"].as_array().unwrap().len(), 2, "what was refused is a batch too");
    assert!(!is_offered(&again), "nothing is to take back: {}", again.err);
    assert!(is_offered(&stored));
}
