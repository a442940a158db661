//! Undoing a batch that somebody else has begun to undo.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use strongroom_contract::v1::{self, Action};
use strongroom_storage::{
    Commit, CommitLimits, Counters, Engine, MemoryEngine, Outcome, Snapshot, StorageError,
};

use crate::batch_delete_secrets::told;
use crate::strongroom::{Strongroom, rejection, text};

/// Lets others have their turn before each look, and stops after some commits.
struct Stopping {
    inner: MemoryEngine,
    commits_left: Arc<AtomicUsize>,
}

#[async_trait]
impl Engine for Stopping {
    fn limits(&self) -> CommitLimits {
        self.inner.limits()
    }

    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StorageError> {
        tokio::task::yield_now().await;
        self.inner.snapshot().await
    }

    async fn commit(&self, commit: Commit) -> Result<Outcome, StorageError> {
        let left = self.commits_left.load(Ordering::Relaxed);
        self.commits_left.store(left.checked_sub(1).ok_or(StorageError::Stopped)?, Ordering::Relaxed);
        self.inner.commit(commit).await
    }

    fn counters(&self) -> Counters {
        self.inner.counters()
    }
}

/// A batch that scheduled the deletion of 20 secrets, in commits of a few.
async fn scheduled() -> (Strongroom, Arc<AtomicUsize>, String) {
    let commits_left = Arc::new(AtomicUsize::new(usize::MAX));
    let inner = MemoryEngine::with_limits(CommitLimits { operations: 24, bytes: 64 * 1024 * 1024 });
    let engine = Stopping { inner, commits_left: commits_left.clone() };
    let strongroom =
        Strongroom::with(engine, strongroom_operations::Limits { import_entries: 20, ..Default::default() });
    let names: Vec<_> = (10..30).map(|number| format!("s{number}")).collect();
    strongroom.import(names.iter().map(|name| text(name, "x")).collect()).await;
    let request =
        v1::BatchDeleteSecretsRequest { names, recovery_window_in_days: Some(7), ..Default::default() };
    let batch = strongroom.batch_delete(request).await.unwrap().batch_id;
    (strongroom, commits_left, batch)
}

fn undo(batch: &str) -> v1::UndoBatchRequest {
    v1::UndoBatchRequest { batch_id: batch.to_owned(), ..Default::default() }
}

async fn shown(strongroom: &Strongroom, batch: &str) -> v1::Batch {
    let request = v1::ShowBatchRequest { batch_id: batch.to_owned(), ..Default::default() };
    strongroom.batch(request).await.unwrap().batch.unwrap()
}

#[tokio::test]
async fn of_two_that_find_nothing_to_change_at_first_one_goes_on() {
    let (strongroom, _, batch) = scheduled().await;
    for number in 10..20 {
        strongroom.cancel(&format!("s{number}")).await.unwrap();
    }
    let (one, other) = tokio::join!(strongroom.undo(undo(&batch)), strongroom.undo(undo(&batch)));
    let (answer, rejected) = if one.is_ok() { (one, other) } else { (other, one) };
    assert_eq!((answer.unwrap().success, rejection(rejected).reason()), (10, "ALREADY_UNDONE"));
}

#[tokio::test]
async fn one_that_was_cut_off_is_gone_on_with_until_nothing_is_left() {
    let (strongroom, commits_left, batch) = scheduled().await;
    let first = |outcomes: &[v1::Outcome], action| {
        outcomes.iter().take_while(|outcome| outcome.action() == action).count()
    };
    let mut done = 0;
    for turn in 0..2 {
        commits_left.store(1, Ordering::Relaxed);
        assert!(strongroom.undo(undo(&batch)).await.is_err(), "{turn}");
        commits_left.store(usize::MAX, Ordering::Relaxed);
        let cut_off = shown(&strongroom, &batch).await;
        assert!(!cut_off.can_undo && !cut_off.undone_by.is_empty(), "it may be going on still");
        assert_eq!(rejection(strongroom.undo(undo(&batch)).await).reason(), "ALREADY_UNDONE");

        strongroom.pass(60_001);
        assert!(shown(&strongroom, &batch).await.can_undo);
        let listed = strongroom.batches(Default::default()).await.unwrap().batches;
        assert!(listed.iter().any(|one| one.batch_id == batch && one.can_undo));
        let request = v1::ShowBatchRequest { batch_id: cut_off.undone_by, ..Default::default() };
        let outcomes = strongroom.batch(request).await.unwrap().outcomes;
        assert_eq!(first(&outcomes, Action::Unchanged), done, "what the one before undid");
        assert!(outcomes.len() > done && outcomes.len() < 20);
        done = outcomes.len();
    }

    let undone = strongroom.undo(undo(&batch)).await.unwrap();
    assert_eq!(first(&undone.outcomes, Action::Unchanged), done);
    assert_eq!((undone.total, undone.success, undone.failed), (20, 20 - done as i32, 0));
    assert_eq!(told(&undone.outcomes)[19], ("s29", Action::Undone, ""));
    assert!(!shown(&strongroom, &batch).await.can_undo);
}

/// Of the undo that is cut off the first part is on disk, and the one before it tells of the rest.
#[tokio::test]
async fn one_that_went_on_after_another_and_was_cut_off_hides_nothing_of_it() {
    let (strongroom, commits_left, scheduled) = scheduled().await;
    let cancel = v1::BatchCancelDeletionsRequest { batch_id: scheduled, ..Default::default() };
    let cancelled = strongroom.batch_cancel(cancel).await.unwrap().batch_id;
    let write = |name: &str| v1::BatchImportSecretsRequest {
        secrets: vec![text(name, "y")],
        on_existing: v1::OnExisting::NewVersion.into(),
        ..Default::default()
    };
    let mut written = Vec::new();
    for name in ["s10", "s11"] {
        let call = strongroom.call("BatchImportSecrets");
        let answer = strongroom.operations.batch_import_secrets(&call, write(name)).await.unwrap();
        written.push(answer.batch_id);
    }
    assert_eq!(strongroom.undo(undo(&cancelled)).await.unwrap().success, 18);
    strongroom.cancel("s29").await.unwrap();
    strongroom.undo(undo(&written[0])).await.unwrap();

    commits_left.store(1, Ordering::Relaxed);
    let cut_off = strongroom.undo(undo(&cancelled)).await;
    commits_left.store(usize::MAX, Ordering::Relaxed);
    assert!(cut_off.is_err());
    strongroom.undo(undo(&written[1])).await.unwrap();
    strongroom.pass(60_001);
    let last = strongroom.undo(undo(&cancelled)).await.unwrap();
    assert_eq!(told(&last.outcomes)[..2], [("s10", Action::Unchanged, ""), ("s11", Action::Undone, "")]);
    assert!(last.outcomes[2..].iter().all(|outcome| outcome.action() == Action::Unchanged));
    assert!(strongroom.read("s29").await.is_ok(), "it was cancelled by others");
    assert!(!shown(&strongroom, &cancelled).await.can_undo);
}
