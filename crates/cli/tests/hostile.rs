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

fn assert_withstands(group: Group) {
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
fn server_withstands_floods_of_frames() {
    assert_withstands(Group::Frames);
}

#[test]
fn server_withstands_slow_and_silent_peers() {
    assert_withstands(Group::Slow);
}

#[test]
fn server_withstands_malformed_requests() {
    assert_withstands(Group::Requests);
}

#[test]
fn server_withstands_announced_lengths_and_large_bodies() {
    assert_withstands(Group::Lengths);
}

#[test]
fn server_withstands_large_counts_and_nesting() {
    assert_withstands(Group::Counts);
}

#[test]
fn server_withstands_clients_that_do_not_read() {
    assert_withstands(Group::Deaf);
}

#[test]
fn server_withstands_floods_of_log_ins() {
    assert_withstands(Group::LogIns);
}

#[test]
fn server_withstands_floods_with_a_token() {
    assert_withstands(Group::TokenHolder);
}
