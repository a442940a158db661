//! What values cost on the embedded engine, by the number of secrets in the project: the curve shall stay flat.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "benches may")]

use std::cell::Cell;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use strongroom_access::{Access, Caller, ClientNetwork, Identity};
use strongroom_contract::v1;
use strongroom_operations::{Call, Clock, Limits, Operations, Root, RootKeySource, Uptime};
use strongroom_sealing::{RootKey, RootKeys};
use strongroom_storage::{Id, RedbEngine, Storage, Timestamp};
use tokio::runtime::Runtime;

const SIZES: [usize; 3] = [1, 100, 100_000];
/// A value of 32 bytes.
const VALUE: &str = "0123456789abcdef0123456789abcdef";
/// As many as a batch read takes, and as many versions as a secret keeps.
const TWENTY: usize = 20;
const IMPORT: usize = 1_000;
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
    size: usize,
    turn: Cell<usize>,
}

fn name(number: usize) -> String {
    format!("service-{number:06}")
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
    let request_id = uuid::Uuid::new_v4().into_bytes();
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
    /// Of so many secrets with one version each.
    fn of(size: usize, folder: &Path) -> Self {
        let engine = RedbEngine::open(&folder.join("store")).unwrap();
        let storage = Storage::with_known_key(Arc::new(engine));
        let keys = Arc::new(RootKeys::new(RootKey::generate().unwrap()));
        let access = Arc::new(Access::new(storage.clone(), keys.clone()));
        let root = Root::new(keys, RootKeySource::Environment);
        let operations = Operations::new(storage, access, root, Arc::new(Still), Limits::default());
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let strongroom = Self { operations, runtime, size, turn: Cell::new(0) };
        let numbers: Vec<usize> = (0..size).collect();
        for group in numbers.chunks(IMPORT) {
            strongroom.import(group);
        }
        strongroom
    }

    fn import(&self, numbers: &[usize]) {
        let secret = |number: &usize| v1::NewSecret {
            name: name(*number),
            secret_string: Some(VALUE.to_owned()),
            ..Default::default()
        };
        let secrets = numbers.iter().map(secret).collect();
        let request = v1::BatchImportSecretsRequest { secrets, ..Default::default() };
        let call = call("BatchImportSecrets");
        let answer = self.runtime.block_on(self.operations.batch_import_secrets(&call, request)).unwrap();
        assert_eq!(answer.failed, 0);
    }

    /// Another secret each time, far from the one before.
    fn next(&self) -> usize {
        // Prime, so that it shares no factor with the sizes and comes round to every secret.
        let turn = (self.turn.get() + 7_919) % self.size;
        self.turn.replace(turn)
    }

    fn create_version(&self, secret_name: String) -> v1::CreateSecretVersionResponse {
        let request = v1::CreateSecretVersionRequest {
            secret_name,
            secret_string: Some(VALUE.to_owned()),
            ..Default::default()
        };
        let call = call("CreateSecretVersion");
        self.runtime.block_on(self.operations.create_secret_version(&call, request)).unwrap()
    }

    fn list_versions(&self) -> v1::ListSecretVersionsResponse {
        let request = v1::ListSecretVersionsRequest { secret_name: name(0), ..Default::default() };
        let call = call("ListSecretVersions");
        self.runtime.block_on(self.operations.list_secret_versions(&call, request)).unwrap()
    }

    fn show_version(&self) -> v1::ShowSecretVersionResponse {
        let request = v1::ShowSecretVersionRequest {
            secret_name: name(self.next()),
            version_id: "latest".to_owned(),
            ..Default::default()
        };
        let call = call("ShowSecretVersion");
        self.runtime.block_on(self.operations.show_secret_version(&call, request)).unwrap()
    }

    fn read_together(&self, names: usize) -> v1::BatchGetSecretValueResponse {
        let secret_name_list = (0..names).map(|_| name(self.next())).collect();
        let request = v1::BatchGetSecretValueRequest { secret_name_list, ..Default::default() };
        let call = call("BatchGetSecretValue");
        self.runtime.block_on(self.operations.batch_get_secret_value(&call, request)).unwrap()
    }
}

fn values(criterion: &mut Criterion) {
    for size in SIZES {
        let folder = tempfile::tempdir().unwrap();
        let strongroom = Strongroom::of(size, folder.path());
        let mut measure = |what: &str, turn: &mut dyn FnMut()| {
            let mut group = criterion.benchmark_group(what);
            group.sample_size(30);
            group.bench_function(BenchmarkId::from_parameter(size), |bencher| bencher.iter(&mut *turn));
            group.finish();
        };
        measure("show version", &mut || drop(black_box(strongroom.show_version())));
        // Of one secret there is no more to read.
        let names = TWENTY.min(size);
        let answer = strongroom.read_together(names);
        assert_eq!(answer.versions.len(), names);
        measure("read 20 together", &mut || drop(black_box(strongroom.read_together(names))));
        for _ in 1..TWENTY {
            strongroom.create_version(name(0));
        }
        assert_eq!(strongroom.list_versions().version_metadatas.len(), TWENTY);
        measure("list 20 versions", &mut || drop(black_box(strongroom.list_versions())));
        measure("create version", &mut || {
            let name = name(strongroom.next());
            drop(black_box(strongroom.create_version(name)));
        });
    }
}

criterion_group!(benches, values);
criterion_main!(benches);
