//! Files of 100,000 entries: reading them in each format, and judging what was read.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use strongroom_import_files::{
    Contents, Format, Limits, Options, judge, read, write_csv, write_env, write_json, write_yaml,
};

const ENTRIES: usize = 100_000;

/// Values of 32 bytes, some of which have to be escaped.
fn contents() -> Contents {
    let line = |n: usize| format!("SERVICE_{n}_TOKEN='{n:08}-0123456789-\"abc\"-$x\\y'\n");
    read(
        &(0..ENTRIES).map(line).collect::<String>(),
        &Options { format: Some(Format::Env), ..Options::default() },
    )
}

fn files(criterion: &mut Criterion) {
    let contents = contents();
    let entries = &contents.entries;
    let mut group = criterion.benchmark_group("files");
    group.sample_size(10);
    for (format, text) in [
        (Format::Json, write_json(entries)),
        (Format::Csv, write_csv(entries).unwrap_or_default()),
        (Format::Env, write_env(entries).unwrap_or_default()),
        (Format::Yaml, write_yaml(entries)),
    ] {
        let options = Options { format: Some(format), ..Options::default() };
        group.bench_function(format.word(), |bencher| bencher.iter(|| read(black_box(&text), &options)));
    }
    let limits = Limits { entries: usize::MAX, ..Limits::default() };
    group.bench_function("judge", |bencher| bencher.iter(|| judge(black_box(&contents), &limits)));
    group.finish();
}

criterion_group!(benches, files);
criterion_main!(benches);
