//! The disk is full, or a flush fails. Reads still work, writers get an accurate error, and writing resumes by itself.

use std::sync::Arc;

use bytes::Bytes;
use strongroom_storage::{
    Commit, Engine, Health, Operation, Outcome, RedbEngine, Snapshot, Span, StorageError,
};

use crate::chance::Chance;
use crate::disk::Disk;

/// Number of random seeds.
const SEEDS: u64 = 40;

/// Every commit writes the same number at this many keys, in small and large records.
const PLACES: u8 = 40;

fn change(number: u64, size: usize) -> Commit {
    let put = |place: u8| Operation::Put {
        key: vec![place],
        value: Bytes::from([&number.to_be_bytes()[..], &vec![7; size * usize::from(place % 4)]].concat()),
    };
    Commit { operations: (0..PLACES).map(put).collect(), ..Commit::default() }
}

/// The number that all keys have.
async fn number_in(snapshot: &dyn Snapshot) -> Result<u64, StorageError> {
    let found = snapshot.range(&Span::prefix(vec![]), 999).await?;
    let numbers = found.iter().map(|(_, stored)| u64::from_be_bytes(*stored.value.first_chunk().unwrap()));
    let mut numbers: Vec<_> = numbers.collect();
    assert!(numbers.is_empty() || numbers.len() == usize::from(PLACES), "half a change is there");
    numbers.dedup();
    assert!(numbers.len() <= 1, "two changes are mixed: {numbers:?}");
    Ok(numbers.first().copied().unwrap_or_default())
}

async fn number(engine: &RedbEngine) -> u64 {
    number_in(&*engine.snapshot().await.unwrap()).await.unwrap()
}

/// Repeats the commit until it succeeds, as a client would.
async fn commit_in_the_end(engine: &RedbEngine, number: u64) {
    loop {
        match engine.commit(change(number, 100)).await {
            Ok(outcome) => {
                assert!(matches!(outcome, Outcome::Committed(_)));
                return;
            }
            Err(StorageError::Unavailable { .. }) => tokio::task::yield_now().await,
            Err(fault) => panic!("{fault:?}"),
        }
    }
}

async fn writable(engine: &RedbEngine) {
    while matches!(engine.health(), Health::ReadOnly { .. }) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn full_disk_stops_only_writes_until_there_is_space() {
    let disk = Disk::default();
    let engine = RedbEngine::open_on(disk.clone()).unwrap();
    commit_in_the_end(&engine, 1).await;
    let before = engine.snapshot().await.unwrap();

    disk.leave_room(Some(3));
    for _ in 0..20 {
        let fault = engine.commit(change(2, 3_000)).await.unwrap_err();
        assert!(matches!(fault, StorageError::Unavailable { .. }), "{fault:?}");
        assert!(std::error::Error::source(&fault).is_some(), "and says why");
        assert_eq!(number(&engine).await, 1, "nothing was changed");
        assert_eq!(number_in(&*before).await.unwrap(), 1, "who reads goes on");
        assert!(matches!(engine.health(), Health::ReadOnly { .. }));
    }

    disk.leave_room(None);
    commit_in_the_end(&engine, 3).await;
    assert!(matches!(engine.health(), Health::Working));
    assert_eq!(number(&engine).await, 3);
    drop(engine);
    let engine = RedbEngine::open_on(Disk::holding(disk.content())).unwrap();
    assert_eq!(number(&engine).await, 3);
}

#[tokio::test]
async fn file_size_limit_stops_writes_until_it_is_lifted() {
    let disk = Disk::default();
    let engine = RedbEngine::open_on(disk.clone()).unwrap();
    disk.limit_length(true);
    let mut last = 0;
    let fault = loop {
        match engine.commit(change(last + 1, 20_000)).await {
            Ok(_) => last += 1,
            Err(fault) => break fault,
        }
    };
    assert!(matches!(fault, StorageError::Unavailable { .. }), "{fault:?}");
    // As long as the file cannot grow, the store must not report that it is writable.
    let fails = disk.rejected_lengths();
    while disk.rejected_lengths() < fails + 3 {
        assert!(matches!(engine.health(), Health::ReadOnly { .. }));
        assert_eq!(number(&engine).await, last);
        tokio::task::yield_now().await;
    }
    disk.limit_length(false);
    commit_in_the_end(&engine, last + 1).await;
    assert_eq!(number(&engine).await, last + 1);
}

#[tokio::test]
async fn store_opens_and_reads_while_the_disk_is_full() {
    let disk = Disk::default();
    let engine = RedbEngine::open_on(disk.clone()).unwrap();
    commit_in_the_end(&engine, 1).await;
    drop(engine);
    disk.leave_room(Some(0));
    let engine = RedbEngine::open_on(disk.clone()).unwrap();
    assert_eq!(number(&engine).await, 1);
    assert!(matches!(engine.commit(change(2, 3_000)).await, Err(StorageError::Unavailable { .. })));
    assert_eq!(number(&engine).await, 1);
}

#[tokio::test]
async fn failed_flush_leaves_the_outcome_unknown_until_the_commit_is_repeated() {
    let disk = Disk::default();
    let engine = RedbEngine::open_on(disk.clone()).unwrap();
    commit_in_the_end(&engine, 1).await;
    disk.fail_flushes(1, 0);
    let fault = engine.commit(change(2, 100)).await.unwrap_err();
    assert!(matches!(fault, StorageError::Unconfirmed { .. }), "{fault:?}");
    assert!(fault.to_string().contains("stored or not"), "{fault}");
    assert_eq!(number(&engine).await, 1, "what is not known to be durable is not shown");
    commit_in_the_end(&engine, 3).await;
    assert_eq!(number(&engine).await, 3);
}

/// Acknowledged commits are there, rejected ones are not, and none is incomplete: while writes and flushes fail, after a kill,
/// and after a power loss.
#[tokio::test]
async fn acknowledged_commits_survive_write_errors_kills_and_power_losses() {
    for seed in 0..SEEDS {
        let mut chance = Chance::new(seed);
        let mut disk = Disk::default();
        let mut engine = Arc::new(RedbEngine::open_on(disk.clone()).unwrap());
        // The number that is certainly stored, and those that may be.
        let (mut known, mut possible) = (0, Vec::new());
        for attempt in 1..40 {
            match chance.below(12) {
                0 => disk.fail_flushes(1 + chance.below(3), chance.draw()),
                1 => disk.leave_room(Some(chance.below(30))),
                2 | 3 => {
                    disk.leave_room(None);
                    writable(&engine).await;
                }
                4 => {
                    let content = match chance.below(2) {
                        0 => disk.content(),
                        _ => disk.survivor(|| chance.draw()),
                    };
                    disk = Disk::holding(content);
                    engine = Arc::new(RedbEngine::open_on(disk.clone()).unwrap());
                    let found = number(&engine).await;
                    assert!(found == known || possible.contains(&found), "seed {seed}: {found}, not {known}");
                    (known, possible) = (found, Vec::new());
                }
                _ => {}
            }
            let view = engine.snapshot().await.unwrap();
            let shown = number_in(&*view).await.unwrap();
            match engine.commit(change(attempt, chance.below(4_000))).await {
                Ok(_) => (known, possible) = (attempt, Vec::new()),
                Err(StorageError::Unconfirmed { .. }) => possible.push(attempt),
                Err(StorageError::Unavailable { .. }) => {}
                Err(fault) => panic!("seed {seed}: {fault:?}"),
            }
            let found = number(&engine).await;
            assert!(
                found == known || possible.contains(&found),
                "seed {seed}: {found} is shown, not {known}"
            );
            // An older snapshot still shows its state, or fails.
            match number_in(&*view).await {
                Ok(found) => assert_eq!(found, shown, "seed {seed}"),
                Err(fault) => {
                    assert!(matches!(fault, StorageError::Unavailable { .. }), "seed {seed}: {fault:?}")
                }
            }
        }
    }
}
