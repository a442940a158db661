//! Compares the redb engine with the memory engine on random commits.

use std::collections::BTreeMap;

use proptest::prelude::*;
use strongroom_storage::{Commit, Engine, Expect, Key, Operation, Revision, Span};

use crate::{delete, memory, put, redb};

#[derive(Clone, Debug)]
struct Step {
    /// By key, because a commit names each key once: the size of a value, or `None` for a delete.
    operations: BTreeMap<Key, Option<usize>>,
    precondition: Option<(Key, Expect)>,
}

/// Keys close together, so that runs of them meet existing keys and end.
fn keys() -> impl Strategy<Value = Key> {
    prop_oneof![
        prop::collection::vec(0_u8..2, 1..10),
        (0_u16..400).prop_map(|number| number.to_be_bytes().to_vec()),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let size = prop_oneof![20 => (0_usize..200).prop_map(Some), 1 => prop::sample::select(vec![4_000, 5_000, 6_000, 6_200, 8_100, 9_000, 33_000, 60_000]).prop_map(Some), 2 => Just(None)];
    let mostly_deletes = prop_oneof![1 => (0_usize..200).prop_map(Some), 40 => Just(None)];
    let operations = prop_oneof![
        prop::collection::btree_map(keys(), size.clone(), 0..5),
        prop::collection::btree_map(keys(), size, 40..200),
        prop::collection::btree_map(keys(), mostly_deletes, 20..200),
    ];
    let expect =
        prop_oneof![Just(Expect::Absent), (0_u64..12).prop_map(|number| Expect::At(Revision(number)))];
    let step = (operations, prop::option::of((keys(), expect)))
        .prop_map(|(operations, precondition)| Step { operations, precondition });
    prop::collection::vec(step, 1..12)
}

fn commit(number: usize, step: &Step) -> Commit {
    let operations = step.operations.iter().map(|(key, size)| match size {
        Some(size) => put(key.clone(), vec![number as u8; *size]),
        None => delete(key.clone()),
    });
    // Not in key order.
    let mut operations: Vec<Operation> = operations.collect();
    operations.reverse();
    Commit { preconditions: step.precondition.clone().into_iter().collect(), operations }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn redb_engine_holds_the_same_records_as_the_memory_engine(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (model, tried) = (memory(), redb());
        runtime.block_on(async {
            for (number, step) in steps.iter().enumerate() {
                let expected = model.engine.commit(commit(number, step)).await.unwrap();
                let outcome = tried.engine.commit(commit(number, step)).await.unwrap();
                assert_eq!(outcome, expected);
                assert_eq!(everything(&*tried.engine).await, everything(&*model.engine).await);
            }
        });
    }
}

async fn everything(engine: &dyn Engine) -> Vec<(Key, strongroom_storage::Stored)> {
    engine.snapshot().await.unwrap().range(&Span::prefix(vec![]), usize::MAX).await.unwrap()
}
