//! Weak values are refused where the project says so, and nothing of them is told.

use strongroom_contract::v1;
use strongroom_operations::Code;
use strongroom_storage::{Id, Timestamp};

use crate::strongroom::{START, Strongroom, refusal, text};

async fn set(strongroom: &Strongroom, checking_secret_strength: Option<bool>) -> bool {
    let request = v1::UpdateSecretsConfigRequest { checking_secret_strength, ..Default::default() };
    let call = strongroom.call("UpdateSecretsConfig");
    let answer = strongroom.operations.update_secrets_config(&call, request).await.unwrap();
    answer.checking_secret_strength
}

#[tokio::test]
async fn weak_values_are_refused_from_the_moment_it_is_set() {
    let strongroom = Strongroom::new();
    strongroom.create(text("before", "hunter2")).await.unwrap();
    assert!(set(&strongroom, Some(true)).await);
    assert!(set(&strongroom.again(), None).await, "it is kept");

    let told = refusal(strongroom.create(text("db", "hunter2")).await);
    assert_eq!(told.code(), Code::InvalidParameter);
    assert!(told.sentence().contains("of 4 against guessing") && !told.sentence().contains("hunter2"));
    let answer = strongroom.import(vec![text("a", "hunter2"), text("b", "xK9#vLq2$mWz")]).await;
    assert_eq!((answer.success, answer.error_list[0].problems[0].code.as_str()), (1, "WEAK"));
    assert_eq!(strongroom.names().await, ["b", "before"]);
    assert!(strongroom.read("before").await.is_ok(), "what is stored already stays");

    assert!(!set(&strongroom, Some(false)).await);
    strongroom.create(text("db", "hunter2")).await.unwrap();
}

#[tokio::test]
async fn setting_it_leaves_an_audit_line() {
    let strongroom = Strongroom::new();
    set(&strongroom, Some(true)).await;
    let view = strongroom.storage.view().await.unwrap();
    let records = view.audit(Id::new([2; 16]), Timestamp::from_milliseconds(START), 10).await.unwrap();
    assert_eq!((records.len(), records[0].operation.as_str()), (1, "UpdateSecretsConfig"));
    assert_eq!(records[0].lines[0].outcome, "done");
}
