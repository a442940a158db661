//! What an import of 1,000 secrets of 32 bytes costs on the embedded engine: plain, tried first, and over names that are
//! there under each policy.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "benches may")]

use std::cell::Cell;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use strongroom_access::{Access, Caller, ClientNetwork, Identity};
use strongroom_contract::v1::{self, BatchImportSecretsRequest, OnExisting};
use strongroom_operations::{Call, Clock, Limits, Operations, Root, RootKeySource, Uptime};
use strongroom_sealing::{RootKey, RootKeys};
use strongroom_storage::{Id, RedbEngine, Storage, Timestamp};
use tokio::runtime::Runtime;

const ENTRIES: usize = 1_000;
/// A value of 32 bytes.
const VALUE: &str = "0123456789abcdef0123456789abcdef";
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

fn call() -> Call {
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
    Call {
        caller: Caller::new(identity),
        network: ClientNetwork::UNKNOWN,
        request_id: strongroom_operations::ordered_id(NOW).into_bytes(),
        now: NOW,
        operation: "BatchImportSecrets",
        permission: "csms:secret:create",
        event: "createSecret",
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

    /// Names that no import had before.
    fn fresh(&self) -> BatchImportSecretsRequest {
        self.turn.set(self.turn.get() + 1);
        named(&format!("t{}", self.turn.get()))
    }

    fn import(&self, request: BatchImportSecretsRequest) -> v1::BatchImportSecretsResponse {
        let answer =
            self.runtime.block_on(self.operations.execute(&call(), request, |operations, call, request| {
                Box::pin(async move { operations.batch_import_secrets(&call, request).await })
            }));
        let answer = answer.unwrap();
        assert_eq!(answer.failed, 0);
        answer
    }
}

fn named(prefix: &str) -> BatchImportSecretsRequest {
    let secret = |number: usize| v1::NewSecret {
        name: format!("{prefix}-{number:06}"),
        secret_string: Some(VALUE.to_owned()),
        ..Default::default()
    };
    BatchImportSecretsRequest { secrets: (0..ENTRIES).map(secret).collect(), ..Default::default() }
}

fn imports(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().unwrap();
    let strongroom = Strongroom::on(folder.path());
    let mut group = criterion.benchmark_group("import of 1,000");
    group.throughput(criterion::Throughput::Elements(ENTRIES as u64)).sample_size(20);
    let mut bench = |name: &str, request: &dyn Fn() -> BatchImportSecretsRequest| {
        group.bench_function(name, |bencher| {
            bencher.iter_batched(request, |request| strongroom.import(request), BatchSize::LargeInput);
        });
    };
    bench("of new names", &|| strongroom.fresh());
    bench("of new names, all or nothing", &|| BatchImportSecretsRequest {
        atomic: true,
        ..strongroom.fresh()
    });
    bench("of new names, named", &|| BatchImportSecretsRequest {
        request_id: format!("r{}", strongroom.turn.get()),
        ..strongroom.fresh()
    });
    bench("dry run", &|| BatchImportSecretsRequest { dry_run: true, ..strongroom.fresh() });
    bench("of new names, others are skipped", &|| BatchImportSecretsRequest {
        on_existing: OnExisting::Skip.into(),
        ..strongroom.fresh()
    });
    strongroom.import(named("there"));
    for on_existing in [OnExisting::Skip, OnExisting::NewVersionIfDifferent, OnExisting::NewVersion] {
        bench(&format!("of names that are there, {}", on_existing.as_str_name()), &|| {
            BatchImportSecretsRequest { on_existing: on_existing.into(), ..named("there") }
        });
    }
    group.finish();
}

criterion_group!(benches, imports);
criterion_main!(benches);
