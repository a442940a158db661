//! One damage in the file: a flipped bit, a block that is zeroed, swapped or outdated, or a truncated end. Every answer must be
//! correct, or an error that says what to do.

use std::collections::BTreeMap;

use bytes::Bytes;
use strongroom_storage::{Commit, Engine, Health, Operation, Outcome, RedbEngine, Span, StorageError};

use crate::chance::Chance;
use crate::disk::Disk;

/// Number of damages for each kind of store.
const SEEDS: u64 = 250;
const BLOCK_BYTES: usize = 4_096;

type Records = BTreeMap<Vec<u8>, Vec<u8>>;

fn key(number: u16) -> Vec<u8> {
    [&b"record "[..], &number.to_be_bytes()].concat()
}

/// Mostly small records, and some that need pages of their own.
fn size(number: u16) -> usize {
    match number % 50 {
        0 => 9_000,
        1 => 33_000,
        _ => 60 + usize::from(number % 200),
    }
}

/// Fills a store, overwriting some records and removing others. Calls `old` before the last change.
async fn fill(engine: &RedbEngine, old: impl FnOnce()) -> Records {
    let mut records = Records::new();
    let mut old = Some(old);
    for round in 0..12_u16 {
        if round == 11 {
            old.take().unwrap()();
        }
        let mut operations = Vec::new();
        for number in 0..100 {
            let number = number + round * 60;
            if number % 7 == 3 {
                records.remove(&key(number));
                operations.push(Operation::Delete { key: key(number) });
            } else {
                let value = vec![number as u8 ^ round as u8; size(number)];
                records.insert(key(number), value.clone());
                operations.push(Operation::Put { key: key(number), value: Bytes::from(value) });
            }
        }
        let done = engine.commit(Commit { operations, ..Commit::default() }).await.unwrap();
        assert!(matches!(done, Outcome::Committed(_)));
    }
    records
}

/// Applies one damage and describes it.
fn damage(content: &mut Vec<u8>, old: &[u8], chance: &mut Chance) -> String {
    // The heads are a small part of the file but the most important one.
    let blocks = content.len() / BLOCK_BYTES;
    let block = |chance: &mut Chance| match chance.below(8) {
        0 => chance.below(3),
        _ => chance.below(blocks),
    };
    let range = |block: usize| block * BLOCK_BYTES..(block + 1) * BLOCK_BYTES;
    match chance.below(6) {
        0 | 1 => {
            let (block, bit) = (block(chance), chance.below(BLOCK_BYTES * 8));
            content[block * BLOCK_BYTES + bit / 8] ^= 1 << (bit % 8);
            format!("bit {bit} of block {block} flipped")
        }
        2 => {
            let block = block(chance);
            content[range(block)].fill(0);
            format!("block {block} zero")
        }
        3 => {
            let (one, other) = (block(chance), block(chance));
            let bytes = content[range(one)].to_vec();
            content.copy_within(range(other), one * BLOCK_BYTES);
            content[range(other)].copy_from_slice(&bytes);
            format!("blocks {one} and {other} exchanged")
        }
        4 => {
            let block = block(chance);
            if let Some(bytes) = old.get(range(block)) {
                content[range(block)].copy_from_slice(bytes);
            }
            format!("block {block} old")
        }
        _ => {
            let left = chance.below(content.len());
            content.truncate(left);
            format!("cut to {left} bytes")
        }
    }
}

fn assert_says_what_to_do(fault: &StorageError, which: &str) {
    let mut words = fault.to_string();
    if let Some(cause) = std::error::Error::source(fault) {
        words.push_str(&cause.to_string());
    }
    assert!(words.contains("salvage") && words.contains("backup"), "{which}: {words}");
}

/// How often all answers were correct, an answer was an error, or opening failed.
#[derive(Default, Debug)]
struct OutcomeCounts {
    whole: usize,
    in_part: usize,
    rejected: usize,
}

async fn examine(content: Vec<u8>, records: &Records, which: &str, seen: &mut OutcomeCounts) {
    let engine = match RedbEngine::open_on(Disk::holding(content)) {
        Ok(engine) => engine,
        Err(fault) => {
            assert_says_what_to_do(&fault, which);
            seen.rejected += 1;
            return;
        }
    };
    let mut faults = 0;
    let mut failed = |fault: StorageError| {
        assert!(matches!(fault, StorageError::Damaged { .. }), "{which}: {fault:?}");
        assert_says_what_to_do(&fault, which);
        faults += 1;
    };
    let snapshot = engine.snapshot().await.unwrap();
    for number in 0..800 {
        match snapshot.get(&key(number)).await {
            Ok(found) => {
                let found = found.map(|stored| stored.value.to_vec());
                assert!(found.as_ref() == records.get(&key(number)), "{which}: wrong record {number}");
            }
            Err(fault) => failed(fault),
        }
    }
    match snapshot.range(&Span::prefix(vec![]), usize::MAX).await {
        Ok(found) => {
            let found: Records =
                found.into_iter().map(|(key, stored)| (key, stored.value.to_vec())).collect();
            assert!(&found == records, "{which}: another list");
        }
        Err(fault) => failed(fault),
    }
    // Overwriting everything succeeds, or fails with a reason.
    for number in (0..800).step_by(41) {
        let operations = vec![
            Operation::Put { key: key(number), value: Bytes::from_static(b"new") },
            Operation::Delete { key: key(number + 1) },
        ];
        match engine.commit(Commit { operations, ..Commit::default() }).await {
            Ok(_) => {
                let snapshot = engine.snapshot().await.unwrap();
                match snapshot.get(&key(number)).await {
                    Ok(found) => assert!(found.unwrap().value == b"new"[..], "{which}"),
                    Err(fault) => failed(fault),
                }
            }
            Err(fault) => failed(fault),
        }
    }
    if faults > 0 {
        seen.in_part += 1;
        assert!(!matches!(engine.health(), Health::Working), "{which}: nobody who watches can see it");
    } else {
        seen.whole += 1;
    }
}

async fn examine_damages(killed: bool) {
    let (whole, old, records) = filled(killed).await;
    examine(whole.clone(), &records, "undamaged", &mut OutcomeCounts::default()).await;

    let mut seen = OutcomeCounts::default();
    for seed in 0..SEEDS {
        let mut content = whole.clone();
        let which = damage(&mut content, &old, &mut Chance::new(seed));
        examine(content, &records, &format!("seed {seed}, {which}"), &mut seen).await;
    }
    println!("killed {killed}: {seen:?}");
    assert!(seen.whole > 0 && seen.rejected > 0, "{seen:?}");
    assert!(killed || seen.in_part > 20, "the damages hit too little: {seen:?}");
}

/// A filled store, closed or killed: its file, its file before the last change, and its records.
async fn filled(killed: bool) -> (Vec<u8>, Vec<u8>, Records) {
    let disk = Disk::default();
    let engine = RedbEngine::open_on(disk.clone()).unwrap();
    let mut old = Vec::new();
    let records = fill(&engine, || old = disk.content()).await;
    let mut whole = disk.content();
    drop(engine);
    if !killed {
        whole = disk.content();
    }
    (whole, old, records)
}

/// The salvaged records by key: current ones, and others.
fn salvage(content: Vec<u8>) -> (Records, Records) {
    let (mut current, mut others) = (Records::new(), Records::new());
    let report = RedbEngine::salvage_on(Disk::holding(content), |found| {
        let kind = if found.is_current { &mut current } else { &mut others };
        assert!(kind.insert(found.key, found.stored.value.to_vec()).is_none(), "twice the same key");
    })
    .unwrap();
    assert_eq!((report.current, report.others), (current.len() as u64, others.len() as u64));
    assert!(current.keys().all(|key| !others.contains_key(key)), "twice the same key");
    (current, others)
}

#[tokio::test]
async fn check_finds_damage_and_salvage_returns_undamaged_records() {
    for killed in [false, true] {
        let (whole, old, records) = filled(killed).await;
        let mut read = (0, 0);
        let report =
            RedbEngine::check_on(Disk::holding(whole.clone()), |done, all| read = (done, all)).unwrap();
        assert!(report.is_whole() && report.blocks > 100 && read.0 == read.1 && read.0 > 0, "{report:?}");
        assert_eq!(report.last_change, Some(12));
        assert!(salvage(whole.clone()).0 == records, "all of an undamaged store");

        let mut hits = 0;
        for seed in 0..SEEDS {
            let mut content = whole.clone();
            let which = damage(&mut content, &old, &mut Chance::new(seed));
            let which = format!("seed {seed}, killed {killed}, {which}");
            let is_cut = content.len() < whole.len();
            let is_found = match RedbEngine::check_on(Disk::holding(content.clone()), |_, _| {}) {
                Ok(report) => !report.is_whole(),
                Err(fault) => {
                    assert_says_what_to_do(&fault, &which);
                    true
                }
            };
            let (current, others) = salvage(content);
            let found = |(key, value): &(&Vec<u8>, &Vec<u8>)| {
                current.get(*key).or(others.get(*key)).is_some_and(|found| found == *value)
            };
            let lost = records.iter().filter(|record| !found(record)).count();
            let is_right = |(key, value): (&Vec<u8>, &Vec<u8>)| records.get(key) == Some(value);
            assert!(current.iter().all(is_right), "{which}: something wrong is said to be current");
            assert!(lost == 0 || is_found, "{which}: {lost} lost, and the check says nothing");
            // A damaged leaf loses its records. Damaged checksums lose those of 512 blocks.
            assert!(lost <= 60 || is_cut, "{which}: {lost} of {} lost", records.len());
            hits += usize::from(lost > 0);
        }
        assert!(hits > 20, "the damages hit too little");
    }
}

#[tokio::test]
async fn scrub_finds_damage_that_no_read_has_met() {
    let (mut content, _, _) = filled(false).await;
    // In a value with a page of its own.
    let long = vec![(750 ^ 11_u16) as u8; BLOCK_BYTES];
    let place = content.windows(long.len()).position(|part| part == long).unwrap();
    let engine = RedbEngine::open_on(Disk::holding(content.clone())).unwrap();
    let (mut from, mut checked) = (0, 0);
    loop {
        let scrubbed = engine.scrub(from, 16).unwrap();
        assert!(scrubbed.damaged.is_empty());
        checked += scrubbed.checked;
        match scrubbed.next {
            Some(next) => from = next,
            None => break,
        }
    }
    assert!(checked > 100);
    drop(engine);

    content[place] ^= 1;
    let engine = RedbEngine::open_on(Disk::holding(content)).unwrap();
    let damaged = engine.scrub(0, u64::MAX).unwrap().damaged;
    assert_eq!(damaged.len(), 1);
    assert!(matches!(engine.health(), Health::Damaged { .. }));
}

#[tokio::test]
async fn damaged_closed_store_gives_no_wrong_answer() {
    examine_damages(false).await;
}

#[tokio::test]
async fn damaged_store_of_a_killed_process_gives_no_wrong_answer() {
    examine_damages(true).await;
}
