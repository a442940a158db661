//! A batch that one commit of the engine cannot hold.

use strongroom_contract::v1::{self, SecretType};
use strongroom_storage::{CommitLimits, Id, MemoryEngine, Timestamp};

use crate::strongroom::{DAY, START, Strongroom, of_instance};
use crate::tags::tag;

/// Room for six new secrets beside what a step takes once, or for two removals of secrets with fifteen tags.
fn small() -> Strongroom {
    Strongroom::on(MemoryEngine::with_limits(CommitLimits { operations: 48, bytes: 64 * 1024 * 1024 }))
}

fn batch(count: usize) -> Vec<v1::NewSecret> {
    (0..count).map(|number| of_instance(&format!("s{number}"), "one", SecretType::RdsFg)).collect()
}

async fn delete(strongroom: &Strongroom) -> v1::BatchDeleteSecretsResponse {
    let request = v1::BatchDeleteSecretsRequest { instance_id: "one".to_owned(), ..Default::default() };
    strongroom.operations.batch_delete_secrets(&strongroom.call("BatchDeleteSecrets"), request).await.unwrap()
}

async fn parts(strongroom: &Strongroom, operation: &str) -> Vec<(u32, usize)> {
    let view = strongroom.storage.view().await.unwrap();
    let records = view.audit(Id::new([2; 16]), Timestamp::from_milliseconds(START), 100).await.unwrap();
    let own = records.iter().filter(|record| record.operation == operation);
    own.map(|record| (record.part, record.lines.len())).collect()
}

#[tokio::test]
async fn is_stored_and_deleted_group_by_group() {
    let strongroom = small();
    assert_eq!(strongroom.import(batch(10)).await.success, 10);
    assert_eq!(parts(&strongroom, "BatchImportSecrets").await, [(0, 6), (1, 4)]);

    strongroom.schedule("s3", 7).await.unwrap();
    let answer = delete(&strongroom).await;
    assert_eq!((answer.total, answer.success_secrets.len(), answer.failed_secrets.len()), (10, 9, 1));
    assert_eq!(strongroom.names().await, ["s3"]);
    let parts = parts(&strongroom, "BatchDeleteSecrets").await;
    assert_eq!(parts, [(0, 9), (1, 1)], "one line for each, in whichever commit");
}

#[tokio::test]
async fn takes_the_tags_of_its_secrets_into_account() {
    let strongroom = small();
    strongroom.import(batch(5)).await;
    let keys: Vec<String> = (0..15).map(|key| key.to_string()).collect();
    let tags: Vec<_> = keys.iter().map(|key| (key.as_str(), "")).collect();
    for number in 0..5 {
        tag(&strongroom, &format!("s{number}"), &tags).await;
    }
    assert_eq!(delete(&strongroom).await.success_secrets.len(), 5);
    assert_eq!(parts(&strongroom, "BatchDeleteSecrets").await, [(0, 2), (1, 2), (2, 1)]);

    strongroom.import(batch(5)).await;
    for number in 0..5 {
        tag(&strongroom, &format!("s{number}"), &tags).await;
        strongroom.schedule(&format!("s{number}"), 7).await.unwrap();
    }
    strongroom.pass(7 * DAY);
    assert_eq!(strongroom.operations.purge().await.unwrap(), 5);
}

#[tokio::test]
async fn by_bytes_too() {
    let limits = CommitLimits { operations: 1_000, bytes: 40_000 };
    let strongroom = Strongroom::on(MemoryEngine::with_limits(limits));
    assert_eq!(strongroom.import(batch(10)).await.success, 10);
    assert!(parts(&strongroom, "BatchImportSecrets").await.len() > 1);
}

#[tokio::test]
async fn overdue_names_make_room_group_by_group() {
    let strongroom = small();
    strongroom.import(batch(10)).await;
    for number in 0..10 {
        strongroom.schedule(&format!("s{number}"), 7).await.unwrap();
    }
    strongroom.pass(7 * DAY);
    assert_eq!(strongroom.import(batch(10)).await.success, 10);
    assert_eq!(strongroom.operations.purge().await.unwrap(), 0);
    assert_eq!(delete(&strongroom).await.success_secrets.len(), 10, "the new ones");
}

#[tokio::test]
async fn what_is_rejected_is_rejected_of_its_repetitions_in_later_steps() {
    let strongroom = small();
    strongroom.import(batch(1)).await;
    let mut entries = batch(8);
    entries.extend(batch(1));
    let answer = strongroom.import(entries).await;
    assert!(parts(&strongroom, "BatchImportSecrets").await.len() > 2, "in more than one step");
    let reasons: Vec<_> = answer.outcomes.iter().map(|outcome| outcome.reason.as_str()).collect();
    assert_eq!(reasons, ["TAKEN", "", "", "", "", "", "", "", "TAKEN"]);
    assert_eq!((answer.success, answer.failed), (7, 2));
}
