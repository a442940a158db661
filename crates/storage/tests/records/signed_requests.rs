//! Records of signed requests, and the clock record.

use strongroom_storage::Change;
use strongroom_storage::records::{ClockRecord, SignedRequestRecord};

use crate::{Store, at};

fn done(time: i64) -> SignedRequestRecord {
    SignedRequestRecord { operation: "CreateSecret".to_owned(), time, ..SignedRequestRecord::default() }
}

#[tokio::test]
async fn signed_request_is_stored_once() {
    let store = Store::empty();
    let put = |date, hash: [u8; 32], time| {
        let mut change = Change::new();
        change.put_signed_request(at(date), &hash, &done(time));
        store.commit(change)
    };
    assert!(put(5_000, [1; 32], 1).await);
    assert!(!put(5_000, [1; 32], 2).await);
    assert!(put(5_000, [2; 32], 3).await && put(6_000, [1; 32], 4).await);

    let view = store.storage.view().await.unwrap();
    for (date, hash, time) in [(5_000, [1; 32], 1), (5_000, [2; 32], 3), (6_000, [1; 32], 4)] {
        assert_eq!(view.signed_request(at(date), &hash).await.unwrap().unwrap().record, done(time));
    }
    assert!(view.signed_request(at(7_000), &[1; 32]).await.unwrap().is_none());
}

#[tokio::test]
async fn signed_requests_are_removed_by_date() {
    let store = Store::empty();
    for date in [-1_000, 1_000, 2_000, 3_000] {
        let mut change = Change::new();
        change.put_signed_request(at(date), &[1; 32], &done(0));
        assert!(store.commit(change).await);
    }
    let view = store.storage.view().await.unwrap();
    assert_eq!(view.signed_requests_before(at(2_000), 1).await.unwrap().len(), 1);
    let mut change = Change::new();
    for old in view.signed_requests_before(at(2_000), 10).await.unwrap() {
        change.remove_signed_request(&old);
    }
    assert!(store.commit(change).await);
    let view = store.storage.view().await.unwrap();
    for (date, is_there) in [(-1_000, false), (1_000, false), (2_000, true), (3_000, true)] {
        assert_eq!(view.signed_request(at(date), &[1; 32]).await.unwrap().is_some(), is_there, "{date}");
    }
}

#[tokio::test]
async fn updating_the_clock_record_conflicts_if_it_has_changed() {
    let store = Store::empty();
    let record = |time| ClockRecord { time, ..ClockRecord::default() };
    let mut change = Change::new();
    change.put_clock(None, &record(1));
    assert!(store.commit(change).await);
    let first = store.storage.view().await.unwrap().clock().await.unwrap();
    for (before, stored) in [(None, false), (first.as_ref(), true), (first.as_ref(), false)] {
        let mut change = Change::new();
        change.put_clock(before, &record(2));
        assert_eq!(store.commit(change).await, stored);
    }
    assert_eq!(store.storage.view().await.unwrap().clock().await.unwrap().unwrap().record, record(2));
}
