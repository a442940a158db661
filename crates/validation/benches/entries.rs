//! Benchmarks of validating a full import: small text values, and Base64 values of the largest size.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use strongroom_validation::limits::{DEFAULT_IMPORT_ENTRIES, DEFAULT_VALUE_BYTES};
use strongroom_validation::{Entry, entry_of_batch, repeated_names};

fn judge(names: &[String], entry: Entry<'_>) -> usize {
    let mut problems = repeated_names(names.iter().map(String::as_str)).len();
    for name in names {
        problems += entry_of_batch(black_box(&Entry { name, ..entry }), None, DEFAULT_VALUE_BYTES).len();
    }
    problems
}

fn entries(criterion: &mut Criterion) {
    let names: Vec<String> = (0..DEFAULT_IMPORT_ENTRIES).map(|n| format!("service-{n}.password")).collect();
    let small = "x".repeat(32);
    let large = "Zm9v".repeat(DEFAULT_VALUE_BYTES / 4);
    let small = Entry { secret_string: Some(&small), description: "made by a script", ..Entry::default() };
    let large = Entry { secret_binary: Some(&large), ..Entry::default() };
    let faulty = Entry { name: "", secret_binary: Some("x"), rotation_period: "x", ..small };
    criterion.bench_function("1,000 small entries", |bench| bench.iter(|| judge(&names, small)));
    criterion.bench_function("1,000 largest Base64 entries", |bench| bench.iter(|| judge(&names, large)));
    criterion
        .bench_function("1,000 entries with three problems", |bench| bench.iter(|| judge(&names, faulty)));
}

criterion_group!(benches, entries);
criterion_main!(benches);
