//! Weak values are rejected where the project says so, and nothing of them is told.

use strongroom_contract::v1;
use strongroom_operations::Code;
use strongroom_storage::{Id, Timestamp};

use crate::strongroom::{START, Strongroom, rejection, text};

async fn set(strongroom: &Strongroom, checking_secret_strength: Option<bool>) -> bool {
    let request = v1::UpdateSecretsConfigRequest { checking_secret_strength, ..Default::default() };
    let call = strongroom.call("UpdateSecretsConfig");
    let answer = strongroom.operations.update_secrets_config(&call, request).await.unwrap();
    answer.checking_secret_strength
}

#[tokio::test]
async fn weak_values_are_rejected_from_the_moment_it_is_set() {
    let strongroom = Strongroom::new();
    strongroom.create(text("before", "hunter2")).await.unwrap();
    assert!(set(&strongroom, Some(true)).await);
    assert!(set(&strongroom.again(), None).await, "it is kept");

    let told = rejection(strongroom.create(text("db", "hunter2")).await);
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

#[tokio::test]
async fn only_what_would_be_written_is_judged() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("a", "hunter2"), text("b", "hunter2"), text("waiting", "hunter2")]).await;
    strongroom.schedule("waiting", 7).await.unwrap();
    assert!(set(&strongroom, Some(true)).await);
    let mut answers = Vec::new();
    for on_existing in [
        v1::OnExisting::Fail,
        v1::OnExisting::Skip,
        v1::OnExisting::NewVersion,
        v1::OnExisting::NewVersionIfDifferent,
    ] {
        let request = v1::BatchImportSecretsRequest {
            secrets: vec![
                text("a", "hunter2"),
                text("a", "hunter2"),
                text("b", "12345678"),
                text("new", "12345678"),
                text("waiting", "hunter2"),
            ],
            on_existing: on_existing.into(),
            ..Default::default()
        };
        let call = strongroom.call("BatchImportSecrets");
        let answer = strongroom.operations.batch_import_secrets(&call, request).await.unwrap();
        let told = answer.outcomes.into_iter().map(|outcome| match outcome.problems.as_slice() {
            [] => outcome.action().as_str_name().to_owned(),
            problems => problems.iter().map(|problem| problem.code.as_str()).collect::<Vec<_>>().join(" "),
        });
        answers.push(told.collect::<Vec<_>>());
    }
    let (skipped, unchanged) = ("ACTION_SKIPPED", "ACTION_UNCHANGED");
    assert_eq!(
        answers,
        [
            ["WEAK TAKEN", "WEAK TAKEN", "WEAK TAKEN", "WEAK", "WEAK WAITING"],
            [skipped, unchanged, skipped, "WEAK", "WEAK WAITING"],
            ["WEAK", "WEAK", "WEAK", "WEAK", "WEAK WAITING"],
            [unchanged, unchanged, "WEAK", "WEAK", "WEAK WAITING"],
        ]
    );
    assert_eq!(strongroom.names().await, ["a", "b", "waiting"]);
    let skip = v1::NewSecret { on_existing: v1::OnExisting::Skip.into(), ..text("a", "hunter2") };
    strongroom.create(skip).await.unwrap();
}
