//! A rotation of the root key where the records of some keys are damaged.

use std::sync::Arc;

use strongroom_contract::v1::RootKeyState;
use strongroom_operations::{Rejection, Round};
use strongroom_storage::{Commit, Engine, Key, MemoryEngine, Operation, Span, Storage};

use crate::root_key::{all_sealed_by, first, found, rotate, show, started, under};
use crate::strongroom::rejection;

async fn put(engine: &MemoryEngine, key: &Key, value: Vec<u8>) {
    let operations = vec![Operation::Put { key: key.clone(), value: value.into() }];
    let _committed = engine.commit(Commit { operations, ..Commit::default() }).await.unwrap();
}

#[tokio::test]
async fn damaged_keys_are_named_and_hold_up_nothing_but_the_end() {
    let engine = Arc::new(MemoryEngine::new());
    let storage = Storage::with_known_key(engine.clone());
    let (file, credentials) = first(&storage).await;
    let strongroom = started(&storage, &found(&storage, &file).await, file.clone());
    strongroom.import(vec![under("a"), under("b"), under("c")]).await;
    let snapshot = engine.snapshot().await.unwrap();
    let mut whole = snapshot.range(&Span::prefix(vec![0x20]), 2).await.unwrap();
    whole.append(&mut snapshot.range(&Span::prefix(vec![0x36]), 1).await.unwrap());
    let altered = |record: &[u8]| {
        let (last, before) = record.split_last().unwrap();
        [before, &[last ^ 1]].concat()
    };
    // The first is no record at all; the second differs in one bit.
    put(&engine, &whole[0].0, vec![0xff]).await;
    put(&engine, &whole[1].0, altered(&whole[1].1.value)).await;
    put(&engine, &whole[2].0, vec![0xff]).await;

    let shown = rotate(&strongroom).await.unwrap();
    assert_eq!((shown.term, shown.state()), (2, RootKeyState::Rotating));
    assert_eq!((shown.waiting_keys, shown.damaged_keys), (3, 3));
    assert_eq!(file.keys().len(), 2, "the key before is kept");
    assert_eq!(rejection(rotate(&strongroom).await), Rejection::RootKeyRotating);

    let later = started(&storage, &found(&storage, &file).await, file.clone());
    assert_eq!(later.read("c").await.unwrap().secret_string.unwrap(), "c");
    let round = later.operations.carry_on_rotation().await.unwrap().unwrap();
    assert_eq!(round.rewrapped, 0);
    let mut named: Vec<_> = round.damaged.iter().map(ToString::to_string).collect();
    named.sort();
    let project = later.call("").caller.project_id;
    let of = |key: &str| format!("master key {key} of project {project}");
    assert_eq!(named, [format!("access key {}", credentials.access_key), of("key-a"), of("key-b")],);

    for (key, stored) in whole {
        put(&engine, &key, stored.value.to_vec()).await;
    }
    let round = later.operations.carry_on_rotation().await.unwrap();
    assert_eq!(round, Some(Round { rewrapped: 3, damaged: Vec::new() }));
    let shown = show(&later).await;
    assert_eq!((shown.state(), shown.waiting_keys, shown.damaged_keys), (RootKeyState::Whole, 0, 0));
    assert_eq!(file.keys().len(), 1);
    all_sealed_by(&storage, 2).await;
}
