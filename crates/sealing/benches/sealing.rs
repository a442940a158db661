//! Benchmarks of sealing: single values of a small, a typical and the largest size, and a batch of small ones.

#![allow(clippy::expect_used, reason = "a benchmark that cannot start has nothing to measure")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use strongroom_sealing::{Place, RootKey, Value};

const PLACE: Place = Place { project: [1; 16], secret: [2; 16], version: 1 };

fn sealing(criterion: &mut Criterion) {
    let root = RootKey::generate().expect("randomness");
    let (key, wrapped) = root.new_master_key(PLACE.project, "csms/default", 1).expect("randomness");

    for bytes in [32, 1_024, 32 * 1_024] {
        let value = Value::new(vec![7; bytes]);
        let sealed = key.seal(&PLACE, &value).expect("randomness");
        criterion
            .bench_function(&format!("seal/{bytes}"), |b| b.iter(|| key.seal(&PLACE, black_box(&value))));
        criterion.bench_function(&format!("open/{bytes}"), |b| {
            b.iter(|| key.open(&PLACE, black_box(&sealed)).is_ok())
        });
    }

    let values: Vec<_> = (0..1_000).map(|_| Value::new(vec![7; 32])).collect();
    let batch: Vec<_> = values.iter().map(|value| (PLACE, value)).collect();
    let mut group = criterion.benchmark_group("seal_all");
    group.throughput(Throughput::Elements(1_000));
    group.bench_function(BenchmarkId::from_parameter("1000 x 32"), |b| {
        b.iter(|| key.seal_all(black_box(&batch)))
    });
    group.finish();

    let small = root.seal_small("access-key", b"context", &[7; 40]).expect("randomness");
    criterion
        .bench_function("open_small/40", |b| b.iter(|| root.open_small("access-key", b"context", &small)));
    criterion.bench_function("open_master_key", |b| {
        b.iter(|| root.open_master_key(PLACE.project, "csms/default", 1, &wrapped).is_ok())
    });
}

criterion_group!(benches, sealing);
criterion_main!(benches);
