//! A change of which the store cannot say whether it is done.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use async_trait::async_trait;
use strongroom_contract::v1;
use strongroom_operations::{Answer, StoreFailure};
use strongroom_storage::{
    Commit, CommitLimits, Counters, Engine, MemoryEngine, Outcome, Snapshot, StorageError,
};

use crate::strongroom::{Strongroom, text};

const CERTAIN: u8 = 0;
const DONE: u8 = 1;
const NOT_DONE: u8 = 2;

/// Answers one commit with an unknown outcome, whether it is done or not.
struct Unsure {
    inner: MemoryEngine,
    next: Arc<AtomicU8>,
}

#[async_trait]
impl Engine for Unsure {
    fn limits(&self) -> CommitLimits {
        self.inner.limits()
    }

    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StorageError> {
        self.inner.snapshot().await
    }

    async fn commit(&self, commit: Commit) -> Result<Outcome, StorageError> {
        let unknown =
            || StorageError::Unconfirmed { cause: Arc::new(std::io::Error::other("flushing failed")) };
        match self.next.swap(CERTAIN, Ordering::Relaxed) {
            DONE => {
                let _done = self.inner.commit(commit).await?;
                Err(unknown())
            }
            NOT_DONE => Err(unknown()),
            _ => self.inner.commit(commit).await,
        }
    }

    fn counters(&self) -> Counters {
        self.inner.counters()
    }
}

async fn add_version(strongroom: &Strongroom) -> Answer<v1::CreateSecretVersionResponse> {
    let request = v1::CreateSecretVersionRequest {
        secret_name: "db".to_owned(),
        secret_string: Some("second".to_owned()),
        request_id: "deploy-1".to_owned(),
        ..Default::default()
    };
    let call = strongroom.call("CreateSecretVersion");
    let add = strongroom.operations.execute(&call, request, |operations, call, request| {
        Box::pin(async move { operations.create_secret_version(&call, request).await })
    });
    add.await
}

#[tokio::test]
async fn a_repetition_with_the_same_request_id_tells_the_truth_about_an_unknown_outcome() {
    for (outcome, versions_before) in [(DONE, 2), (NOT_DONE, 1)] {
        let next = Arc::new(AtomicU8::new(CERTAIN));
        let strongroom = Strongroom::on(Unsure { inner: MemoryEngine::new(), next: next.clone() });
        strongroom.import(vec![text("db", "first")]).await;
        next.store(outcome, Ordering::Relaxed);
        let error = add_version(&strongroom).await.unwrap_err();
        assert_eq!(StoreFailure::cause_of(&error), Some(StoreFailure::OutcomeUnknown));
        assert_eq!(strongroom.versions("db").await.unwrap().len(), versions_before);

        let answer = add_version(&strongroom).await.unwrap();
        assert_eq!(answer.version_metadata.unwrap().id, "v2");
        assert_eq!(strongroom.versions("db").await.unwrap().len(), 2, "it is done once");
        assert_eq!(strongroom.read("db").await.unwrap().secret_string.as_deref(), Some("second"));
    }
}

#[tokio::test]
async fn repetition_gets_the_first_answer_although_it_would_be_rejected_now() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "x")]).await;
    let first = add_version(&strongroom).await.unwrap();
    let settings =
        v1::UpdateSecretsConfigRequest { checking_secret_strength: Some(true), ..Default::default() };
    let call = strongroom.call("UpdateSecretsConfig");
    strongroom.operations.update_secrets_config(&call, settings).await.unwrap();
    assert_eq!(add_version(&strongroom).await.unwrap(), first, "its value counts as weak now");
}
