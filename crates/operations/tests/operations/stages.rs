//! Stages through the operations; each rule has its cases beside the rules.

use strongroom_contract::v1::Stage;
use strongroom_operations::{Code, Limits, Rejection};
use strongroom_storage::MemoryEngine;

use crate::strongroom::{DAY, START, Strongroom, rejection, text};

const SECOND: i64 = START - START % 1_000;

async fn two_versions(strongroom: &Strongroom) {
    strongroom.import(vec![text("db", "one")]).await;
    strongroom.add("two", &[]).await.unwrap();
}

async fn points_at(strongroom: &Strongroom, stage: &str) -> String {
    strongroom.stage("db", stage).await.unwrap().version_id
}

#[tokio::test]
async fn rolling_back_keeps_the_one_before_within_reach() {
    let strongroom = Strongroom::new();
    two_versions(&strongroom).await;
    strongroom.pass(5_000);
    let moved = strongroom.set_stage("db", "SYSCURRENT", "v1").await.unwrap();
    assert_eq!(
        moved,
        Stage {
            name: "SYSCURRENT".to_owned(),
            update_time: SECOND + 5_000,
            secret_name: "db".to_owned(),
            version_id: "v1".to_owned(),
        }
    );
    assert_eq!(points_at(&strongroom, "SYSPREVIOUS").await, "v2");
    assert_eq!(strongroom.read("db").await.unwrap().secret_string.as_deref(), Some("one"));
}

#[tokio::test]
async fn a_stage_comes_moves_and_goes() {
    let strongroom = Strongroom::new();
    two_versions(&strongroom).await;
    assert_eq!(
        rejection(strongroom.stage("db", "blue").await),
        Rejection::StageNotFound { name: "db".to_owned(), stage: "blue".to_owned() }
    );
    strongroom.set_stage("db", "blue", "v1").await.unwrap();
    strongroom.set_stage("db", "blue", "latest").await.unwrap();
    assert_eq!(points_at(&strongroom, "blue").await, "v2");
    let versions = strongroom.versions("db").await.unwrap();
    assert_eq!(versions[1].version_stages, ["SYSCURRENT", "blue"]);

    strongroom.pass(2_000);
    assert_eq!(strongroom.set_stage("db", "blue", "v2").await.unwrap().update_time, SECOND + 2_000);
    strongroom.delete_stage("db", "blue").await.unwrap();
    assert_eq!(rejection(strongroom.delete_stage("db", "blue").await).code(), Code::NotFound);
    assert_eq!(rejection(strongroom.stage("db", "blue").await).code(), Code::NotFound);
    assert_eq!(strongroom.versions("db").await.unwrap().len(), 2, "the version stays");
}

#[tokio::test]
async fn what_may_not_be_is_rejected_and_changes_nothing() {
    let strongroom = Strongroom::with(MemoryEngine::new(), Limits { stages: 3, ..Limits::default() });
    two_versions(&strongroom).await;
    let before = strongroom.versions("db").await.unwrap();
    assert_eq!(rejection(strongroom.set_stage("db", "blue", "v3").await).code(), Code::NotFound);
    assert_eq!(rejection(strongroom.set_stage("none", "blue", "v1").await).code(), Code::SecretNotFound);
    for built_in in ["SYSCURRENT", "SYSPREVIOUS"] {
        assert_eq!(rejection(strongroom.delete_stage("db", built_in).await).code(), Code::BuiltInStage);
    }
    let fields: Vec<_> = rejection(strongroom.set_stage("a b", "a.b", "one").await)
        .problems()
        .into_iter()
        .map(|problem| problem.field)
        .collect();
    assert_eq!(fields, ["secret_name", "stage_name", "version_id"]);
    assert_eq!(rejection(strongroom.stage("db", "").await).code(), Code::InvalidParameter);
    assert_eq!(strongroom.versions("db").await.unwrap(), before);

    strongroom.set_stage("db", "blue", "v1").await.unwrap();
    assert_eq!(
        rejection(strongroom.set_stage("db", "green", "v1").await),
        Rejection::TooManyStages { name: "db".to_owned(), needed: 4, allowed: 3 }
    );
}

#[tokio::test]
async fn stages_of_a_waiting_secret_are_shown_and_stay() {
    let strongroom = Strongroom::new();
    two_versions(&strongroom).await;
    strongroom.set_stage("db", "blue", "v1").await.unwrap();
    strongroom.schedule("db", 7).await.unwrap();
    assert_eq!(points_at(&strongroom, "blue").await, "v1");
    assert_eq!(rejection(strongroom.set_stage("db", "blue", "v2").await).code(), Code::PendingDeletion);
    assert_eq!(rejection(strongroom.delete_stage("db", "blue").await).code(), Code::PendingDeletion);
    strongroom.pass(7 * DAY);
    assert_eq!(rejection(strongroom.stage("db", "blue").await).code(), Code::SecretNotFound);
    assert_eq!(rejection(strongroom.set_stage("db", "blue", "v2").await).code(), Code::SecretNotFound);
    assert_eq!(rejection(strongroom.delete_stage("db", "blue").await).code(), Code::SecretNotFound);
}
