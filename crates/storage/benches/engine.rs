//! Benchmarks of the embedded engine: single and shared commits, imports and removals in one commit, reads.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, missing_docs, reason = "benches may")]
#![allow(clippy::disallowed_methods, reason = "benches may read the clock")]

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use strongroom_sealing::Sealed;
use strongroom_storage::records::{AuditLine, AuditRecord, SecretRecord, StageRecord, VersionRecord};
use strongroom_storage::{Change, Id, Outcome, RedbEngine, Storage, Timestamp};
use tokio::runtime::Runtime;
use uuid::Uuid;

const PROJECT: Id = Id::new([1; 16]);
const CALLERS: usize = 64;
const COMMITS_A_CALLER: usize = 20;
const IMPORT: usize = 1_000;
const STORED: usize = 100_000;

fn storage(folder: &Path) -> Storage {
    Storage::with_known_key(Arc::new(RedbEngine::open(&folder.join("store")).unwrap()))
}

/// The ciphertext of a value of 32 bytes.
fn sealed() -> Sealed {
    let mut bytes = vec![7; 113];
    bytes[..5].copy_from_slice(&[1, 0, 0, 0, 1]);
    Sealed::from_stored(bytes).unwrap()
}

fn create(change: &mut Change, name: String) -> Id {
    let id = Id::new(Uuid::now_v7().into_bytes());
    let version = VersionRecord {
        number: 1,
        create_time: 1_767_225_600_000,
        expire_time: None,
        kms_key_id: "csms/default".to_owned(),
        binary: false,
    };
    let stage = StageRecord { name: "SYSCURRENT".to_owned(), version: 1, update_time: 1_767_225_600_000 };
    let secret = SecretRecord {
        id: id.to_stored(),
        name,
        kms_key_id: "csms/default".to_owned(),
        description: "imported".to_owned(),
        create_time: 1_767_225_600_000,
        update_time: 1_767_225_600_000,
        secret_type: 1,
        enterprise_project_id: "0".to_owned(),
        versions: vec![version],
        stages: vec![stage],
        last_version: 1,
        ..SecretRecord::default()
    };
    change.create_secret(PROJECT, &secret).unwrap();
    change.put_value(id, 1, sealed());
    id
}

/// Names with a random part, because imported names are spread among the existing ones.
fn import(entries: usize) -> Change {
    let mut change = Change::new();
    let batch = Uuid::new_v4();
    let mut lines = Vec::with_capacity(entries);
    for number in 0..entries {
        let name = format!("service-{}-{number}", batch.simple());
        let id = create(&mut change, name.clone());
        lines.push(AuditLine {
            secret_name: name,
            secret_id: id.to_stored(),
            outcome: "done".to_owned(),
            ..AuditLine::default()
        });
    }
    audit(&mut change, lines);
    change
}

fn audit(change: &mut Change, lines: Vec<AuditLine>) {
    let request_id = Uuid::now_v7().as_bytes().to_vec();
    change.audit(PROJECT, &AuditRecord { request_id, lines, ..AuditRecord::default() }).unwrap();
}

async fn commit(storage: &Storage, change: Change) {
    assert!(matches!(storage.commit(change).await, Ok(Outcome::Committed(_))));
}

fn writes(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(folder.path());

    let mut group = criterion.benchmark_group("write");
    group.bench_function("a secret alone", |bencher| {
        bencher.iter_batched(
            || import(1),
            |change| runtime.block_on(commit(&storage, change)),
            BatchSize::SmallInput,
        );
    });

    group.sample_size(20);
    group.throughput(Throughput::Elements((CALLERS * COMMITS_A_CALLER) as u64));
    group.bench_function("a secret each, 64 callers", |bencher| {
        let changes = || (0..CALLERS).map(|_| (0..COMMITS_A_CALLER).map(|_| import(1)).collect::<Vec<_>>());
        bencher.iter_batched(
            || changes().collect::<Vec<_>>(),
            |changes| {
                runtime.block_on(async {
                    let mut callers = tokio::task::JoinSet::new();
                    for own in changes {
                        let storage = storage.clone();
                        callers.spawn(async move {
                            for change in own {
                                commit(&storage, change).await;
                            }
                        });
                    }
                    callers.join_all().await;
                });
            },
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn imports(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("import of 1,000");
    group.sample_size(20);
    group.throughput(Throughput::Elements(IMPORT as u64));
    for (name, stored) in [("into an empty store", 0), ("beside 100,000", STORED)] {
        let folder = tempfile::tempdir().unwrap();
        let storage = storage(folder.path());
        for _ in 0..stored / IMPORT {
            runtime.block_on(commit(&storage, import(IMPORT)));
        }
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || import(IMPORT),
                |change| runtime.block_on(commit(&storage, change)),
                BatchSize::PerIteration,
            );
        });
    }
    group.bench_function("collecting the change only", |bencher| {
        bencher.iter_with_large_drop(|| import(IMPORT));
    });
    group.finish();
}

/// Removes the secrets of an import: 1,000 records, values and ids.
fn removals(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(folder.path());
    for _ in 0..STORED / IMPORT {
        runtime.block_on(commit(&storage, import(IMPORT)));
    }
    let removal = async || {
        let mut change = Change::new();
        let names: Vec<_> = (0..IMPORT).map(|number| format!("removed-{number:03}")).collect();
        for name in &names {
            create(&mut change, name.clone());
        }
        commit(&storage, change).await;

        let view = storage.view().await.unwrap();
        let mut change = Change::new();
        for name in &names {
            let secret = view.secret(PROJECT, name).await.unwrap().unwrap();
            change.remove_secret(PROJECT, &secret).unwrap();
        }
        change
    };
    let mut group = criterion.benchmark_group("removal of 1,000");
    group.sample_size(20);
    group.throughput(Throughput::Elements(IMPORT as u64));
    group.bench_function("beside 100,000", |bencher| {
        bencher.iter_batched(
            || runtime.block_on(removal()),
            |change| runtime.block_on(commit(&storage, change)),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn reads(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let storage = storage(folder.path());
    let mut ids = Vec::with_capacity(STORED);
    for batch in 0..STORED / IMPORT {
        let mut change = Change::new();
        ids.extend((0..IMPORT).map(|number| create(&mut change, format!("service-{batch:03}-{number:03}"))));
        runtime.block_on(commit(&storage, change));
    }
    let mut next = (0..STORED).cycle().step_by(7_919);

    let mut group = criterion.benchmark_group("read of 100,000");
    group.bench_function("a view", |bencher| {
        bencher.iter(|| runtime.block_on(storage.view()).unwrap());
    });
    let view = runtime.block_on(storage.view()).unwrap();
    group.bench_function("a value", |bencher| {
        bencher.iter(|| {
            let id = ids[next.next().unwrap()];
            black_box(runtime.block_on(view.value(id, 1)).unwrap().unwrap());
        });
    });
    group.bench_function("a view, a secret and its value", |bencher| {
        bencher.iter(|| {
            let number = next.next().unwrap();
            let name = format!("service-{:03}-{:03}", number / IMPORT, number % IMPORT);
            runtime.block_on(async {
                let view = storage.view().await.unwrap();
                black_box(view.secret(PROJECT, &name).await.unwrap().unwrap());
                black_box(view.value(ids[number], 1).await.unwrap().unwrap());
            });
        });
    });
    group.bench_function("a page of 100 secrets", |bencher| {
        bencher.iter(|| {
            let number = next.next().unwrap().min(STORED - 200);
            let name = format!("service-{:03}-{:03}", number / IMPORT, number % IMPORT);
            let page = runtime.block_on(view.secrets(PROJECT, &name, 100)).unwrap();
            assert_eq!(page.len(), 100);
        });
    });
    group.sample_size(20);
    group.bench_function("a list of 10,000 secrets", |bencher| {
        bencher.iter(|| runtime.block_on(view.secrets(PROJECT, "", 10_000)).unwrap());
    });
    group.bench_function("what is overdue, nothing", |bencher| {
        let now = Timestamp::from_milliseconds(i64::MAX);
        bencher.iter(|| runtime.block_on(view.overdue(now, 1_000)).unwrap());
    });
    group.finish();
}

criterion_group!(benches, writes, imports, removals, reads);
criterion_main!(benches);
