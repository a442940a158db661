use strongroom_storage::{Id, Timestamp};

use crate::strongroom::{DAY, START, Strongroom, of_instance, text};
use strongroom_contract::v1::{self, SecretType};

#[tokio::test]
async fn every_change_leaves_its_line_and_a_rejected_one_leaves_none() {
    let strongroom = Strongroom::new();
    strongroom
        .import(vec![text("a", "x"), of_instance("b", "one", SecretType::RdsFg), text("bad name", "x")])
        .await;
    strongroom.pass(1);
    strongroom.import(vec![text("a", "again"), text("c", "x")]).await;
    strongroom.pass(1);
    strongroom.schedule("a", 7).await.unwrap();
    strongroom.pass(1);
    strongroom.cancel("a").await.unwrap();
    assert!(strongroom.cancel("a").await.is_err());
    strongroom.pass(1);
    strongroom.delete("c").await.unwrap();
    strongroom.pass(1);
    let request = v1::BatchDeleteSecretsRequest { instance_id: "one".to_owned(), ..Default::default() };
    strongroom
        .operations
        .batch_delete_secrets(&strongroom.call("BatchDeleteSecrets"), request)
        .await
        .unwrap();
    strongroom.schedule("a", 7).await.unwrap();
    strongroom.pass(7 * DAY);
    strongroom.operations.purge().await.unwrap();

    let view = strongroom.storage.view().await.unwrap();
    let records = view.audit(Id::new([2; 16]), Timestamp::from_milliseconds(START), 100).await.unwrap();
    let told: Vec<_> = records
        .iter()
        .map(|record| {
            let lines: Vec<_> =
                record.lines.iter().map(|line| format!("{} {}", line.secret_name, line.outcome)).collect();
            format!("{} {}: {}", record.operation, record.event, lines.join(", "))
        })
        .collect();
    let mut expected = vec![
        "BatchImportSecrets anEvent: a done, b done",
        "BatchImportSecrets anEvent: a CSMS.0002, c done",
        "ScheduleDeletion anEvent: a done",
        "CancelDeletion anEvent: a done",
        "DeleteSecret anEvent: c done",
        "BatchDeleteSecrets anEvent: b done",
        "ScheduleDeletion anEvent: a done",
        " purgeSecret: a done",
    ];
    let mut sorted = told.clone();
    sorted.sort();
    expected.sort_unstable();
    assert_eq!(sorted, expected);
    assert!(records.iter().take(5).all(|record| record.caller_name == "admin" && record.access_key == "AK"));
}
