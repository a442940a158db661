//! Damage to the file of a store never causes a wrong or missing answer or a panic: each read gives the correct answer, or an
//! error that says what to do.
//!
//! A short run is part of the tests. `STRONGROOM_DAMAGES=1000 cargo test -p strongroom-storage --test damage -- --nocapture`
//! tries a thousand places on each store and prints the counts.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may")]
#![allow(clippy::print_stdout, reason = "the long run prints what it counted")]

mod damages;
mod reads;
mod salvaged;
mod store;

use std::collections::BTreeMap;
use std::path::Path;

use damages::Damage;
use reads::{Answer, ReadOutcome, read_all};
use store::Filled;

/// Damages per store in a normal run, which takes about ten seconds in a debug build.
const SHORT_RUN: usize = 60;

#[test]
fn damage_to_a_store_closed_in_order_is_an_error_or_harmless() {
    try_damages(&Filled::closed(), 1);
}

#[test]
fn damage_to_a_store_that_was_killed_is_an_error_or_harmless() {
    try_damages(&Filled::killed(), 2);
}

fn try_damages(filled: &Filled, seed: u64) {
    #[allow(clippy::disallowed_methods, reason = "how the long run is asked for")]
    let wanted = std::env::var("STRONGROOM_DAMAGES").ok().map(|number| number.parse().unwrap());
    let mut chance = damages::Chance::new(seed);
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    let quiet = Quiet::new();
    for number in 0..wanted.unwrap_or(SHORT_RUN) {
        let damage = Damage::draw(&mut chance, filled.image().len());
        let outcome = outcome(filled, &damage);
        *counts.entry((damage.kind(), outcome.word())).or_default() += 1;
        if outcome.is_wrong() {
            wrong.push(format!("damage {number}, {damage:?}: {outcome:?}"));
        }
    }
    drop(quiet);
    for ((kind, word), count) in &counts {
        println!("{kind:14} {word:8} {count}");
    }
    let shown: Vec<_> = wrong.iter().take(10).cloned().collect();
    assert!(wrong.is_empty(), "{} of the damages were not noticed: {shown:#?}", wrong.len());
}

/// The worst outcome of all reads after this damage.
fn outcome(filled: &Filled, damage: &Damage) -> ReadOutcome {
    let folder = store::folder();
    filled.write_to(folder.path());
    let file = folder.path().join(store::FILE);
    let mut image = filled.image().to_vec();
    damage.apply(&mut image);
    std::fs::write(&file, &image).unwrap();
    let answers = read_all(&file, filled);
    answers.into_iter().map(Answer::ending).max().unwrap_or(ReadOutcome::Right)
}

/// Suppresses the output of panics, which are counted instead.
struct Quiet;

impl Quiet {
    fn new() -> Self {
        std::panic::set_hook(Box::new(|_| {}));
        Self
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        drop(std::panic::take_hook());
    }
}

#[test]
fn undamaged_store_answers_every_read_correctly() {
    for filled in [Filled::closed(), Filled::killed()] {
        let folder = store::folder();
        filled.write_to(folder.path());
        let file: &Path = &folder.path().join(store::FILE);
        let answers = read_all(file, &filled);
        assert!(answers.len() > 1_000, "{} reads", answers.len());
        for answer in answers {
            assert_eq!(answer.ending(), ReadOutcome::Right);
        }
    }
}
