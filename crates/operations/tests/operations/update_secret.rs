//! Changing what is known about a secret; what each field takes has its cases beside the rules.

use strongroom_contract::v1::{EventSubscriptions, NewSecret, Secret, UpdateSecretRequest};
use strongroom_operations::Code;

use crate::strongroom::{DAY, START, Strongroom, rejection, text};

const SECOND: i64 = START - START % 1_000;

fn of_db() -> UpdateSecretRequest {
    UpdateSecretRequest { secret_name: "db".to_owned(), ..Default::default() }
}

#[tokio::test]
async fn only_what_is_named_changes() {
    let strongroom = Strongroom::new();
    let new = NewSecret { description: "for the shop".to_owned(), ..text("db", "one") };
    strongroom.import(vec![new]).await;
    let before = strongroom.show("db").await.unwrap().secret.unwrap();
    strongroom.pass(2_000);

    let request = UpdateSecretRequest { rotation_period: Some("7d".to_owned()), ..of_db() };
    let after = strongroom.update(request).await.unwrap();
    let expected = Secret { rotation_period: "7d".to_owned(), update_time: SECOND + 2_000, ..before.clone() };
    assert_eq!(after, expected);
    assert_eq!(strongroom.show("db").await.unwrap().secret.unwrap(), expected);

    assert_eq!(strongroom.update(of_db()).await.unwrap(), expected, "to change nothing is no mistake");
    let cleared = UpdateSecretRequest {
        description: Some(String::new()),
        event_subscriptions: Some(EventSubscriptions::default()),
        ..of_db()
    };
    assert_eq!(strongroom.update(cleared).await.unwrap().description, "");
    assert_eq!(strongroom.read("db").await.unwrap().secret_string.as_deref(), Some("one"));
}

#[tokio::test]
async fn a_change_that_is_rejected_changes_nothing() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "one")]).await;
    let before = strongroom.show("db").await.unwrap();
    strongroom.pass(2_000);
    let half_right =
        UpdateSecretRequest { description: Some("new".to_owned()), auto_rotation: Some(true), ..of_db() };
    let fields: Vec<_> = rejection(strongroom.update(half_right).await)
        .problems()
        .into_iter()
        .map(|problem| problem.field)
        .collect();
    assert_eq!(fields, ["rotation_period", "rotation_func_urn"]);
    let unknown = EventSubscriptions { names: vec!["on-change".to_owned()] };
    let unknown = UpdateSecretRequest { event_subscriptions: Some(unknown), ..of_db() };
    assert_eq!(rejection(strongroom.update(unknown).await).code(), Code::InvalidParameter);
    let nameless = UpdateSecretRequest { secret_name: "a b".to_owned(), ..Default::default() };
    assert_eq!(rejection(strongroom.update(nameless).await).code(), Code::InvalidParameter);
    let nobody = UpdateSecretRequest { secret_name: "none".to_owned(), ..Default::default() };
    assert_eq!(rejection(strongroom.update(nobody).await).code(), Code::SecretNotFound);

    strongroom.schedule("db", 7).await.unwrap();
    assert_eq!(rejection(strongroom.update(of_db()).await).code(), Code::PendingDeletion);
    strongroom.cancel("db").await.unwrap();
    let after = strongroom.show("db").await.unwrap();
    let restored = after.secret.map(|secret| Secret { update_time: SECOND, ..secret });
    assert_eq!(restored, before.secret);

    strongroom.schedule("db", 7).await.unwrap();
    strongroom.pass(7 * DAY);
    assert_eq!(rejection(strongroom.update(of_db()).await).code(), Code::SecretNotFound);
}
