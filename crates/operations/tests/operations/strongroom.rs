//! A whole product in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};

use strongroom_access::{Access, Caller, ClientNetwork, Identity};
use strongroom_contract::v1;
use strongroom_operations::{
    Answer, Call, Clock, Limits, OperationError, Operations, Rejection, Root, RootKeySource, Uptime,
};
use strongroom_sealing::{RootKey, RootKeys};
use strongroom_storage::{Engine, Id, MemoryEngine, Storage, Timestamp};

pub const START: i64 = 1_767_225_600_500;
pub const DAY: i64 = 86_400_000;

/// The clock of a machine: what it shows, for how long the machine has been running, and how often it was started.
pub struct SetClock {
    now: AtomicI64,
    uptime: AtomicI64,
    boot: AtomicU8,
}

impl SetClock {
    fn new() -> Self {
        Self { now: AtomicI64::new(START), uptime: AtomicI64::new(0), boot: AtomicU8::new(0) }
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_milliseconds(self.now.load(Ordering::SeqCst))
    }

    fn uptime(&self) -> Uptime {
        let milliseconds = self.uptime.load(Ordering::SeqCst);
        Uptime { boot: [self.boot.load(Ordering::SeqCst); 16], milliseconds }
    }
}

pub struct Strongroom {
    pub operations: Operations,
    pub storage: Storage,
    keys: Arc<RootKeys>,
    clock: Arc<SetClock>,
    limits: Limits,
}

impl Strongroom {
    pub fn new() -> Self {
        Self::on(MemoryEngine::new())
    }

    pub fn on(engine: impl Engine) -> Self {
        Self::with(engine, Limits { import_entries: 10, ..Limits::default() })
    }

    pub fn with(engine: impl Engine, limits: Limits) -> Self {
        let keys = Arc::new(RootKeys::new(RootKey::generate().unwrap()));
        Self::sealed_by(
            Storage::with_known_key(Arc::new(engine)),
            Root::new(keys, RootKeySource::Environment),
            limits,
        )
    }

    pub fn sealed_by(storage: Storage, root: Root, limits: Limits) -> Self {
        Self::start(storage, root, Arc::new(SetClock::new()), limits)
    }

    fn start(storage: Storage, root: Root, clock: Arc<SetClock>, limits: Limits) -> Self {
        let keys = root.keys.clone();
        let access = Arc::new(Access::new(storage.clone(), keys.clone()));
        let operations = Operations::new(storage.clone(), access, root, clock.clone(), limits);
        Self { operations, storage, keys, clock, limits }
    }

    /// The same store after a start, or another process on it: what was in memory only is gone.
    pub fn again(&self) -> Self {
        self.limited(self.limits)
    }

    /// The same with other limits.
    pub fn limited(&self, limits: Limits) -> Self {
        let root = Root::new(self.keys.clone(), RootKeySource::Environment);
        Self::start(self.storage.clone(), root, self.clock.clone(), limits)
    }

    /// Time passes, and the clock goes with it.
    pub fn pass(&self, milliseconds: i64) {
        self.clock.uptime.fetch_add(milliseconds, Ordering::SeqCst);
        self.set_clock(milliseconds);
    }

    /// The clock is set forwards, or back where negative.
    pub fn set_clock(&self, milliseconds: i64) {
        self.clock.now.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// The machine is started again, so its uptime says nothing about the time before.
    pub fn reboot(&self) {
        self.clock.boot.fetch_add(1, Ordering::SeqCst);
        self.clock.uptime.store(0, Ordering::SeqCst);
    }

    pub fn now(&self) -> i64 {
        self.clock.now().milliseconds()
    }

    pub fn identity(&self) -> Identity {
        Identity {
            domain_id: Id::new([1; 16]),
            domain_name: "strongroom".to_owned(),
            project_id: Id::new([2; 16]),
            project_name: "default".to_owned(),
            user_id: Id::new([3; 16]),
            user_name: "admin".to_owned(),
            access_key: Some("AK".to_owned()),
            token: None,
            is_of_domain: false,
        }
    }

    pub fn call(&self, operation: &'static str) -> Call {
        let now = self.operations.clock().now();
        Call {
            caller: Caller::new(self.identity()),
            network: ClientNetwork::UNKNOWN,
            request_id: strongroom_operations::ordered_id(now).into_bytes(),
            now,
            operation,
            permission: "",
            event: "anEvent",
            options: None,
            signed: None,
        }
    }

    pub async fn import(&self, secrets: Vec<v1::NewSecret>) -> v1::BatchImportSecretsResponse {
        let request =
            v1::BatchImportSecretsRequest { project_id: String::new(), secrets, ..Default::default() };
        self.operations.batch_import_secrets(&self.call("BatchImportSecrets"), request).await.unwrap()
    }

    pub async fn schedule(&self, name: &str, days: i32) -> Answer<v1::ScheduleDeletionResponse> {
        let request = v1::ScheduleDeletionRequest {
            secret_name: name.to_owned(),
            recovery_window_in_days: Some(days),
            ..Default::default()
        };
        self.operations.schedule_deletion(&self.call("ScheduleDeletion"), request).await
    }

    pub async fn cancel(&self, name: &str) -> Answer<v1::CancelDeletionResponse> {
        let request = v1::CancelDeletionRequest { secret_name: name.to_owned(), ..Default::default() };
        self.operations.cancel_deletion(&self.call("CancelDeletion"), request).await
    }

    pub async fn delete(&self, name: &str) -> Answer<v1::DeleteSecretResponse> {
        let request = v1::DeleteSecretRequest { secret_name: name.to_owned(), ..Default::default() };
        self.operations.delete_secret(&self.call("DeleteSecret"), request).await
    }

    pub async fn show(&self, name: &str) -> Answer<v1::ShowSecretResponse> {
        let request = v1::ShowSecretRequest { secret_name: name.to_owned(), ..Default::default() };
        self.operations.show_secret(&self.call("ShowSecret"), request).await
    }

    pub async fn update(&self, request: v1::UpdateSecretRequest) -> Answer<v1::Secret> {
        let answer = self.operations.update_secret(&self.call("UpdateSecret"), request).await?;
        Ok(answer.secret.unwrap())
    }

    /// A new text value of `db`, with these stages.
    pub async fn add(&self, value: &str, stages: &[&str]) -> Answer<v1::VersionMetadata> {
        let request = v1::CreateSecretVersionRequest {
            secret_name: "db".to_owned(),
            secret_string: Some(value.to_owned()),
            version_stages: stages.iter().map(|stage| (*stage).to_owned()).collect(),
            ..Default::default()
        };
        self.add_version(request).await
    }

    pub async fn add_version(&self, request: v1::CreateSecretVersionRequest) -> Answer<v1::VersionMetadata> {
        let answer =
            self.operations.create_secret_version(&self.call("CreateSecretVersion"), request).await?;
        Ok(answer.version_metadata.unwrap())
    }

    pub async fn versions(&self, name: &str) -> Answer<Vec<v1::VersionMetadata>> {
        let request = v1::ListSecretVersionsRequest { secret_name: name.to_owned(), ..Default::default() };
        let answer = self.operations.list_secret_versions(&self.call("ListSecretVersions"), request).await?;
        Ok(answer.version_metadatas)
    }

    pub async fn set_stage(&self, name: &str, stage: &str, version: &str) -> Answer<v1::Stage> {
        let request = v1::UpdateSecretStageRequest {
            project_id: String::new(),
            secret_name: name.to_owned(),
            stage_name: stage.to_owned(),
            version_id: version.to_owned(),
            ..Default::default()
        };
        let answer = self.operations.update_secret_stage(&self.call("UpdateSecretStage"), request).await?;
        Ok(answer.stage.unwrap())
    }

    pub async fn delete_stage(&self, name: &str, stage: &str) -> Answer<v1::DeleteSecretStageResponse> {
        let request = v1::DeleteSecretStageRequest {
            project_id: String::new(),
            secret_name: name.to_owned(),
            stage_name: stage.to_owned(),
            ..Default::default()
        };
        self.operations.delete_secret_stage(&self.call("DeleteSecretStage"), request).await
    }

    pub async fn stage(&self, name: &str, stage: &str) -> Answer<v1::Stage> {
        let request = v1::ShowSecretStageRequest {
            project_id: String::new(),
            secret_name: name.to_owned(),
            stage_name: stage.to_owned(),
        };
        let answer = self.operations.show_secret_stage(&self.call("ShowSecretStage"), request).await?;
        Ok(answer.stage.unwrap())
    }

    pub async fn set_expiry(
        &self,
        name: &str,
        version: &str,
        expire_time: i64,
    ) -> Answer<v1::VersionMetadata> {
        let request = v1::UpdateVersionRequest {
            project_id: String::new(),
            secret_name: name.to_owned(),
            version_id: version.to_owned(),
            expire_time,
            ..Default::default()
        };
        let answer = self.operations.update_version(&self.call("UpdateVersion"), request).await?;
        Ok(answer.version_metadata.unwrap())
    }

    /// The value of the current version.
    pub async fn read(&self, name: &str) -> Answer<v1::Version> {
        self.read_version(name, "latest").await
    }

    pub async fn read_version(&self, name: &str, version: &str) -> Answer<v1::Version> {
        let request = v1::ShowSecretVersionRequest {
            secret_name: name.to_owned(),
            version_id: version.to_owned(),
            ..Default::default()
        };
        let answer = self.operations.show_secret_version(&self.call("ShowSecretVersion"), request).await?;
        Ok(answer.version.unwrap())
    }

    pub async fn create(&self, secret: v1::NewSecret) -> Answer<v1::CreateSecretResponse> {
        let request =
            v1::CreateSecretRequest { project_id: String::new(), secret: Some(secret), ..Default::default() };
        self.operations.create_secret(&self.call("CreateSecret"), request).await
    }

    pub async fn read_many(&self, names: &[&str]) -> v1::BatchGetSecretValueResponse {
        let request = v1::BatchGetSecretValueRequest {
            secret_name_list: names.iter().map(|name| (*name).to_owned()).collect(),
            ..Default::default()
        };
        self.operations.batch_get_secret_value(&self.call("BatchGetSecretValue"), request).await.unwrap()
    }

    /// As the transports do it, safeguards included.
    pub async fn batch_delete(
        &self,
        request: v1::BatchDeleteSecretsRequest,
    ) -> Answer<v1::BatchDeleteSecretsResponse> {
        let call = self.call("BatchDeleteSecrets");
        let delete = self.operations.execute(&call, request, |operations, call, request| {
            Box::pin(async move { operations.batch_delete_secrets(&call, request).await })
        });
        delete.await
    }

    pub async fn batch_cancel(
        &self,
        request: v1::BatchCancelDeletionsRequest,
    ) -> Answer<v1::BatchCancelDeletionsResponse> {
        let call = self.call("BatchCancelDeletions");
        let cancel = self.operations.execute(&call, request, |operations, call, request| {
            Box::pin(async move { operations.batch_cancel_deletions(&call, request).await })
        });
        cancel.await
    }

    pub async fn undo(&self, request: v1::UndoBatchRequest) -> Answer<v1::UndoBatchResponse> {
        let call = self.call("UndoBatch");
        let undo = self.operations.execute(&call, request, |operations, call, request| {
            Box::pin(async move { operations.undo_batch(&call, request).await })
        });
        undo.await
    }

    pub async fn batches(&self, request: v1::ListBatchesRequest) -> Answer<v1::ListBatchesResponse> {
        self.operations.list_batches(&self.call("ListBatches"), request).await
    }

    pub async fn batch(&self, request: v1::ShowBatchRequest) -> Answer<v1::ShowBatchResponse> {
        self.operations.show_batch(&self.call("ShowBatch"), request).await
    }

    pub async fn limits(&self) -> v1::ShowLimitsResponse {
        let request = v1::ShowLimitsRequest::default();
        self.operations.show_limits(&self.call("ShowLimits"), request).await.unwrap()
    }

    pub async fn names(&self) -> Vec<String> {
        let answer =
            self.operations.list_secrets(&self.call("ListSecrets"), v1::ListSecretsRequest::default()).await;
        answer.unwrap().secrets.into_iter().map(|secret| secret.name).collect()
    }
}

pub fn text(name: &str, value: &str) -> v1::NewSecret {
    v1::NewSecret { name: name.to_owned(), secret_string: Some(value.to_owned()), ..Default::default() }
}

pub fn of_instance(name: &str, instance: &str, kind: v1::SecretType) -> v1::NewSecret {
    v1::NewSecret {
        secret_type: kind.into(),
        rotation_config: format!(r#"{{"InstanceId":"{instance}","SecretSubType":"SingleUser"}}"#),
        ..text(name, "value")
    }
}

pub fn rejection<T>(answer: Answer<T>) -> Rejection {
    match answer {
        Err(OperationError::Rejected(rejection)) => rejection,
        Err(OperationError::Internal { doing, source }) => panic!("a fault while {doing}: {source}"),
        Ok(_) => panic!("not rejected"),
    }
}
