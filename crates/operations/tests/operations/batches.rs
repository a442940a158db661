//! What is known of batches afterwards.

use strongroom_contract::v1::{self, Action};
use strongroom_operations::Rejection;
use strongroom_storage::{CommitLimits, MemoryEngine};

use crate::batch_delete_secrets::told;
use crate::strongroom::{DAY, START, Strongroom, rejection, text};

fn listed(answer: v1::ListBatchesResponse) -> Vec<String> {
    answer.batches.into_iter().map(|batch| batch.batch_id).collect()
}

async fn show(
    strongroom: &Strongroom,
    batch: &str,
    limit: Option<i32>,
    offset: i32,
) -> v1::ShowBatchResponse {
    let request = v1::ShowBatchRequest { batch_id: batch.to_owned(), limit, offset, ..Default::default() };
    strongroom.batch(request).await.unwrap()
}

#[tokio::test]
async fn they_are_listed_newest_first_page_by_page() {
    let strongroom = Strongroom::new();
    let mut made = Vec::new();
    for number in 0..5 {
        strongroom.pass(1_000);
        made.push(strongroom.import(vec![text(&format!("s{number}"), "x")]).await.batch_id);
    }
    made.reverse();
    let nothing = strongroom.import(vec![text("s0", "x")]).await;
    assert_eq!(nothing.batch_id, "", "it has changed nothing");

    let page = |limit, marker: &str| {
        strongroom.batches(v1::ListBatchesRequest { limit, marker: marker.to_owned(), ..Default::default() })
    };
    assert_eq!(listed(page(None, "").await.unwrap()), made);
    let first = page(Some(2), "").await.unwrap();
    let info = first.page_info.clone().unwrap();
    assert_eq!((info.current_count, info.next_marker.as_ref()), (2, Some(&made[1])));
    assert_eq!(listed(first), made[..2]);
    let last = page(Some(3), &made[1]).await.unwrap();
    assert_eq!(last.page_info.clone().unwrap().next_marker, None, "nothing follows");
    assert_eq!(listed(last), made[2..]);
    for (limit, marker) in [(Some(0), ""), (Some(101), ""), (None, "x")] {
        assert_eq!(rejection(page(limit, marker).await).reason(), "INVALID");
    }
}

#[tokio::test]
async fn one_tells_who_when_and_what_became_of_each() {
    let strongroom = Strongroom::new();
    let entries = vec![
        v1::NewSecret { line: 7, ..text("a", "1") },
        text("b b", "2"),
        text("a", "3"),
        v1::NewSecret { line: 9, ..text("c", "4") },
    ];
    let done = strongroom.import(entries).await;
    let shown = show(&strongroom, &done.batch_id, None, 0).await;
    assert_eq!(shown.outcomes, done.outcomes, "the same as was answered");
    let batch = shown.batch.unwrap();
    let count = |action: Action, count| v1::ActionCount { action: action.into(), count };
    let expected = v1::Batch {
        batch_id: done.batch_id.clone(),
        operation: "BatchImportSecrets".to_owned(),
        create_time: START,
        update_time: START,
        expire_time: START + 30 * DAY,
        user_name: "admin".to_owned(),
        finished: true,
        total: 4,
        actions: vec![count(Action::Created, 2), count(Action::Rejected, 2)],
        can_undo: true,
        ..Default::default()
    };
    assert_eq!(batch, expected);
    assert_eq!(show(&strongroom, &done.batch_id, Some(2), 1).await.outcomes, done.outcomes[1..3]);
    assert_eq!(show(&strongroom, &done.batch_id, Some(9), 4).await.outcomes, []);
}

#[tokio::test]
async fn outcomes_of_several_commits_follow_each_other() {
    let engine = MemoryEngine::with_limits(CommitLimits { operations: 45, bytes: 64 * 1024 * 1024 });
    let strongroom = Strongroom::on(engine);
    let names: Vec<_> = (0..10).map(|number| format!("s{number}")).collect();
    let done = strongroom.import(names.iter().map(|name| text(name, "x")).collect()).await;
    assert_eq!(done.success, 10);
    let all = show(&strongroom, &done.batch_id, None, 0).await;
    assert_eq!(all.outcomes, done.outcomes);
    assert!(all.batch.unwrap().finished);
    for offset in 0..10 {
        let page = show(&strongroom, &done.batch_id, Some(4), offset).await.outcomes;
        let offset = offset as usize;
        assert_eq!(page, done.outcomes[offset..10.min(offset + 4)], "{offset}");
    }

    let request = v1::BatchDeleteSecretsRequest {
        names: names[..9].to_vec(),
        expect_total: Some(9),
        ..Default::default()
    };
    let deleted = strongroom.batch_delete(request.clone()).await.unwrap();
    let shown = show(&strongroom, &deleted.batch_id, None, 0).await;
    assert_eq!((shown.outcomes, deleted.success_secrets.len()), (deleted.outcomes, 9));
    let batch = shown.batch.unwrap();
    assert!(batch.finished && !batch.can_undo);
}

#[tokio::test]
async fn what_does_not_fit_into_one_step_is_neither_shown_nor_done_as_a_whole() {
    let engine = MemoryEngine::with_limits(CommitLimits { operations: 24, bytes: 64 * 1024 * 1024 });
    let strongroom = Strongroom::on(engine);
    let names: Vec<_> = (0..10).map(|number| format!("s{number}")).collect();
    strongroom.import(names.iter().map(|name| text(name, "x")).collect()).await;
    let request =
        v1::BatchDeleteSecretsRequest { names, recovery_window_in_days: Some(7), ..Default::default() };
    for request in [
        v1::BatchDeleteSecretsRequest { atomic: true, ..request.clone() },
        v1::BatchDeleteSecretsRequest { dry_run: true, ..request.clone() },
        v1::BatchDeleteSecretsRequest { request_id: "once".to_owned(), ..request },
    ] {
        assert_eq!(rejection(strongroom.batch_delete(request).await).reason(), "TOO_LARGE_FOR_ONE_STEP");
    }
    assert_eq!(strongroom.names().await.len(), 10);
}

#[tokio::test]
async fn they_are_kept_for_thirty_days() {
    let strongroom = Strongroom::new();
    let old = strongroom.import(vec![text("a", "1")]).await.batch_id;
    strongroom.pass(1_000);
    let new = strongroom.import(vec![text("b", "1")]).await.batch_id;
    strongroom.pass(30 * DAY - 1_000);
    let unknown = async || {
        assert_eq!(listed(strongroom.batches(Default::default()).await.unwrap()), std::slice::from_ref(&new));
        let request = v1::ShowBatchRequest { batch_id: old.clone(), ..Default::default() };
        assert_eq!(rejection(strongroom.batch(request).await).reason(), "BATCH_NOT_FOUND");
        let request = v1::UndoBatchRequest { batch_id: old.clone(), ..Default::default() };
        assert_eq!(rejection(strongroom.undo(request).await).reason(), "BATCH_NOT_FOUND");
    };
    unknown().await;
    assert_eq!(
        strongroom.operations.delete_expired_batches().await.unwrap(),
        3,
        "the batch, its index and its part"
    );
    assert_eq!(strongroom.operations.delete_expired_batches().await.unwrap(), 0);
    unknown().await;
    assert_eq!(show(&strongroom, &new, None, 0).await.outcomes.len(), 1);
}

#[tokio::test]
async fn a_rejected_name_of_any_length_fills_no_store() {
    let strongroom = Strongroom::new();
    let long = "ä".repeat(100_000);
    let done = strongroom.import(vec![text("a", "1"), text(&long, "2")]).await;
    let shown = show(&strongroom, &done.batch_id, None, 0).await;
    assert_eq!(told(&shown.outcomes)[1], ("ä".repeat(128).as_str(), Action::Rejected, "INVALID"));
}

#[tokio::test]
async fn outcomes_that_wait_for_a_change_leave_it_room() {
    let engine = MemoryEngine::with_limits(CommitLimits { operations: 10_000, bytes: 40_000 });
    let limits = strongroom_operations::Limits { import_entries: 400, ..Default::default() };
    let strongroom = Strongroom::with(engine, limits);
    strongroom.import(vec![text("there", "x")]).await;
    let missing = (0..399).map(|number| format!("missing-{number}"));
    let request = v1::BatchDeleteSecretsRequest {
        names: missing.chain(["there".to_owned()]).collect(),
        recovery_window_in_days: Some(7),
        ..Default::default()
    };
    let deleted = strongroom.batch_delete(request).await.unwrap();
    assert_eq!(deleted.success_secrets, ["there"]);
    assert_eq!(show(&strongroom, &deleted.batch_id, Some(1_000), 0).await.outcomes, deleted.outcomes);
}

#[tokio::test]
async fn a_step_has_room_for_the_name_of_its_request() {
    let engine = MemoryEngine::with_limits(CommitLimits { operations: 24, bytes: 64 * 1024 * 1024 });
    let strongroom = Strongroom::on(engine);
    let names: Vec<_> = (0..9).map(|number| format!("s{number}")).collect();
    strongroom.import(names.iter().map(|name| text(name, "x")).collect()).await;
    let request =
        v1::BatchDeleteSecretsRequest { names, recovery_window_in_days: Some(7), ..Default::default() };
    let batch_id = strongroom.batch_delete(request).await.unwrap().batch_id;
    let request = v1::UndoBatchRequest { batch_id, request_id: "once".to_owned(), ..Default::default() };
    let rejected = rejection(strongroom.undo(request).await);
    assert_eq!(rejected, Rejection::BatchTooLarge { what: "secrets", needed: 9, allowed: 8 });
}
