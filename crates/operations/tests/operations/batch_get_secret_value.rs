//! Reading several values: each stands for itself.

use strongroom_storage::records::SecretRecord;
use strongroom_storage::{Change, Commit, Engine, Id, MemoryEngine, Operation, Versioned};

use crate::strongroom::{Strongroom, text};

async fn stored(strongroom: &Strongroom, name: &str) -> Versioned<SecretRecord> {
    strongroom.storage.view().await.unwrap().secret(Id::new([2; 16]), name).await.unwrap().unwrap()
}

#[tokio::test]
async fn one_that_cannot_be_read_leaves_the_others_alone() {
    let strongroom = Strongroom::new();
    strongroom.import(["good", "damaged", "lost", "waiting"].map(|name| text(name, name)).to_vec()).await;
    strongroom.schedule("waiting", 7).await.unwrap();
    // One has the value of another, one has none.
    let [good, damaged, lost] = [
        stored(&strongroom, "good").await,
        stored(&strongroom, "damaged").await,
        stored(&strongroom, "lost").await,
    ];
    let id = |secret: &Versioned<SecretRecord>| Id::from_stored(&secret.record.id).unwrap();
    let value = strongroom.storage.view().await.unwrap().value(id(&good), 1).await.unwrap().unwrap();
    let mut change = Change::new();
    change.put_value(id(&damaged), 1, value);
    let mut without = lost.record.clone();
    without.versions[0].kms_key_id = "no-such-key".to_owned();
    change.update_secret(Id::new([2; 16]), &lost, &without).unwrap();
    let _ = strongroom.storage.commit(change).await.unwrap();

    let answer =
        strongroom.read_many(&["damaged", "good", "lost", "waiting", "none", "a/b", "good", "damaged"]).await;
    assert_eq!(answer.total_count, 1);
    assert_eq!(answer.versions[0].secret_string.as_deref(), Some("good"));
    let told: Vec<_> = answer
        .not_returned
        .iter()
        .map(|one| (one.secret_name.as_str(), one.error_code.as_str(), one.state.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ("damaged", "CSMS.0401", "ENABLED"),
            ("lost", "CSMS.0401", "ENABLED"),
            ("waiting", "CSMS.0103", "PENDING_DELETE"),
            ("none", "CSMS.0106", ""),
            ("a/b", "CSMS.0002", ""),
        ]
    );
}

#[tokio::test]
async fn a_record_that_is_no_record_concerns_its_secret_only() {
    let engine = MemoryEngine::new();
    let key = [&[0x10], &[2; 16][..], b"broken\0"].concat();
    let broken = Operation::Put { key, value: b"\xff".to_vec().into() };
    let _ = engine.commit(Commit { preconditions: vec![], operations: vec![broken] }).await.unwrap();
    let strongroom = Strongroom::on(engine);
    strongroom.create(text("good", "x")).await.unwrap();

    let answer = strongroom.read_many(&["broken", "good"]).await;
    assert_eq!((answer.total_count, answer.not_returned[0].error_code.as_str()), (1, "CSMS.0401"));
}
