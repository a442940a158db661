//! Power loss at any step.

use std::sync::Arc;

use bytes::Bytes;
use strongroom_storage::{Commit, Engine, Operation, Outcome, RedbEngine, Span};

use crate::chance::Chance;
use crate::disk::Disk;

/// Number of random seeds, each with another step of the power loss.
const SEEDS: u64 = 200;
const ROUNDS: u8 = 12;
const CALLERS: u8 = 3;

/// Writes the round to all keys of the caller, in small and large records, and moves one key.
fn round(caller: u8, round: u8) -> Commit {
    let put = |place: u8, size: usize| Operation::Put {
        key: vec![caller, 0, place],
        value: Bytes::from(vec![round; size]),
    };
    let moved = |round: u8| vec![caller, 1, round];
    Commit {
        preconditions: vec![],
        operations: vec![
            put(0, 1),
            put(1, 900),
            put(2, 9_000),
            Operation::Delete { key: moved(round - 1) },
            Operation::Put { key: moved(round), value: Bytes::new() },
        ],
    }
}

/// Runs all rounds of all callers concurrently. Returns the last acknowledged round of each.
async fn run(engine: Arc<RedbEngine>) -> Vec<u8> {
    let callers = (0..CALLERS).map(|caller| {
        let engine = Arc::clone(&engine);
        tokio::spawn(async move {
            for number in 1..=ROUNDS {
                match engine.commit(round(caller, number)).await {
                    Ok(Outcome::Committed(_)) => {}
                    Ok(Outcome::Conflict) => panic!("nothing was expected"),
                    Err(_) => return number - 1,
                }
            }
            ROUNDS
        })
    });
    let mut answered = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        answered.push(caller.await.unwrap());
    }
    answered
}

/// The round that all keys of a caller have.
async fn stored_round(engine: &RedbEngine, caller: u8, seed: u64) -> u8 {
    let snapshot = engine.snapshot().await.unwrap();
    let found = snapshot.range(&Span::prefix(vec![caller]), 99).await.unwrap();
    let Some((_, first)) = found.first() else { return 0 };
    let round = first.value[0];
    assert_eq!(found.len(), 4, "seed {seed}: half a commit is there");
    for ((key, stored), size) in found.iter().zip([1, 900, 9_000, 0]) {
        assert_eq!(stored.value, vec![round; size], "seed {seed}: two commits are mixed at {key:?}");
    }
    assert_eq!(found[3].0, [caller, 1, round], "seed {seed}: an old key came back");
    round
}

#[tokio::test]
async fn power_loss_loses_no_acknowledged_commit_and_leaves_none_incomplete() {
    let mut lost_midway = 0;
    for seed in 0..SEEDS {
        let mut chance = Chance::new(seed);
        let disk = Disk::default();
        drop(RedbEngine::open_on(disk.clone()).unwrap());
        // Twelve rounds take about this many steps, including closing.
        disk.lose_power_after(disk.steps() + (chance.draw() % 500) as usize);

        let answered = match RedbEngine::open_on(disk.clone()) {
            Ok(engine) => run(Arc::new(engine)).await,
            Err(_) => vec![0; usize::from(CALLERS)],
        };
        lost_midway += u32::from(answered.iter().any(|round| (1..ROUNDS).contains(round)));

        let engine = RedbEngine::open_on(Disk::holding(disk.survivor(|| chance.draw()))).unwrap();
        for (caller, answered) in (0..CALLERS).zip(answered) {
            let stored = stored_round(&engine, caller, seed).await;
            assert!(stored >= answered, "seed {seed}: round {answered} was answered, {stored} is there");
            assert!(stored <= answered + 1, "seed {seed}: round {stored} was never asked for");
        }
        assert!(engine.commit(round(0, ROUNDS)).await.is_ok(), "seed {seed}: it takes no more writes");
    }
    assert!(u64::from(lost_midway) > SEEDS / 4, "only {lost_midway} losses were midway: move the moments");
}

#[tokio::test]
async fn commit_takes_one_flush() {
    let disk = Disk::default();
    let engine = RedbEngine::open_on(disk.clone()).unwrap();
    for number in 1..=20 {
        let before = disk.flushes();
        assert!(matches!(engine.commit(round(0, number)).await, Ok(Outcome::Committed(_))));
        assert_eq!(disk.flushes() - before, 1);
    }
}

#[tokio::test]
async fn failed_flush_acknowledges_nothing() {
    let disk = Disk::default();
    let engine = RedbEngine::open_on(disk.clone()).unwrap();
    assert!(engine.commit(round(0, 1)).await.is_ok());
    disk.lose_power_after(disk.steps() + 1);
    for number in 2..5 {
        let fault = engine.commit(round(0, number)).await.unwrap_err();
        assert!(std::error::Error::source(&fault).is_some(), "{fault}");
    }
    assert_eq!(engine.counters().failures, 3, "whoever watches over the server can see it");
}
