//! How often an operation asks the store. On a network each question costs a round trip.

use std::sync::Arc;

use strongroom_contract::v1;
use strongroom_operations::Limits;

use crate::counted::{Counted, Reads};
use crate::strongroom::{Strongroom, text};

/// Names that one round trip reads.
const PAGE: usize = strongroom_storage::PAGE;

fn counted() -> (Strongroom, Arc<Reads>) {
    let engine = Counted::new();
    let reads = engine.reads.clone();
    (Strongroom::with(engine, Limits { import_entries: 10_000, ..Limits::default() }), reads)
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("team-payments.service-{number:05}.database-password")).collect()
}

fn round_trips(reads: &Reads) -> usize {
    let count = reads.take();
    count.gets + count.ranges
}

#[tokio::test]
async fn reading_a_value_takes_two_round_trips() {
    let (strongroom, reads) = counted();
    strongroom.import(vec![text("db", "x")]).await;
    strongroom.read("db").await.unwrap();
    reads.take();
    strongroom.read("db").await.unwrap();
    assert_eq!(round_trips(&reads), 2, "the secret, then its value");
}

#[tokio::test]
async fn importing_a_thousand_secrets_takes_four_round_trips() {
    let (strongroom, reads) = counted();
    // Counts the project, and makes its key.
    strongroom.import(vec![text("first", "x")]).await;
    reads.take();
    let secrets: Vec<_> = names(1_000).iter().map(|name| text(name, "x")).collect();
    assert_eq!(strongroom.import(secrets.clone()).await.success, 1_000);
    // With the commit, of which this does not know.
    assert!(round_trips(&reads) <= 3);

    let request = v1::BatchImportSecretsRequest {
        secrets,
        on_existing: v1::OnExisting::NewVersion.into(),
        ..Default::default()
    };
    let call = strongroom.call("BatchImportSecrets");
    strongroom.operations.batch_import_secrets(&call, request).await.unwrap();
    assert!(round_trips(&reads) <= 3 + 1_000_usize.div_ceil(PAGE), "the names as well");
}

#[tokio::test]
async fn round_trips_of_bulk_changes_grow_with_pages_and_not_with_secrets() {
    let (strongroom, reads) = counted();
    let all = names(2_000);
    for part in all.chunks(1_000) {
        strongroom.import(part.iter().map(|name| text(name, "x")).collect()).await;
    }
    let mut costs = Vec::new();
    for count in [10, 2_000] {
        let names = all[..count].to_vec();
        reads.take();
        let delete = v1::BatchDeleteSecretsRequest {
            names: names.clone(),
            recovery_window_in_days: Some(7),
            ..Default::default()
        };
        let deleted = strongroom.batch_delete(delete).await.unwrap();
        let delete_cost = round_trips(&reads);
        let cancel = v1::BatchCancelDeletionsRequest { names, ..Default::default() };
        let call = strongroom.call("BatchCancelDeletions");
        let cancelled = strongroom.operations.batch_cancel_deletions(&call, cancel).await.unwrap();
        let cancel_cost = round_trips(&reads);
        for batch_id in [cancelled.batch_id, deleted.batch_id] {
            let undo = v1::UndoBatchRequest { batch_id, ..Default::default() };
            assert_eq!(strongroom.undo(undo).await.unwrap().success, count as i32);
        }
        costs.push([delete_cost, cancel_cost, round_trips(&reads)]);
    }
    for (few, many) in costs[0].iter().zip(costs[1]) {
        let pages = 2 * 2_000_usize.div_ceil(PAGE);
        assert!(many <= few + pages, "{few} round trips for 10 secrets, {many} for 2,000");
    }
}
