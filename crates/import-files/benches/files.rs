//! Files of 100,000 lines: reading them in each format, and judging what was read.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use strongroom_import_files::{
    Contents, Format, Limits, Options, judge, read, write_csv, write_env, write_json, write_yaml,
};

const ENTRIES: usize = 100_000;

/// Values of 32 bytes, some of which have to be escaped.
fn contents() -> Contents {
    let line = |n: usize| format!("SERVICE_{n}_TOKEN='{n:08}-0123456789-\"abc\"-$x\\y'\n");
    read(&lines(line), &Options { format: Some(Format::Env), ..Options::default() })
}

fn lines(line: impl Fn(usize) -> String) -> String {
    (0..ENTRIES).map(line).collect()
}

/// Formats that are read and not written: one value a line.
fn others() -> Vec<(&'static str, Format, String)> {
    let value = |n: usize| format!("{n:08}-0123456789-abc-xyz-0123456");
    vec![
        ("properties", Format::Properties, lines(|n| format!("service.{n}.token={}\\u00e9\n", value(n)))),
        ("toml", Format::Toml, lines(|n| format!("service_{n}_token = \"{}\\t\"\n", value(n)))),
        ("ini", Format::Ini, lines(|n| format!("[service{n}]\ntoken = {}\n", value(n)))),
        ("tfvars", Format::Tfvars, lines(|n| format!("service_{n}_token = \"{}$${{x}}\"\n", value(n)))),
        ("env-0", Format::Env0, lines(|n| format!("SERVICE_{n}_TOKEN={}\0", value(n)))),
        (
            "logins",
            Format::Csv,
            "name,url,username,password,note\n".to_owned()
                + &lines(|n| format!("web,https://e{n}.example,user{n},{},\n", value(n))),
        ),
        (
            "keepass",
            Format::KeePass,
            "<KeePassFile><Root><Group>".to_owned()
                + &lines(|n| {
                    let string = |key: &str, value: &str| {
                        format!("<String><Key>{key}</Key><Value>{value}</Value></String>")
                    };
                    let (title, password) = (string("Title", &n.to_string()), string("Password", &value(n)));
                    format!("<Entry>{title}{password}</Entry>\n")
                })
                + "</Group></Root></KeePassFile>",
        ),
        ("flatten", Format::Yaml, lines(|n| format!("s{n}:\n  token: {}\n", value(n)))),
        ("unfit names", Format::Env, lines(|n| format!("service/{n}/token={}\n", value(n)))),
        ("problems", Format::Env, "words and no value\n".repeat(ENTRIES)),
    ]
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
    for (name, format, text) in others() {
        let flatten = Some(".".to_owned());
        let options = Options { format: Some(format), flatten, ..Options::default() };
        group.bench_function(name, |bencher| bencher.iter(|| read(black_box(&text), &options)));
    }
    let limits = Limits { entries: usize::MAX, ..Limits::default() };
    group.bench_function("judge", |bencher| bencher.iter(|| judge(black_box(&contents), &limits)));
    group.finish();
}

criterion_group!(benches, files);
criterion_main!(benches);
