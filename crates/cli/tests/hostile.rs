//! The short form of `cargo xtask hostile`: one second of each attack against the binary with default settings. Asserts that
//! the server keeps running within its memory limit, does not panic, and loses no data.
#![allow(clippy::unwrap_used, reason = "tests may")]

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use strongroom_hostile::{Group, Pace, Suite, in_group, print_table};

const PACE: Pace = Pace {
    first_quiet: Duration::from_millis(1_500),
    quiet: Duration::ZERO,
    attack: Duration::from_secs(1),
    settle: Duration::from_millis(200),
};

/// Serializes the tests: each needs the machine for itself.
static ALONE: Mutex<()> = Mutex::new(());

fn hold_off(group: Group) {
    let _alone = ALONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let binary = Path::new(env!("CARGO_BIN_EXE_strongroom"));
    let mut suite = Suite::new(binary, Path::new(env!("CARGO_TARGET_TMPDIR")), PACE).unwrap();
    let attacks = in_group(group).filter(|attack| attack.short);
    let reports: Vec<_> = attacks.map(|attack| suite.run(attack).unwrap()).collect();
    // Latencies depend on other load of the machine, so only `cargo xtask hostile` judges them.
    let harmful = reports.iter().filter(|report| !report.failures.is_empty() && !report.is_only_slow());
    let failures: Vec<_> = harmful
        .flat_map(|report| report.failures.iter().map(move |failure| format!("{}: {failure}", report.attack)))
        .collect();
    assert!(failures.is_empty(), "\n{}\n\n{}", failures.join("\n"), print_table(&reports));
}

#[test]
fn floods_of_frames_are_held_off() {
    hold_off(Group::Frames);
}

#[test]
fn slow_and_silent_peers_are_held_off() {
    hold_off(Group::Slow);
}

#[test]
fn strange_requests_are_held_off() {
    hold_off(Group::Requests);
}

#[test]
fn announced_lengths_and_large_bodies_are_held_off() {
    hold_off(Group::Lengths);
}

#[test]
fn counts_and_nesting_are_held_off() {
    hold_off(Group::Counts);
}

#[test]
fn deaf_readers_are_held_off() {
    hold_off(Group::Deaf);
}

#[test]
fn floods_of_log_ins_are_held_off() {
    hold_off(Group::LogIns);
}

#[test]
fn floods_with_a_token_are_held_off() {
    hold_off(Group::TokenHolder);
}
