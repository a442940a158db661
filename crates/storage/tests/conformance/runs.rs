//! Commits with many neighbouring keys, such as an import or many removals.

use std::collections::BTreeMap;

use bytes::Bytes;
use strongroom_storage::{Engine, Expect, Key, Operation, Outcome, Span};

use crate::{delete, every_engine, keys, put, write, write_if};

/// Enough records to fill dozens of pages.
const STORED: u16 = 3_000;

fn key(number: u16) -> Key {
    number.to_be_bytes().to_vec()
}

/// A key between `key(number)` and the next.
fn between(number: u16) -> Key {
    [&key(number), &b"+"[..]].concat()
}

async fn fill(engine: &dyn Engine) {
    write(engine, (0..STORED).map(|number| put(key(number), [7; 100])).collect()).await;
}

/// Commits the operations to a full store and compares the records with the expected ones.
async fn assert_keeps_other_records(operations: Vec<Operation>) {
    let mut expected: BTreeMap<Key, Bytes> =
        (0..STORED).map(|number| (key(number), Bytes::from_static(&[7; 100]))).collect();
    for operation in &operations {
        match operation {
            Operation::Put { key, value } => drop(expected.insert(key.clone(), value.clone())),
            Operation::Delete { key } => drop(expected.remove(key)),
        }
    }
    for subject in every_engine() {
        let engine = &*subject.engine;
        fill(engine).await;
        let before = engine.snapshot().await.unwrap();
        write(engine, operations.clone()).await;
        let after = engine.snapshot().await.unwrap();
        let found = after.range(&Span::prefix(vec![]), usize::MAX).await.unwrap();
        let found: BTreeMap<Key, Bytes> =
            found.into_iter().map(|(key, stored)| (key, stored.value)).collect();
        assert!(
            found == expected,
            "{} keys where {} should be, or other values",
            found.len(),
            expected.len()
        );
        assert_eq!(keys(&*before, Span::prefix(vec![]), usize::MAX).await.len(), usize::from(STORED));
    }
}

#[tokio::test]
async fn run_of_deletes_removes_only_the_named_keys() {
    assert_keeps_other_records((100..2_000).map(|number| delete(key(number))).collect()).await;
    assert_keeps_other_records((0..STORED).map(|number| delete(key(number))).collect()).await;
    assert_keeps_other_records((2_900..STORED + 100).map(|number| delete(key(number))).collect()).await;
}

#[tokio::test]
async fn run_of_deletes_keeps_other_keys_in_between() {
    // A run of the redb engine skips up to eight other keys; nine end it.
    for distance in [2, 3, 8, 9, 10, 11, 50] {
        let some = (100..2_000).filter(|number| number % distance == 0);
        assert_keeps_other_records(some.map(|number| delete(key(number))).collect()).await;
        let others = (100..2_000).filter(|number| number % distance != 0);
        assert_keeps_other_records(others.map(|number| delete(key(number))).collect()).await;
    }
    let islands = (0..STORED).filter(|number| number % 200 < 20 || number / 700 == 3);
    assert_keeps_other_records(islands.map(|number| delete(key(number))).collect()).await;
}

#[tokio::test]
async fn run_of_deletes_accepts_missing_keys() {
    assert_keeps_other_records((0..STORED).map(|number| delete(between(number))).collect()).await;
    let both = (500..900).flat_map(|number| [delete(key(number)), delete(between(number))]);
    assert_keeps_other_records(both.collect()).await;
    let apart = (500..900).step_by(4).flat_map(|number| [delete(between(number)), delete(key(number + 2))]);
    assert_keeps_other_records(apart.collect()).await;
}

#[tokio::test]
async fn alternating_runs_of_puts_and_deletes_are_applied() {
    for length in [1, 2, 5, 30, 400] {
        let turns = (0..STORED).flat_map(|number| match number / length % 3 {
            0 => vec![delete(key(number))],
            1 => vec![put(between(number), [8; 100]), delete(key(number))],
            _ => vec![put(key(number), [8; 100]), put(between(number), [8; 100])],
        });
        assert_keeps_other_records(turns.collect()).await;
    }
}

#[tokio::test]
async fn one_failed_precondition_among_many_is_a_conflict() {
    for subject in every_engine() {
        let engine = &*subject.engine;
        let there = write(engine, (0..STORED).map(|number| put(key(number), "there")).collect()).await;
        let other = write(engine, vec![put("zz", "of another commit")]).await;
        for apart in [1, 2, 4, 6, 50] {
            let numbers: Vec<u16> = (10..STORED).step_by(apart).take(40).collect();
            let hold: Vec<_> = numbers
                .iter()
                .flat_map(|number| [(key(*number), Expect::At(there)), (between(*number), Expect::Absent)])
                .collect();
            let commit = async |preconditions: &[(Key, Expect)]| {
                let preconditions =
                    preconditions.iter().map(|(key, expect)| (key.as_slice(), *expect)).collect();
                write_if(engine, preconditions, vec![]).await
            };
            assert!(matches!(commit(&hold).await, Outcome::Committed(_)), "{apart}");
            for (place, (_, expect)) in hold.iter().enumerate() {
                let mut one_not = hold.clone();
                one_not[place].1 = match expect {
                    Expect::At(_) if place % 4 == 0 => Expect::Absent,
                    Expect::At(_) => Expect::At(other),
                    Expect::Absent => Expect::At(there),
                };
                assert_eq!(commit(&one_not).await, Outcome::Conflict, "{apart}, {place}");
            }
        }
    }
}
