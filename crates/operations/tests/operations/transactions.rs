//! Transactions that meet other changes of the same records.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use strongroom_contract::v1;
use strongroom_operations::{Answer, Code, Limits};
use strongroom_storage::{
    Commit, CommitLimits, Counters, Engine, MemoryEngine, Outcome, Snapshot, StorageError,
};

use crate::strongroom::{Strongroom, rejection, text};

const ATTEMPTS: usize = 16;

/// Rejects a number of commits, as if another transaction had come first each time.
struct Contended {
    inner: MemoryEngine,
    conflicts: Arc<AtomicUsize>,
}

#[async_trait]
impl Engine for Contended {
    fn limits(&self) -> CommitLimits {
        self.inner.limits()
    }

    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StorageError> {
        self.inner.snapshot().await
    }

    async fn commit(&self, commit: Commit) -> Result<Outcome, StorageError> {
        let left = self.conflicts.load(Ordering::SeqCst);
        if left > 0 {
            self.conflicts.store(left - 1, Ordering::SeqCst);
            return Ok(Outcome::Conflict);
        }
        self.inner.commit(commit).await
    }

    fn counters(&self) -> Counters {
        self.inner.counters()
    }
}

async fn contended() -> (Strongroom, Arc<AtomicUsize>) {
    let conflicts = Arc::new(AtomicUsize::new(0));
    let engine = Contended { inner: MemoryEngine::new(), conflicts: conflicts.clone() };
    let strongroom = Strongroom::with(engine, Limits::default());
    strongroom.import(vec![text("db", "x")]).await;
    (strongroom, conflicts)
}

async fn change_in_each_way(strongroom: &Strongroom, name: &str) -> Vec<Answer<()>> {
    let names = vec!["db".to_owned()];
    let delete = v1::BatchDeleteSecretsRequest {
        names: names.clone(),
        recovery_window_in_days: Some(7),
        ..Default::default()
    };
    let import = v1::BatchImportSecretsRequest { secrets: vec![text(name, "x")], ..Default::default() };
    let call = strongroom.call("BatchImportSecrets");
    vec![
        strongroom.operations.batch_import_secrets(&call, import).await.map(drop),
        strongroom.schedule("db", 7).await.map(drop),
        strongroom.cancel("db").await.map(drop),
        strongroom.batch_delete(delete).await.map(drop),
    ]
}

#[tokio::test(start_paused = true)]
async fn conflict_at_the_last_attempt_but_one_is_retried() {
    let (strongroom, conflicts) = contended().await;
    conflicts.store(ATTEMPTS - 1, Ordering::SeqCst);
    strongroom.schedule("db", 7).await.unwrap();
    conflicts.store(ATTEMPTS - 1, Ordering::SeqCst);
    strongroom.cancel("db").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn endless_conflicts_end_as_aborted_and_change_nothing() {
    let (strongroom, conflicts) = contended().await;
    conflicts.store(usize::MAX, Ordering::SeqCst);
    let answers = change_in_each_way(&strongroom, "web").await;
    conflicts.store(0, Ordering::SeqCst);
    let codes: Vec<_> = answers.into_iter().map(|answer| rejection(answer).code()).collect();
    // Nothing was scheduled that could be cancelled.
    assert_eq!(codes, [Code::Aborted, Code::Aborted, Code::NotScheduled, Code::Aborted]);
    let secret = strongroom.show("db").await.unwrap().secret.unwrap();
    assert_eq!(secret.scheduled_delete_time, None);
    assert!(strongroom.show("web").await.is_err());

    conflicts.store(usize::MAX, Ordering::SeqCst);
    assert_eq!(rejection(strongroom.schedule("db", 7).await).code(), Code::Aborted);
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_that_change_one_secret_at_the_same_moment_all_succeed() {
    let strongroom = Arc::new(Strongroom::new());
    strongroom.import(vec![text("db", "x")]).await;
    let tasks: Vec<_> = (0..64)
        .map(|number| {
            let strongroom = strongroom.clone();
            let description = Some(number.to_string());
            let request =
                v1::UpdateSecretRequest { secret_name: "db".to_owned(), description, ..Default::default() };
            tokio::spawn(async move { strongroom.update(request).await.map(drop) })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
}
