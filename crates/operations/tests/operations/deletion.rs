//! Scheduling, cancelling, deleting, and the moment a secret is gone.

use strongroom_contract::v1::SecretState;
use strongroom_operations::Code;

use crate::strongroom::{DAY, START, Strongroom, rejection, text};

#[tokio::test]
async fn cancelling_brings_everything_back_as_it_was() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "value")]).await;
    let read = strongroom.read("db").await.unwrap();
    let before = strongroom.show("db").await.unwrap().secret.unwrap();

    strongroom.pass(5_000);
    let waiting = strongroom.schedule("db", 7).await.unwrap().secret.unwrap();
    assert_eq!(waiting.state, i32::from(SecretState::PendingDelete));
    assert_eq!(waiting.scheduled_delete_time, Some(START - 500 + 5_000 + 7 * DAY));
    assert_eq!(rejection(strongroom.read("db").await).code(), Code::PendingDeletion);
    assert_eq!(rejection(strongroom.schedule("db", 8).await).code(), Code::AlreadyScheduled);
    assert_eq!(rejection(strongroom.delete("db").await).code(), Code::AlreadyScheduled);

    strongroom.pass(7 * DAY - 5_000);
    let after = strongroom.cancel("db").await.unwrap().secret.unwrap();
    assert_eq!(after.update_time, START - 500 + 7 * DAY);
    let update_time = before.update_time;
    assert_eq!(strongroom_contract::v1::Secret { update_time, ..after }, before);
    assert_eq!(strongroom.read("db").await.unwrap(), read);
    assert_eq!(rejection(strongroom.cancel("db").await).code(), Code::NotScheduled);
}

#[tokio::test]
async fn overdue_means_gone_for_everybody_before_any_purge() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "value"), text("other", "value")]).await;
    strongroom.schedule("db", 7).await.unwrap();
    strongroom.pass(7 * DAY);

    assert_eq!(rejection(strongroom.show("db").await).code(), Code::SecretNotFound);
    assert_eq!(rejection(strongroom.read("db").await).code(), Code::SecretNotFound);
    assert_eq!(rejection(strongroom.cancel("db").await).code(), Code::SecretNotFound);
    assert_eq!(rejection(strongroom.delete("db").await).code(), Code::SecretNotFound);
    assert_eq!(strongroom.names().await, ["other"]);

    assert_eq!(strongroom.operations.purge().await.unwrap(), 1);
    assert_eq!(strongroom.operations.purge().await.unwrap(), 0);
    assert_eq!(strongroom.names().await, ["other"]);
}

#[tokio::test]
async fn a_deleted_name_is_free_at_once() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "one")]).await;
    let first = strongroom.show("db").await.unwrap().secret.unwrap();
    strongroom.delete("db").await.unwrap();
    assert_eq!(rejection(strongroom.delete("db").await).code(), Code::SecretNotFound);
    assert_eq!(strongroom.import(vec![text("db", "two")]).await.success, 1);
    assert_ne!(strongroom.show("db").await.unwrap().secret.unwrap().id, first.id);
    assert_eq!(strongroom.read("db").await.unwrap().secret_string.as_deref(), Some("two"));
}

#[tokio::test]
async fn a_window_outside_7_to_30_days_changes_nothing() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "value")]).await;
    for days in [6, 31, 0, -7] {
        assert_eq!(rejection(strongroom.schedule("db", days).await).code(), Code::InvalidParameter);
    }
    assert_eq!(strongroom.show("db").await.unwrap().secret.unwrap().scheduled_delete_time, None);
}
