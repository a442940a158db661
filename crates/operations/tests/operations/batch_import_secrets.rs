use strongroom_contract::v1::{self, SecretType};
use strongroom_operations::{Code, Rejection};

use crate::strongroom::{DAY, Strongroom, rejection, text};

#[tokio::test]
async fn each_entry_is_stored_or_rejected_in_the_order_of_the_request() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("there", "1")]).await;

    let answer = strongroom
        .import(vec![
            text("good", "2"),
            text("bad name", "3"),
            text("there", "4"),
            text("good", "5"),
            v1::NewSecret { secret_binary: Some("AQI=".to_owned()), ..text("both", "6") },
            v1::NewSecret { event_subscriptions: vec!["nobody".to_owned()], ..text("subscribed", "7") },
        ])
        .await;

    assert_eq!((answer.total, answer.success, answer.failed), (6, 1, 5));
    let rejected: Vec<_> = answer
        .error_list
        .iter()
        .map(|entry| {
            (
                entry.index,
                entry.name.as_str(),
                entry.problems[0].field.as_str(),
                entry.problems[0].code.as_str(),
            )
        })
        .collect();
    assert_eq!(
        rejected,
        [
            (1, "bad name", "name", "BAD_CHARACTERS"),
            (2, "there", "name", "TAKEN"),
            (3, "good", "name", "REPEATED"),
            (4, "both", "secret_string", "ONE_VALUE_ONLY"),
            (5, "subscribed", "event_subscriptions", "UNKNOWN"),
        ]
    );
    assert!(answer.error_list.iter().all(|entry| entry.error_msg.starts_with("CSMS.0002: ")));
    assert_eq!(strongroom.read("good").await.unwrap().secret_string.as_deref(), Some("2"));
    assert_eq!(
        strongroom.read("there").await.unwrap().secret_string.as_deref(),
        Some("1"),
        "never overwritten"
    );
    assert_eq!(strongroom.names().await, ["good", "there"]);
}

#[tokio::test]
async fn all_problems_of_an_entry_are_told_at_once() {
    let strongroom = Strongroom::new();
    let entry = v1::NewSecret {
        name: "..".to_owned(),
        description: "x".repeat(2_049),
        secret_type: SecretType::Rds.into(),
        auto_rotation: true,
        ..Default::default()
    };
    let answer = strongroom.import(vec![entry]).await;
    let fields: Vec<_> = answer.error_list[0].problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields[..4], ["name", "description", "secret_string", "secret_type"]);
}

#[tokio::test]
async fn an_empty_batch_and_one_too_large_are_rejected_as_a_whole() {
    let strongroom = Strongroom::new();
    for entries in [0, 11] {
        let secrets = (0..entries).map(|number| text(&format!("s{number}"), "x")).collect();
        let request = v1::BatchImportSecretsRequest { secrets, ..Default::default() };
        let answer =
            strongroom.operations.batch_import_secrets(&strongroom.call("BatchImportSecrets"), request).await;
        let rejection = rejection(answer);
        assert_eq!(rejection.code(), Code::InvalidParameter);
        assert!(
            entries == 0 || rejection.sentence().contains("10"),
            "the limit is named: {}",
            rejection.sentence()
        );
    }
    assert!(strongroom.names().await.is_empty());
}

#[tokio::test]
async fn a_waiting_name_says_so_and_an_overdue_one_is_free() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "old")]).await;
    strongroom.schedule("db", 7).await.unwrap();

    let answer = strongroom.import(vec![text("db", "new")]).await;
    assert_eq!(answer.error_list[0].problems[0].code, "WAITING");

    strongroom.pass(7 * DAY);
    assert_eq!(strongroom.import(vec![text("db", "new")]).await.success, 1);
    assert_eq!(strongroom.read("db").await.unwrap().secret_string.as_deref(), Some("new"));
    assert_eq!(strongroom.operations.purge().await.unwrap(), 0, "the old one left nothing behind");
}

#[tokio::test]
async fn naming_another_project_is_rejected() {
    let call = Strongroom::new().call("BatchImportSecrets");
    assert_eq!(rejection(call.verify_project(&"0".repeat(32))), Rejection::OtherProject);
    call.verify_project("").unwrap();
    call.verify_project(&call.project().to_string()).unwrap();
}
