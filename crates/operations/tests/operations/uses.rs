//! When a value was last read: told at once, stored together, and gone with its secret.

use std::sync::Arc;

use strongroom_contract::v1;
use strongroom_storage::records::UseRecord;
use strongroom_storage::{Id, MemoryEngine};

use crate::strongroom::{START, Strongroom, rejection, text};

const PROJECT: Id = Id::new([2; 16]);
const READ: i64 = START - 500;

async fn shown(strongroom: &Strongroom, name: &str) -> Option<i64> {
    let shown = strongroom.show(name).await.unwrap().secret.unwrap().last_used_time;
    let request = v1::ListSecretsRequest::default();
    let listed = strongroom.operations.list_secrets(&strongroom.call("ListSecrets"), request).await.unwrap();
    let listed = listed.secrets.into_iter().find(|secret| secret.name == name).unwrap();
    assert_eq!(listed.last_used_time, shown, "show and list tell the same");
    shown
}

async fn stored(strongroom: &Strongroom, name: &str) -> Option<UseRecord> {
    strongroom.storage.view().await.unwrap().last_use(PROJECT, name).await.unwrap()
}

#[tokio::test]
async fn a_read_is_told_at_once_and_costs_no_commit() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("a", "x"), text("b", "x"), text("c", "x")]).await;
    let commits = strongroom.storage.counters().commits;
    assert_eq!(shown(&strongroom, "a").await, None);
    strongroom.read("a").await.unwrap();
    assert_eq!(strongroom.read_many(&["b", "none"]).await.total_count, 1);
    assert_eq!(shown(&strongroom, "a").await, Some(READ), "whole seconds");
    assert_eq!(shown(&strongroom, "b").await, Some(READ));
    assert_eq!(shown(&strongroom, "c").await, None);
    assert_eq!(strongroom.storage.counters().commits, commits);
}

#[tokio::test]
async fn what_was_stored_is_told_after_a_start_and_the_rest_is_lost() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("a", "x"), text("b", "x")]).await;
    strongroom.read("a").await.unwrap();
    let commits = strongroom.storage.counters().commits;
    assert_eq!(strongroom.operations.store_last_access_times().await.unwrap(), 1);
    assert_eq!(strongroom.operations.store_last_access_times().await.unwrap(), 0, "nothing is left to store");
    assert_eq!(strongroom.storage.counters().commits, commits + 1);
    strongroom.pass(10_000);
    strongroom.read("a").await.unwrap();
    strongroom.read("b").await.unwrap();
    assert_eq!(
        shown(&strongroom, "a").await,
        Some(READ + 10_000),
        "what is noted is later than what is stored"
    );

    let again = strongroom.again();
    assert_eq!(shown(&again, "a").await, Some(READ));
    assert_eq!(shown(&again, "b").await, None);
}

#[tokio::test]
async fn another_process_with_a_later_read_wins() {
    let strongroom = Strongroom::new();
    strongroom.create(text("a", "x")).await.unwrap();
    let other = strongroom.again();
    strongroom.read("a").await.unwrap();
    strongroom.pass(5_000);
    other.read("a").await.unwrap();
    assert_eq!(other.operations.store_last_access_times().await.unwrap(), 1);
    assert_eq!(strongroom.operations.store_last_access_times().await.unwrap(), 0);
    assert_eq!(shown(&strongroom.again(), "a").await, Some(READ + 5_000));
}

#[tokio::test]
async fn a_rejected_read_does_not_count() {
    let strongroom = Strongroom::new();
    strongroom.create(text("a", "x")).await.unwrap();
    strongroom.schedule("a", 7).await.unwrap();
    rejection(strongroom.read("a").await);
    assert_eq!(strongroom.read_many(&["a"]).await.not_returned.len(), 1);
    assert_eq!(shown(&strongroom, "a").await, None);
    let cancelled = strongroom.cancel("a").await.unwrap().secret.unwrap();
    assert_eq!(cancelled.last_used_time, None);
    strongroom.read("a").await.unwrap();
    let waiting = strongroom.schedule("a", 7).await.unwrap().secret.unwrap();
    assert_eq!(waiting.last_used_time, Some(READ), "an earlier read is told while it waits");
}

#[tokio::test]
async fn it_goes_with_its_secret() {
    let strongroom = Strongroom::new();
    strongroom.create(text("a", "x")).await.unwrap();
    strongroom.read("a").await.unwrap();
    strongroom.operations.store_last_access_times().await.unwrap();
    assert!(stored(&strongroom, "a").await.is_some());
    strongroom.read("a").await.unwrap();
    strongroom.delete("a").await.unwrap();
    assert_eq!(stored(&strongroom, "a").await, None);
    assert_eq!(
        strongroom.operations.store_last_access_times().await.unwrap(),
        0,
        "what was noted of it is dropped"
    );
    strongroom.create(text("a", "x")).await.unwrap();
    assert_eq!(shown(&strongroom, "a").await, None, "another secret of the name has not been read");
    assert_eq!(stored(&strongroom, "a").await, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn storing_while_secrets_come_and_go_leaves_no_orphan() {
    let strongroom = Arc::new(Strongroom::on(MemoryEngine::new()));
    let names: Vec<String> = (0..8).map(|number| format!("s{number}")).collect();
    let mut tasks = Vec::new();
    for name in names.clone() {
        let strongroom = strongroom.clone();
        tasks.push(tokio::spawn(async move {
            for _ in 0..40 {
                strongroom.create(text(&name, "x")).await.unwrap();
                strongroom.read(&name).await.unwrap();
                strongroom.delete(&name).await.unwrap();
            }
        }));
    }
    for _ in 0..200 {
        strongroom.operations.store_last_access_times().await.unwrap();
        tokio::task::yield_now().await;
    }
    for task in tasks {
        task.await.unwrap();
    }
    strongroom.operations.store_last_access_times().await.unwrap();
    for name in names {
        assert_eq!(stored(&strongroom, &name).await, None, "{name}");
    }
}
