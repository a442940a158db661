//! What deleting 1,000 secrets, cancelling 1,000 deletions and undoing 1,000 steps cost on the embedded engine, with
//! outcomes, report and audit.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "benches may")]

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use strongroom_access::{Access, Caller, ClientNetwork, Identity};
use strongroom_contract::v1;
use strongroom_operations::{Call, Clock, Limits, Operations, Root, RootKeySource, Uptime};
use strongroom_sealing::{RootKey, RootKeys};
use strongroom_storage::{Id, RedbEngine, Storage, Timestamp};
use tokio::runtime::Runtime;

const SECRETS: usize = 1_000;
const NOW: Timestamp = Timestamp::from_milliseconds(1_767_225_600_000);

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        NOW
    }

    fn uptime(&self) -> Uptime {
        Uptime { boot: [1; 16], milliseconds: 0 }
    }
}

struct Strongroom {
    operations: Operations,
    runtime: Runtime,
    turn: Cell<usize>,
}

fn call(operation: &'static str) -> Call {
    let identity = Identity {
        domain_id: Id::new([1; 16]),
        domain_name: "strongroom".to_owned(),
        project_id: Id::new([2; 16]),
        project_name: "default".to_owned(),
        user_id: Id::new([3; 16]),
        user_name: "admin".to_owned(),
        access_key: None,
        token: None,
        is_of_domain: false,
    };
    let request_id = strongroom_operations::ordered_id(NOW).into_bytes();
    Call {
        caller: Caller::new(identity),
        network: ClientNetwork::UNKNOWN,
        request_id,
        now: NOW,
        operation,
        permission: "",
        event: "anEvent",
        options: None,
        signed: None,
    }
}

impl Strongroom {
    fn on(folder: &std::path::Path) -> Self {
        let storage = Storage::with_known_key(Arc::new(RedbEngine::open(&folder.join("store")).unwrap()));
        let keys = Arc::new(RootKeys::new(RootKey::generate().unwrap()));
        let access = Arc::new(Access::new(storage.clone(), keys.clone()));
        let root = Root::new(keys, RootKeySource::Environment);
        let limits = Limits { secrets: 10_000_000, ..Limits::default() };
        let operations = Operations::new(storage, access, root, Arc::new(Still), limits);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        Self { operations, runtime, turn: Cell::new(0) }
    }

    /// New secrets of an instance of their own: their names, the instance and the batch.
    fn fill(&self) -> (Vec<String>, String, String) {
        self.turn.set(self.turn.get() + 1);
        let instance = format!("rds-{}", self.turn.get());
        let names: Vec<_> = (0..SECRETS).map(|number| format!("{instance}-{number:04}")).collect();
        let secret = |name: &String| v1::NewSecret {
            name: name.clone(),
            secret_string: Some("0123456789abcdef0123456789abcdef".to_owned()),
            secret_type: v1::SecretType::RdsFg.into(),
            rotation_config: format!(r#"{{"InstanceId":"{instance}","SecretSubType":"SingleUser"}}"#),
            ..Default::default()
        };
        let request = v1::BatchImportSecretsRequest {
            secrets: names.iter().map(secret).collect(),
            ..Default::default()
        };
        let call = call("BatchImportSecrets");
        let answer = self.runtime.block_on(self.operations.batch_import_secrets(&call, request)).unwrap();
        assert_eq!(answer.failed, 0);
        (names, instance, answer.batch_id)
    }

    fn delete(&self, request: v1::BatchDeleteSecretsRequest) -> String {
        let call = call("BatchDeleteSecrets");
        let answer = self.runtime.block_on(self.operations.batch_delete_secrets(&call, request)).unwrap();
        assert_eq!(answer.success_secrets.len(), SECRETS);
        answer.batch_id
    }

    fn cancel(&self, request: v1::BatchCancelDeletionsRequest) {
        let call = call("BatchCancelDeletions");
        let answer = self.runtime.block_on(self.operations.batch_cancel_deletions(&call, request)).unwrap();
        assert_eq!(answer.success, 1_000);
    }

    fn schedule(&self, names: Vec<String>) -> String {
        let window = Some(7);
        self.delete(v1::BatchDeleteSecretsRequest {
            names,
            recovery_window_in_days: window,
            ..Default::default()
        })
    }
}

/// Only what is done is measured, not what it is done to.
fn measured<T>(turns: u64, prepare: impl Fn() -> T, work: impl Fn(T)) -> Duration {
    let turn = || {
        let given = prepare();
        let started = Instant::now();
        work(given);
        started.elapsed()
    };
    (0..turns).map(|_| turn()).sum()
}

fn batches(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let strongroom = Strongroom::on(folder.path());
    let mut group = criterion.benchmark_group("a batch of 1,000");
    group.sample_size(20);
    group.bench_function("delete an instance", |bencher| {
        bencher.iter_custom(|turns| {
            let work = |(_, instance_id, _)| {
                strongroom.delete(v1::BatchDeleteSecretsRequest { instance_id, ..Default::default() });
            };
            measured(turns, || strongroom.fill(), work)
        });
    });
    group.bench_function("delete names", |bencher| {
        bencher.iter_custom(|turns| {
            let work = |(names, _, _)| {
                let expect_total = Some(1_000);
                strongroom.delete(v1::BatchDeleteSecretsRequest {
                    names,
                    expect_total,
                    ..Default::default()
                });
            };
            measured(turns, || strongroom.fill(), work)
        });
    });
    group.bench_function("schedule names", |bencher| {
        bencher.iter_custom(|turns| {
            measured(turns, || strongroom.fill().0, |names| drop(strongroom.schedule(names)))
        });
    });
    group.bench_function("cancel names", |bencher| {
        bencher.iter_custom(|turns| {
            let prepare = || {
                let (names, _, _) = strongroom.fill();
                strongroom.schedule(names.clone());
                names
            };
            let work =
                |names| strongroom.cancel(v1::BatchCancelDeletionsRequest { names, ..Default::default() });
            measured(turns, prepare, work)
        });
    });
    group.bench_function("cancel a batch", |bencher| {
        bencher.iter_custom(|turns| {
            let prepare = || strongroom.schedule(strongroom.fill().0);
            let work = |batch_id| {
                strongroom.cancel(v1::BatchCancelDeletionsRequest { batch_id, ..Default::default() });
            };
            measured(turns, prepare, work)
        });
    });
    group.bench_function("undo an import", |bencher| {
        bencher.iter_custom(|turns| {
            let work = |(_, _, batch_id)| {
                let call = call("UndoBatch");
                let request = v1::UndoBatchRequest { batch_id, ..Default::default() };
                let answer = strongroom.runtime.block_on(strongroom.operations.undo_batch(&call, request));
                assert_eq!(answer.unwrap().success, 1_000);
            };
            measured(turns, || strongroom.fill(), work)
        });
    });
    group.finish();
}

criterion_group!(benches, batches);
criterion_main!(benches);
