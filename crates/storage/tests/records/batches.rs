//! Batch records and their parts.

use strongroom_storage::records::{BatchPart, BatchRecord, OutcomeRecord, SecretRecord};
use strongroom_storage::{Change, Commit, Id, Operation, Span};

use crate::{OTHER, PROJECT, Store, at, create, id, secret};

fn batch(number: u8, expire_time: i64) -> BatchRecord {
    BatchRecord { id: id(number).to_stored(), expire_time, ..BatchRecord::default() }
}

fn part(first: u32, names: &[&str]) -> BatchPart {
    let outcomes =
        names.iter().map(|name| OutcomeRecord { name: (*name).into(), ..OutcomeRecord::default() });
    BatchPart { first, outcomes: outcomes.collect() }
}

async fn put(store: &Store, project: Id, batch: &BatchRecord, parts: &[BatchPart]) {
    let mut change = Change::new();
    change.put_batch(project, batch).unwrap();
    for part in parts {
        change.put_batch_part(project, Id::from_stored(&batch.id).unwrap(), part).unwrap();
    }
    assert!(store.commit(change).await);
}

/// Simulates a lost record.
async fn lose_the_record_of_the_oldest(store: &Store) {
    let records = store.engine.snapshot().await.unwrap().range(&Span::prefix(vec![0x50]), 99).await.unwrap();
    let key = records.last().unwrap().0.clone();
    let lost = Commit { operations: vec![Operation::Delete { key }], ..Commit::default() };
    let _committed = store.engine.commit(lost).await.unwrap();
}

#[tokio::test]
async fn batches_are_listed_newest_first() {
    let store = Store::empty();
    for number in [2, 9, 5, 7] {
        put(&store, PROJECT, &batch(number, 1), &[]).await;
    }
    put(&store, OTHER, &batch(8, 1), &[]).await;
    let view = store.storage.view().await.unwrap();
    let listed = async |after, limit| -> Vec<u8> {
        let found = view.batches(PROJECT, after, limit).await.unwrap();
        found.iter().map(|batch| batch.id[0]).collect()
    };
    assert_eq!(listed(None, 99).await, [9, 7, 5, 2]);
    assert_eq!(listed(None, 2).await, [9, 7]);
    assert_eq!(listed(Some(id(7)), 2).await, [5, 2], "after one of them");
    assert_eq!(listed(Some(id(6)), 99).await, [5, 2], "after one that is gone");
    assert_eq!(listed(Some(id(2)), 99).await, [0; 0]);
    assert_eq!(view.batch(PROJECT, id(9)).await.unwrap().unwrap().record, batch(9, 1));
    assert_eq!(view.batch(PROJECT, id(8)).await.unwrap(), None, "another project's");
}

#[tokio::test]
async fn part_of_an_outcome_is_found() {
    let store = Store::empty();
    put(&store, PROJECT, &batch(1, 1), &[part(0, &["a", "b"]), part(2, &["c"]), part(3, &["d", "e"])]).await;
    put(&store, PROJECT, &batch(2, 1), &[part(0, &["other"])]).await;
    let view = store.storage.view().await.unwrap();
    for (place, first) in
        [(0, Some(0)), (1, Some(0)), (2, Some(2)), (3, Some(3)), (4, Some(3)), (5, None), (u32::MAX, None)]
    {
        let found = view.batch_part(PROJECT, id(1), place).await.unwrap();
        assert_eq!(found.map(|part| part.record.first), first, "{place}");
    }
    assert_eq!(view.batch_part(OTHER, id(1), 0).await.unwrap(), None);
}

#[tokio::test]
async fn updating_a_batch_conflicts_if_it_has_changed() {
    let store = Store::empty();
    put(&store, PROJECT, &batch(1, 1), &[]).await;
    let read = store.storage.view().await.unwrap().batch(PROJECT, id(1)).await.unwrap().unwrap();
    let after = BatchRecord { undone_by: id(2).to_stored(), ..read.record.clone() };
    for stored in [true, false] {
        let mut change = Change::new();
        change.update_batch(PROJECT, &read, &after).unwrap();
        assert_eq!(store.commit(change).await, stored);
    }
}

#[tokio::test]
async fn part_has_the_revision_of_its_secrets_until_they_change() {
    let store = Store::empty();
    let mut change = Change::new();
    create(&mut change, PROJECT, &secret(1, "a")).unwrap();
    create(&mut change, PROJECT, &secret(2, "b")).unwrap();
    change.put_batch(PROJECT, &batch(9, 1)).unwrap();
    change.put_batch_part(PROJECT, id(9), &part(0, &["a", "b"])).unwrap();
    assert!(store.commit(change).await);

    let b = store.storage.view().await.unwrap().secret(PROJECT, "b").await.unwrap().unwrap();
    let mut change = Change::new();
    change
        .update_secret(PROJECT, &b, &SecretRecord { description: "new".into(), ..b.record.clone() })
        .unwrap();
    let batch = store.storage.view().await.unwrap().batch(PROJECT, id(9)).await.unwrap().unwrap();
    change.update_batch(PROJECT, &batch, &batch.record).unwrap();
    assert!(store.commit(change).await);

    let view = store.storage.view().await.unwrap();
    let part = view.batch_part(PROJECT, id(9), 0).await.unwrap().unwrap();
    for (name, untouched) in [("a", true), ("b", false)] {
        let secret = view.secret(PROJECT, name).await.unwrap().unwrap();
        assert_eq!(secret.revision == part.revision, untouched, "{name}");
    }
}

#[tokio::test]
async fn expired_batches_are_removed_completely_in_several_steps() {
    let store = Store::empty();
    let parts: Vec<_> = (0..7).map(|first| part(first, &["a"])).collect();
    put(&store, PROJECT, &batch(1, 10), &parts).await;
    put(&store, OTHER, &batch(2, 20), &parts[..1]).await;
    put(&store, PROJECT, &batch(3, 21), &parts[..2]).await;
    assert!(store.storage.view().await.unwrap().expired_batches(at(9), 99).await.unwrap().is_empty());

    let mut removed = Vec::new();
    loop {
        let expired = store.storage.view().await.unwrap().expired_batches(at(20), 4).await.unwrap();
        if expired.is_empty() {
            break;
        }
        let mut change = Change::new();
        for batch in &expired {
            change.remove_batch(batch);
        }
        removed.push(expired.iter().map(|batch| batch.records()).sum::<usize>());
        assert!(store.commit(change).await);
    }
    assert_eq!(removed, [4, 5, 3]);
    assert_eq!(store.keys().await, 2 + 2, "what has not expired stays");
    let left = store.storage.view().await.unwrap();
    assert_eq!(left.batch_part(PROJECT, id(3), 1).await.unwrap().unwrap().record.first, 1);
}

#[tokio::test]
async fn expired_batch_without_a_record_does_not_block_the_removal_of_others() {
    let store = Store::empty();
    put(&store, PROJECT, &batch(1, 10), &[part(0, &["a"])]).await;
    put(&store, PROJECT, &batch(2, 11), &[part(0, &["b"])]).await;
    lose_the_record_of_the_oldest(&store).await;
    assert_eq!(store.storage.view().await.unwrap().batch(PROJECT, id(1)).await.unwrap(), None);

    let expired = store.storage.view().await.unwrap().expired_batches(at(20), 99).await.unwrap();
    let mut change = Change::new();
    expired.iter().for_each(|batch| change.remove_batch(batch));
    assert!(store.commit(change).await);
    assert_eq!(store.keys().await, 0);
}

#[tokio::test]
async fn removal_of_a_large_batch_respects_the_limit() {
    let store = Store::empty();
    let parts: Vec<_> = (0..9).map(|first| part(first, &["a"])).collect();
    put(&store, PROJECT, &batch(1, 10), &parts).await;
    for limit in 1..9 {
        let expired = store.storage.view().await.unwrap().expired_batches(at(20), limit).await.unwrap();
        assert_eq!(expired.iter().map(|batch| batch.records()).sum::<usize>(), limit);
    }
}

#[test]
fn a_thousand_outcomes_of_an_import_are_small() {
    let outcome = |number| OutcomeRecord {
        name: format!("service-{number}-database-password"),
        action: 1,
        line: number,
        version: 1,
        ..OutcomeRecord::default()
    };
    let part = BatchPart { first: 0, outcomes: (0..1_000).map(outcome).collect() };
    assert!(prost::Message::encoded_len(&part) < 50_000);
    assert!(size_of::<OutcomeRecord>() <= 96);
}
