//! A clock that jumps destroys nothing, and what it has hidden comes back.

use strongroom_access::{Access, ClientNetwork, Scope};
use strongroom_contract::v1::{self, ClockState, OnExisting};
use strongroom_operations::{Answer, ClockEvent, Code, Limits, Rejection};
use strongroom_storage::{MemoryEngine, Storage, Timestamp};

use crate::root_key::{first, found, started};
use crate::strongroom::{DAY, START, Strongroom, rejection, text};

const HOUR: i64 = 3_600_000;

impl Strongroom {
    async fn clock(&self) -> v1::ServerClock {
        let request = v1::ShowClockRequest {};
        self.operations.show_clock(&self.call("ShowClock"), request).await.unwrap().clock.unwrap()
    }

    async fn confirm(&self, time: i64) -> Answer<v1::ServerClock> {
        let request = v1::ConfirmClockRequest { time };
        let answer = self.operations.confirm_clock(&self.call("ConfirmClock"), request).await?;
        Ok(answer.clock.unwrap())
    }

    /// What the server does once a minute.
    async fn round(&self) -> usize {
        self.operations.check_clock().await.unwrap();
        self.operations.store_clock().await.unwrap();
        self.operations.purge().await.unwrap()
            + self.operations.delete_expired_batches().await.unwrap()
            + self.operations.delete_expired_requests().await.unwrap()
            + self.operations.delete_expired_signatures().await.unwrap()
    }

    async fn has_secret(&self, name: &str) -> bool {
        let project = self.identity().project_id;
        self.storage.view().await.unwrap().secret(project, name).await.unwrap().is_some()
    }
}

/// A secret that is pending deletion for seven days, and a batch.
async fn with_a_deletion() -> Strongroom {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "kept"), text("web", "x")]).await;
    strongroom.schedule("db", 7).await.unwrap();
    strongroom.round().await;
    strongroom
}

#[tokio::test]
async fn two_seconds_with_the_clock_ahead_destroy_nothing() {
    let strongroom = with_a_deletion().await;
    strongroom.set_clock(31 * DAY);
    strongroom.pass(2_000);
    assert_eq!(strongroom.round().await, 0);
    assert_eq!(rejection(strongroom.show("db").await).code(), Code::SecretNotFound, "gone for callers");
    assert_eq!(strongroom.names().await, ["web"]);

    strongroom.set_clock(-31 * DAY);
    assert_eq!(strongroom.round().await, 0);
    strongroom.cancel("db").await.unwrap();
    assert_eq!(strongroom.read("db").await.unwrap().secret_string.as_deref(), Some("kept"));
    assert_eq!(strongroom.batches(v1::ListBatchesRequest::default()).await.unwrap().batches.len(), 1);
}

#[tokio::test]
async fn a_start_with_the_clock_ahead_destroys_nothing_in_its_first_round() {
    let strongroom = with_a_deletion().await;
    strongroom.reboot();
    strongroom.set_clock(31 * DAY);
    let again = strongroom.again();
    assert_eq!(again.operations.purge().await.unwrap(), 0, "whether or not the clock was looked at before");
    assert!(matches!(again.operations.check_clock().await.unwrap(), Some(ClockEvent::InDoubt(_))));
    assert_eq!(again.round().await, 0);
    assert!(again.has_secret("db").await);
}

#[tokio::test]
async fn a_restart_within_seconds_goes_on_at_once() {
    let strongroom = with_a_deletion().await;
    strongroom.pass(7 * DAY - 1_000);
    strongroom.operations.store_clock_at_stop().await.unwrap();
    strongroom.pass(5_000);
    strongroom.reboot();
    let again = strongroom.again();
    assert_eq!(again.operations.check_clock().await.unwrap(), None);
    assert_eq!(again.operations.purge().await.unwrap(), 1);
}

#[tokio::test]
async fn a_restart_of_the_process_knows_how_long_it_was_down() {
    let strongroom = with_a_deletion().await;
    strongroom.pass(7 * DAY);
    let again = strongroom.again();
    assert_eq!(again.operations.check_clock().await.unwrap(), None);
    assert_eq!(again.operations.purge().await.unwrap(), 1);
}

#[tokio::test]
async fn the_record_is_stored_every_ten_minutes_and_at_a_stop() {
    let strongroom = Strongroom::new();
    let stored = async || {
        let view = strongroom.storage.view().await.unwrap();
        view.clock().await.unwrap().map(|kept| kept.record.time - START)
    };
    assert_eq!(stored().await, None);
    strongroom.round().await;
    assert_eq!(stored().await, Some(0));
    strongroom.pass(9 * 60_000);
    strongroom.round().await;
    assert_eq!(stored().await, Some(0), "an idle server leaves the disk alone");
    strongroom.pass(60_000);
    strongroom.round().await;
    assert_eq!(stored().await, Some(10 * 60_000));
    strongroom.pass(1_000);
    strongroom.operations.store_clock_at_stop().await.unwrap();
    assert_eq!(stored().await, Some(10 * 60_000 + 1_000));
}

#[tokio::test]
async fn a_name_that_only_a_doubtful_clock_frees_is_not_taken() {
    let strongroom = with_a_deletion().await;
    let blob = v1::DownloadSecretBlobRequest { secret_name: "web".to_owned(), ..Default::default() };
    let call = strongroom.call("DownloadSecretBlob");
    let blob = strongroom.operations.download_secret_blob(&call, blob).await.unwrap().secret_blob;
    strongroom.schedule("web", 7).await.unwrap();
    strongroom.set_clock(31 * DAY);
    let in_doubt = |name: &str| Rejection::ClockInDoubt { name: name.to_owned() };
    assert_eq!(rejection(strongroom.create(text("db", "new")).await), in_doubt("db"));
    assert_eq!(in_doubt("db").code().as_str(), "STRONGROOM.0004");
    let replacing = v1::NewSecret { on_existing: OnExisting::NewVersion.into(), ..text("db", "new") };
    assert_eq!(rejection(strongroom.create(replacing).await), in_doubt("db"));
    let upload = v1::UploadSecretBlobRequest { secret_blob: blob, ..Default::default() };
    let upload = strongroom.operations.upload_secret_blob(&strongroom.call("UploadSecretBlob"), upload).await;
    assert_eq!(rejection(upload), in_doubt("web"));
    let import = strongroom.import(vec![text("db", "new"), text("other", "x")]).await;
    assert_eq!((import.success, import.failed), (1, 1));
    assert!(import.error_list[0].error_msg.starts_with("STRONGROOM.0004"), "{:?}", import.error_list);

    strongroom.set_clock(-31 * DAY);
    strongroom.cancel("db").await.unwrap();
    assert_eq!(strongroom.read("db").await.unwrap().secret_string.as_deref(), Some("kept"));
}

#[tokio::test]
async fn a_full_project_makes_no_room_by_a_doubtful_clock() {
    let strongroom = with_a_deletion().await;
    let strongroom = strongroom.limited(Limits { secrets: 2, ..Limits::default() });
    strongroom.round().await;
    strongroom.set_clock(31 * DAY);
    assert_eq!(rejection(strongroom.create(text("other", "x")).await).code(), Code::TooManySecrets);
    assert!(strongroom.has_secret("db").await);
}

#[tokio::test]
async fn what_is_due_in_truth_is_removed_also_while_the_clock_is_in_doubt() {
    let strongroom = with_a_deletion().await;
    strongroom.set_clock(2 * DAY);
    strongroom.pass(7 * DAY - HOUR);
    assert_eq!(strongroom.round().await, 0);
    strongroom.pass(HOUR);
    assert_eq!(strongroom.round().await, 1);
}

#[tokio::test]
async fn an_operator_confirms_the_clock() {
    let strongroom = with_a_deletion().await;
    strongroom.set_clock(8 * DAY);
    let doubted = strongroom.clock().await;
    assert_eq!(doubted.state(), ClockState::InDoubt);
    assert_eq!((doubted.time, doubted.trusted_time), (START + 8 * DAY, START));
    assert_eq!(doubted.trusted_in_seconds, Some(30 * 86_400));

    let shown = Timestamp::from_milliseconds(START + 8 * DAY);
    for wrong in [0, START, START + 8 * DAY - HOUR - 1, i64::MIN, i64::MAX] {
        assert_eq!(rejection(strongroom.confirm(wrong).await), Rejection::OtherTime { shown }, "{wrong}");
    }
    assert_eq!(strongroom.round().await, 0);
    let confirmed = strongroom.confirm(doubted.time + 1).await.unwrap();
    assert_eq!((confirmed.state(), confirmed.trusted_time), (ClockState::Trusted, doubted.time));
    assert_eq!(strongroom.clock().await, confirmed);
    strongroom.reboot();
    let again = strongroom.again();
    assert_eq!(again.operations.check_clock().await.unwrap(), None, "it is stored");
    assert_eq!(again.operations.purge().await.unwrap(), 1);

    let project = strongroom.identity().project_id;
    let audit = strongroom.storage.view().await.unwrap();
    let audit = audit.audit(project, Timestamp::from_milliseconds(doubted.time), 10).await.unwrap();
    assert!(audit.iter().any(|record| record.operation == "ConfirmClock"));
}

#[tokio::test]
async fn a_clock_that_runs_on_is_trusted_by_itself() {
    let strongroom = with_a_deletion().await;
    strongroom.set_clock(2 * HOUR);
    strongroom.round().await;
    assert_eq!(strongroom.clock().await.trusted_in_seconds, Some(2 * 86_400));
    strongroom.pass(2 * DAY - 1);
    strongroom.round().await;
    assert_eq!(strongroom.clock().await.state(), ClockState::InDoubt);
    strongroom.pass(1);
    assert_eq!(strongroom.operations.check_clock().await.unwrap(), Some(ClockEvent::TrustedAgain));
    assert_eq!(strongroom.clock().await.state(), ClockState::Trusted);
}

#[tokio::test]
async fn a_named_request_is_not_done_twice_by_a_doubtful_clock() {
    let strongroom = with_a_deletion().await;
    let create = async |name: &str| {
        let request = v1::CreateSecretRequest {
            secret: Some(text(name, "x")),
            request_id: "one".to_owned(),
            ..Default::default()
        };
        let call = strongroom.call("CreateSecret");
        let create = strongroom.operations.execute(&call, request, |operations, call, request| {
            Box::pin(async move { operations.create_secret(&call, request).await })
        });
        create.await
    };
    let first = create("new").await.unwrap();
    strongroom.delete("new").await.unwrap();
    strongroom.set_clock(31 * DAY);
    assert_eq!(create("new").await.unwrap(), first);
    assert!(!strongroom.has_secret("new").await);
}

#[tokio::test]
async fn a_clock_that_goes_back_takes_nothing_along() {
    let strongroom = with_a_deletion().await;
    strongroom.pass(7 * DAY);
    strongroom.set_clock(-60 * DAY);
    assert_eq!(rejection(strongroom.show("db").await).code(), Code::SecretNotFound, "gone is gone");
    strongroom.schedule("web", 7).await.unwrap();
    let waiting = strongroom.show("web").await.unwrap().secret.unwrap();
    assert_eq!(waiting.scheduled_delete_time, Some(START - 500 + 14 * DAY), "by the trusted time");
    assert_eq!(strongroom.round().await, 0, "nothing is destroyed where clock and trusted time differ");

    strongroom.set_clock(60 * DAY);
    assert_eq!(strongroom.round().await, 1, "the one that was due");
    assert!(strongroom.has_secret("web").await);
}

#[tokio::test]
async fn a_token_that_has_expired_is_not_accepted_again() {
    let storage = Storage::with_known_key(std::sync::Arc::new(MemoryEngine::new()));
    let (file, credentials) = first(&storage).await;
    let keys = found(&storage, &file).await;
    let strongroom = started(&storage, &keys, file);
    let access = Access::new(storage.clone(), keys);
    let now = || strongroom.operations.clock().now();
    let is_accepted = async |token: &str| access.bearer(token, now()).await.is_ok();
    let log_in = async || {
        let issued = access
            .log_in(ClientNetwork::UNKNOWN, "home", "admin", &credentials.password, Scope::OwnProject, now())
            .await;
        issued.unwrap().token.to_string()
    };
    strongroom.round().await;
    let old = log_in().await;
    strongroom.set_clock(31 * DAY);
    assert!(!is_accepted(&old).await, "a clock that is ahead rejects it");
    let ahead = log_in().await;
    assert!(is_accepted(&ahead).await);
    strongroom.round().await;
    strongroom.operations.delete_expired_tokens().await.unwrap();
    strongroom.set_clock(-31 * DAY);
    assert!(is_accepted(&old).await, "and it was not removed");
    assert!(!is_accepted(&ahead).await, "one from the future would be valid for too long");

    strongroom.pass(DAY);
    assert!(!is_accepted(&old).await);
    strongroom.set_clock(-DAY);
    assert!(!is_accepted(&old).await, "the clock has gone back, the token has not");
    strongroom.confirm(strongroom.now()).await.unwrap();
    assert!(!is_accepted(&old).await, "nor does it come back when that is confirmed");
}
