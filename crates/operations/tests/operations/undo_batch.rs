use std::sync::Arc;

use strongroom_contract::v1::{self, Action, OnExisting, OnPending};
use strongroom_operations::Limits;
use strongroom_storage::records::SecretRecord;
use strongroom_storage::{Change, CommitLimits, Id, MemoryEngine, Outcome};

use crate::batch_delete_secrets::told;
use crate::strongroom::{DAY, Strongroom, rejection, text};
use crate::tags::tag;

async fn records(strongroom: &Strongroom) -> Vec<SecretRecord> {
    strongroom.storage.view().await.unwrap().secrets(Id::new([2; 16]), "", usize::MAX).await.unwrap()
}

/// The same but for what undoing does not give back: times, and numbers that are never given twice.
fn comparable(records: Vec<SecretRecord>) -> Vec<SecretRecord> {
    let comparable = |record| SecretRecord { update_time: 0, last_version: 0, content_revision: 0, ..record };
    records.into_iter().map(comparable).collect()
}

async fn undo(strongroom: &Strongroom, batch: &str) -> v1::UndoBatchResponse {
    let request = v1::UndoBatchRequest { batch_id: batch.to_owned(), ..Default::default() };
    strongroom.undo(request).await.unwrap()
}

async fn show(strongroom: &Strongroom, batch: &str) -> v1::Batch {
    let request = v1::ShowBatchRequest { batch_id: batch.to_owned(), ..Default::default() };
    strongroom.batch(request).await.unwrap().batch.unwrap()
}

/// Puts values under these names, whatever stands there.
async fn put(strongroom: &Strongroom, names: &[&str], value: &str) -> v1::BatchImportSecretsResponse {
    let request = v1::BatchImportSecretsRequest {
        secrets: names.iter().map(|name| text(name, value)).collect(),
        on_existing: OnExisting::NewVersion.into(),
        on_pending: OnPending::CancelAndNewVersion.into(),
        ..Default::default()
    };
    let call = strongroom.call("BatchImportSecrets");
    strongroom.operations.batch_import_secrets(&call, request).await.unwrap()
}

#[tokio::test]
async fn an_import_gives_back_what_was_before() {
    let strongroom = Strongroom::new();
    put(&strongroom, &["changed", "waiting", "other"], "1").await;
    put(&strongroom, &["changed"], "2").await;
    tag(&strongroom, "changed", &[("team", "shop")]).await;
    strongroom.set_stage("changed", "blue", "v1").await.unwrap();
    strongroom.schedule("waiting", 7).await.unwrap();
    let before = records(&strongroom).await;

    strongroom.pass(5_000);
    let done = put(&strongroom, &["new", "changed", "waiting"], "3").await;
    assert_eq!(strongroom.read("changed").await.unwrap().secret_string.as_deref(), Some("3"));
    strongroom.pass(5_000);
    let dry = v1::UndoBatchRequest { batch_id: done.batch_id.clone(), dry_run: true, ..Default::default() };
    let dry = strongroom.undo(dry).await.unwrap();
    let undone = undo(&strongroom, &done.batch_id).await;
    assert_eq!(dry.outcomes, undone.outcomes);
    let taken = |name| (name, Action::Undone, "");
    assert_eq!(told(&undone.outcomes), [taken("new"), taken("changed"), taken("waiting")]);
    let versions: Vec<_> = undone.outcomes.iter().map(|one| one.version_id.as_str()).collect();
    assert_eq!(versions, ["v1", "v3", "v2"]);
    assert_eq!((undone.total, undone.success, undone.failed), (3, 3, 0));
    assert!(undone.outcomes[2].scheduled_delete_time.is_some(), "it waits again");

    let after = records(&strongroom).await;
    assert_eq!(after[0].last_version, 3, "a number is never given twice");
    assert_eq!(comparable(after), comparable(before));
    assert_eq!(strongroom.read("changed").await.unwrap().secret_string.as_deref(), Some("2"));
    assert!(strongroom.read_version("changed", "v3").await.is_err());
    strongroom.cancel("waiting").await.unwrap();
    assert_eq!(strongroom.read("waiting").await.unwrap().secret_string.as_deref(), Some("1"));

    let page = strongroom.batches(Default::default()).await.unwrap().batches;
    let find = |id: &str| page.iter().find(|batch| batch.batch_id == id).unwrap();
    let (undo, import) = (find(&undone.batch_id), find(&done.batch_id));
    assert_eq!((undo.undoes.as_str(), import.undone_by.as_str()), (&*done.batch_id, &*undone.batch_id));
    assert!(!undo.can_undo && !import.can_undo);
}

#[tokio::test]
async fn what_somebody_has_written_since_is_left_alone() {
    let names = ["added", "cancelled", "deleted", "described", "scheduled", "staged", "tagged", "untouched"];
    for existing in [false, true] {
        let strongroom = Strongroom::new();
        if existing {
            put(&strongroom, &names, "0").await;
            strongroom.schedule("cancelled", 7).await.unwrap();
        }
        let done = put(&strongroom, &names, "1").await;
        assert_eq!(done.success, 8);
        put(&strongroom, &["added"], "2").await;
        strongroom.schedule("cancelled", 7).await.unwrap();
        strongroom.cancel("cancelled").await.unwrap();
        strongroom.delete("deleted").await.unwrap();
        let description = Some("new".to_owned());
        let described = v1::UpdateSecretRequest {
            secret_name: "described".to_owned(),
            description,
            ..Default::default()
        };
        strongroom.update(described).await.unwrap();
        strongroom.schedule("scheduled", 30).await.unwrap();
        strongroom.set_stage("staged", "blue", "latest").await.unwrap();
        tag(&strongroom, "tagged", &[("team", "shop")]).await;
        // Reading is no writing.
        strongroom.read("untouched").await.unwrap();
        strongroom.operations.store_last_access_times().await.unwrap();
        let before = records(&strongroom).await;

        let undone = undo(&strongroom, &done.batch_id).await;
        for outcome in &undone.outcomes {
            let told = (outcome.action(), outcome.reason.as_str());
            let expected = match outcome.name.as_str() {
                "untouched" => (Action::Undone, ""),
                "deleted" if existing => (Action::Rejected, "NOT_FOUND"),
                "deleted" => (Action::Unchanged, ""),
                _ => (Action::Rejected, "CHANGED_SINCE"),
            };
            assert_eq!(told, expected, "{}", outcome.name);
        }
        let others = |records: Vec<SecretRecord>| -> Vec<_> {
            records.into_iter().filter(|record| record.name != "untouched").collect()
        };
        assert_eq!(others(records(&strongroom).await), others(before));
    }
}

#[tokio::test]
async fn a_version_that_gave_way_does_not_come_back_and_that_is_told() {
    let strongroom = Strongroom::new();
    for value in 0..20 {
        put(&strongroom, &["db"], &value.to_string()).await;
    }
    let done = put(&strongroom, &["db"], "20").await;
    let undone = undo(&strongroom, &done.batch_id).await;
    assert_eq!(
        undone.outcomes[0].message,
        "Version v1 had given way to a newer one, and does not come back."
    );
    assert_eq!(strongroom.read("db").await.unwrap().secret_string.as_deref(), Some("19"));
    assert_eq!(strongroom.versions("db").await.unwrap().len(), 19);
    assert_eq!(strongroom.read_version("db", "v2").await.unwrap().secret_string.as_deref(), Some("1"));
}

#[tokio::test]
async fn scheduled_deletions_are_cancelled_and_cancelled_ones_wait_again() {
    let strongroom = Strongroom::new();
    put(&strongroom, &["a", "b"], "1").await;
    let names = || ["a", "b"].map(str::to_owned).to_vec();
    let before = records(&strongroom).await;
    let request = v1::BatchDeleteSecretsRequest {
        names: names(),
        recovery_window_in_days: Some(7),
        ..Default::default()
    };
    let scheduled = strongroom.batch_delete(request.clone()).await.unwrap();
    let undone = undo(&strongroom, &scheduled.batch_id).await;
    assert_eq!((undone.success, undone.failed), (2, 0));
    assert_eq!(comparable(records(&strongroom).await), comparable(before));

    strongroom.batch_delete(request).await.unwrap();
    let waiting = records(&strongroom).await;
    let cancel = v1::BatchCancelDeletionsRequest { names: names(), ..Default::default() };
    let cancelled = strongroom.batch_cancel(cancel.clone()).await.unwrap();
    let undone = undo(&strongroom, &cancelled.batch_id).await;
    assert_eq!(undone.success, 2);
    assert_eq!(records(&strongroom).await, waiting);

    let cancelled = strongroom.batch_cancel(cancel).await.unwrap();
    strongroom.pass(7 * DAY);
    let undone = undo(&strongroom, &cancelled.batch_id).await;
    let passed = |name| (name, Action::Rejected, "DATE_HAS_PASSED");
    assert_eq!(told(&undone.outcomes), [passed("a"), passed("b")]);
    assert_eq!(undone.batch_id, "", "nothing was changed, so it may be tried again");
    assert_eq!(undo(&strongroom, &cancelled.batch_id).await.failed, 2);
}

#[tokio::test]
async fn what_cannot_come_back_is_rejected_as_a_whole() {
    let strongroom = Strongroom::new();
    let import = put(&strongroom, &["a", "b"], "1").await;
    let undone = undo(&strongroom, &import.batch_id).await;
    put(&strongroom, &["a"], "1").await;
    let request = v1::BatchDeleteSecretsRequest {
        names: vec!["a".to_owned()],
        expect_total: Some(1),
        ..Default::default()
    };
    let deleted = strongroom.batch_delete(request).await.unwrap();
    for (batch, reason) in [
        (deleted.batch_id, "CANNOT_BE_UNDONE"),
        (undone.batch_id, "CANNOT_BE_UNDONE"),
        (import.batch_id, "ALREADY_UNDONE"),
        ("0".repeat(32), "BATCH_NOT_FOUND"),
        ("zero".to_owned(), "INVALID"),
    ] {
        let request = v1::UndoBatchRequest { batch_id: batch, ..Default::default() };
        assert_eq!(rejection(strongroom.undo(request).await).reason(), reason);
    }
}

#[tokio::test]
async fn all_or_nothing_takes_nothing_back_when_one_has_changed() {
    let strongroom = Strongroom::new();
    let done = put(&strongroom, &["a", "b"], "1").await;
    put(&strongroom, &["b"], "2").await;
    let request =
        v1::UndoBatchRequest { batch_id: done.batch_id.clone(), atomic: true, ..Default::default() };
    let answer = strongroom.undo(request).await.unwrap();
    assert_eq!(
        told(&answer.outcomes),
        [("a", Action::Withheld, ""), ("b", Action::Rejected, "CHANGED_SINCE")]
    );
    assert_eq!((answer.success, answer.failed, answer.batch_id.as_str()), (0, 1, ""));
    assert_eq!(strongroom.names().await, ["a", "b"]);
    assert_eq!(undo(&strongroom, &done.batch_id).await.success, 1);
}

#[tokio::test]
async fn a_batch_of_many_commits_is_undone_in_many() {
    let engine = MemoryEngine::with_limits(CommitLimits { operations: 45, bytes: 64 * 1024 * 1024 });
    let strongroom = Strongroom::on(engine);
    let names: Vec<_> = (0..10).map(|number| format!("s{number}")).collect();
    let done = strongroom.import(names.iter().map(|name| text(name, "x")).collect()).await;
    strongroom.schedule("s4", 7).await.unwrap();
    let undone = undo(&strongroom, &done.batch_id).await;
    assert_eq!((undone.total, undone.success, undone.failed), (10, 9, 1));
    let indices: Vec<_> = undone.outcomes.iter().map(|outcome| outcome.index).collect();
    assert_eq!(indices, (0..10).collect::<Vec<_>>());
    assert_eq!(strongroom.names().await, ["s4"]);
    let request = v1::ShowBatchRequest { batch_id: undone.batch_id, ..Default::default() };
    let shown = strongroom.batch(request).await.unwrap();
    assert_eq!((shown.outcomes, shown.batch.unwrap().finished), (undone.outcomes, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_exactly_one_undoes() {
    let strongroom = Arc::new(Strongroom::new());
    let done = put(&strongroom, &["a", "b", "c"], "1").await;
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let (strongroom, batch_id) = (strongroom.clone(), done.batch_id.clone());
            tokio::spawn(async move {
                let request = v1::UndoBatchRequest { batch_id, ..Default::default() };
                match strongroom.undo(request).await {
                    Ok(answer) => answer.success,
                    rejected => {
                        assert_eq!(rejection(rejected).reason(), "ALREADY_UNDONE");
                        0
                    }
                }
            })
        })
        .collect();
    let mut undone = Vec::new();
    for task in tasks {
        undone.push(task.await.unwrap());
    }
    undone.sort_unstable();
    assert_eq!((undone.pop(), undone), (Some(3), vec![0; 15]));
}

#[tokio::test]
async fn what_is_undone_can_be_undone_further() {
    let strongroom = Strongroom::new();
    let first = put(&strongroom, &["db"], "1").await;
    let second = put(&strongroom, &["db"], "2").await;
    let third = put(&strongroom, &["db"], "3").await;
    assert_eq!(undo(&strongroom, &second.batch_id).await.outcomes[0].reason, "CHANGED_SINCE");
    assert_eq!(undo(&strongroom, &third.batch_id).await.success, 1);
    let fourth = put(&strongroom, &["db"], "4").await;
    assert_eq!(undo(&strongroom, &fourth.batch_id).await.success, 1);
    assert_eq!(strongroom.read("db").await.unwrap().secret_string.as_deref(), Some("2"));

    let schedule = v1::BatchDeleteSecretsRequest {
        names: vec!["db".to_owned()],
        recovery_window_in_days: Some(7),
        ..Default::default()
    };
    let scheduled = strongroom.batch_delete(schedule).await.unwrap();
    let cancel =
        v1::BatchCancelDeletionsRequest { batch_id: scheduled.batch_id.clone(), ..Default::default() };
    let cancelled = strongroom.batch_cancel(cancel.clone()).await.unwrap();
    assert_eq!(undo(&strongroom, &cancelled.batch_id).await.success, 1);
    assert_eq!(strongroom.batch_cancel(cancel).await.unwrap().success, 1, "it waits as the batch left it");

    assert_eq!(undo(&strongroom, &second.batch_id).await.success, 1);
    assert_eq!(strongroom.read("db").await.unwrap().secret_string.as_deref(), Some("1"));
    assert_eq!(undo(&strongroom, &first.batch_id).await.success, 1);
    assert!(strongroom.names().await.is_empty());
}

#[tokio::test]
async fn what_was_rejected_is_undone_later_and_nothing_else() {
    let strongroom = Strongroom::new();
    let first = put(&strongroom, &["a", "b", "c"], "1").await.batch_id;
    let second = put(&strongroom, &["a"], "2").await.batch_id;
    let third = put(&strongroom, &["c"], "2").await.batch_id;
    let (taken, changed) = ((Action::Undone, ""), (Action::Rejected, "CHANGED_SINCE"));
    let unchanged = (Action::Unchanged, "");
    let told = |answer: &v1::UndoBatchResponse| -> Vec<(Action, String)> {
        answer.outcomes.iter().map(|outcome| (outcome.action(), outcome.reason.clone())).collect()
    };
    let expected = |all: [(Action, &str); 3]| all.map(|(action, reason)| (action, reason.to_owned()));

    let undone = undo(&strongroom, &first).await;
    assert_eq!(told(&undone), expected([changed, taken, changed]));
    assert_eq!(
        undone.outcomes[0].next_step,
        "Undo first the batches that have written it since, the newest first, and then this one again; or change it by itself."
    );
    let again = undo(&strongroom, &first).await;
    assert_eq!(
        (told(&again), again.batch_id.as_str()),
        (expected([changed, unchanged, changed]).to_vec(), "")
    );
    let shown = show(&strongroom, &first).await;
    assert_eq!((shown.undone_by, shown.can_undo), (undone.batch_id.clone(), true));

    // Written since it was undone.
    put(&strongroom, &["b"], "2").await;
    undo(&strongroom, &second).await;
    let later = undo(&strongroom, &first).await;
    assert_eq!(told(&later), expected([taken, unchanged, changed]));
    assert_eq!((later.total, later.success, later.failed), (3, 1, 1));
    assert_eq!(
        later.outcomes[1].message,
        format!("Batch {} has left nothing of it to undo.", undone.batch_id)
    );
    assert_eq!(strongroom.names().await, ["b", "c"]);

    // What is as it was left again, but by others, is theirs.
    put(&strongroom, &["a"], "3").await;
    undo(&strongroom, &third).await;
    let last = undo(&strongroom, &first).await;
    assert_eq!(told(&last), expected([unchanged, unchanged, taken]));
    assert_eq!(strongroom.names().await, ["a", "b"]);
    let shown = show(&strongroom, &first).await;
    assert_eq!((shown.undone_by, shown.can_undo), (last.batch_id, false));
    let request = v1::UndoBatchRequest { batch_id: first, ..Default::default() };
    assert_eq!(rejection(strongroom.undo(request).await).reason(), "ALREADY_UNDONE");
}

#[tokio::test]
async fn a_deletion_that_waits_again_and_is_cancelled_by_others_stays_cancelled() {
    let strongroom = Strongroom::new();
    put(&strongroom, &["a", "b"], "1").await;
    let names = ["a", "b"].map(str::to_owned).to_vec();
    for name in &names {
        strongroom.schedule(name, 7).await.unwrap();
    }
    let cancel = v1::BatchCancelDeletionsRequest { names, ..Default::default() };
    let cancelled = strongroom.batch_cancel(cancel).await.unwrap().batch_id;
    let written = put(&strongroom, &["b"], "2").await.batch_id;
    assert_eq!(undo(&strongroom, &cancelled).await.success, 1);
    strongroom.cancel("a").await.unwrap();
    undo(&strongroom, &written).await;
    let later = undo(&strongroom, &cancelled).await;
    assert_eq!(told(&later.outcomes), [("a", Action::Unchanged, ""), ("b", Action::Undone, "")]);
    assert_eq!(strongroom.read("a").await.unwrap().secret_string.as_deref(), Some("1"));
    assert!(strongroom.read("b").await.is_err(), "it waits");
}

#[tokio::test]
async fn a_secret_out_of_a_backup_is_not_what_a_batch_left() {
    let strongroom = Strongroom::new();
    let first = put(&strongroom, &["db"], "1").await;
    let second = put(&strongroom, &["db"], "2").await;
    undo(&strongroom, &second.batch_id).await;
    let download = v1::DownloadSecretBlobRequest { secret_name: "db".to_owned(), ..Default::default() };
    let call = strongroom.call("DownloadSecretBlob");
    let secret_blob = strongroom.operations.download_secret_blob(&call, download).await.unwrap().secret_blob;
    strongroom.delete("db").await.unwrap();
    let upload = v1::UploadSecretBlobRequest { secret_blob, ..Default::default() };
    strongroom.operations.upload_secret_blob(&strongroom.call("UploadSecretBlob"), upload).await.unwrap();
    assert_eq!(undo(&strongroom, &first.batch_id).await.outcomes[0].reason, "CHANGED_SINCE");
}

#[tokio::test]
async fn stages_go_with_the_versions_that_gave_way_and_a_value_that_did_is_told() {
    let limits = Limits { versions: 2, ..Limits::default() };
    let strongroom = Strongroom::with(MemoryEngine::new(), limits);
    put(&strongroom, &["db"], "1").await;
    put(&strongroom, &["db"], "2").await;
    let third = put(&strongroom, &["db"], "3").await;
    let fourth = put(&strongroom, &["db"], "4").await;
    undo(&strongroom, &fourth.batch_id).await;
    assert_eq!(strongroom.read("db").await.unwrap().secret_string.as_deref(), Some("3"));
    assert!(strongroom.stage("db", "SYSPREVIOUS").await.is_err(), "version 2 is gone");
    let before = records(&strongroom).await;
    let undone = undo(&strongroom, &third.batch_id).await;
    assert_eq!(told(&undone.outcomes), [("db", Action::Rejected, "VALUE_GONE")]);
    assert_eq!(
        undone.outcomes[0].message,
        "Version v2 of secret db, its value before, gave way to newer ones and is gone."
    );
    assert_eq!(records(&strongroom).await, before);
}

/// Records from before contents had revisions of their own.
#[tokio::test]
async fn an_older_batch_is_undone_as_ever() {
    let strongroom = Strongroom::new();
    let import = put(&strongroom, &["db"], "1").await;
    let schedule = v1::BatchDeleteSecretsRequest {
        names: vec!["db".to_owned()],
        recovery_window_in_days: Some(7),
        ..Default::default()
    };
    let scheduled = strongroom.batch_delete(schedule).await.unwrap();
    let project = Id::new([2; 16]);
    let view = strongroom.storage.view().await.unwrap();
    let batch = Id::parse(&scheduled.batch_id).unwrap();
    let secret = view.secret(project, "db").await.unwrap().unwrap();
    let mut part = view.batch_part(project, batch, 0).await.unwrap().unwrap().record;
    assert!(part.outcomes[0].before_revision > 0 && secret.record.content_revision > 0);
    part.outcomes[0].before_revision = 0;
    let mut change = Change::new();
    change.update_secret(project, &secret, &secret.record).unwrap();
    change.put_batch_part(project, batch, &part).unwrap();
    drop(view);
    assert!(matches!(strongroom.storage.commit(change).await.unwrap(), Outcome::Committed(_)));

    assert_eq!(undo(&strongroom, &scheduled.batch_id).await.success, 1);
    assert_eq!(undo(&strongroom, &import.batch_id).await.outcomes[0].reason, "CHANGED_SINCE");
}
