//! Tags and searches on the embedded engine, with 1, 100 and 100,000 secrets stored.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "benches may"
)]

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../tests/operations/strongroom.rs"]
mod strongroom;

use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main, measurement::WallTime,
};
use strongroom_contract::v1;
use strongroom_operations::Limits;
use strongroom_storage::records::{SecretRecord, TagRecord};
use strongroom_storage::{Change, Id, Outcome, RedbEngine};
use tokio::runtime::Runtime;

use crate::strongroom::Strongroom;

const PROJECT: Id = Id::new([2; 16]);
const STORED: [usize; 3] = [1, 100, 100_000];
const A_COMMIT: usize = 10_000;
/// Secrets with the tag that is searched.
const RARE: usize = 10;
/// Teams, of which each secret is tagged with one.
const TEAMS: usize = 20;

fn id(number: usize) -> Id {
    Id::new((number as u128 + 1).to_be_bytes())
}

fn secret(number: usize, stored: usize) -> SecretRecord {
    let tag = |key: &str, value: String| TagRecord { key: key.to_owned(), value };
    let is_rare = number.is_multiple_of(stored.div_ceil(RARE));
    let rare = is_rare.then(|| tag("rare", "yes".to_owned()));
    SecretRecord {
        id: id(number).to_stored(),
        name: format!("service-{number:06}"),
        description: "Password of the service for its database".to_owned(),
        kms_key_id: "csms/default".to_owned(),
        secret_type: 1,
        enterprise_project_id: "0".to_owned(),
        tags: rare.into_iter().chain([tag("team", format!("team-{:02}", number % TEAMS))]).collect(),
        ..SecretRecord::default()
    }
}

async fn product(folder: &std::path::Path, stored: usize) -> Strongroom {
    let engine = RedbEngine::open(&folder.join("store")).unwrap();
    let strongroom = Strongroom::with(engine, Limits::default());
    for first in (0..stored).step_by(A_COMMIT) {
        let mut change = Change::new();
        for number in first..(first + A_COMMIT).min(stored) {
            change.create_secret(PROJECT, &secret(number, stored)).unwrap();
        }
        assert!(matches!(strongroom.storage.commit(change).await, Ok(Outcome::Committed(_))));
    }
    strongroom
}

fn tags(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let mut group = criterion.benchmark_group("tags");
    for stored in STORED {
        let folder = tempfile::tempdir().unwrap();
        let strongroom = runtime.block_on(product(folder.path(), stored));
        changes(&mut group, &runtime, &strongroom, stored);
        searches(&mut group, &runtime, &strongroom, stored);
    }
    group.finish();
}

fn changes(
    group: &mut BenchmarkGroup<'_, WallTime>,
    runtime: &Runtime,
    strongroom: &Strongroom,
    stored: usize,
) {
    let mut turn = 0;
    group.bench_function(BenchmarkId::new("create a tag", stored), |bencher| {
        bencher.iter(|| {
            turn += 1;
            let request = v1::CreateSecretTagRequest {
                secret_id: uuid::Uuid::from_bytes(*id(stored / 2).as_bytes()).to_string(),
                tag: Some(v1::Tag { key: "turn".to_owned(), value: turn.to_string() }),
                ..Default::default()
            };
            let call = strongroom.call("CreateSecretTag");
            runtime.block_on(strongroom.operations.create_secret_tag(&call, request)).unwrap()
        });
    });
}

fn searches(
    group: &mut BenchmarkGroup<'_, WallTime>,
    runtime: &Runtime,
    strongroom: &Strongroom,
    stored: usize,
) {
    let rare = stored.min(RARE);
    let sought =
        |key: &str, value: &str| v1::TagValues { key: key.to_owned(), values: vec![value.to_owned()] };
    let yes = || sought("rare", "yes");
    for (name, tags) in [
        ("search one value of a tag, 10 found", vec![yes()]),
        ("search two tags, one of them rare", vec![sought("team", "team-00"), yes()]),
    ] {
        group.bench_function(BenchmarkId::new(name, stored), |bencher| {
            bencher.iter(|| {
                let request = v1::ListResourceInstancesRequest {
                    action: v1::InstanceAction::Filter.into(),
                    tags: tags.clone(),
                    ..Default::default()
                };
                let call = strongroom.call("ListResourceInstances");
                let answer = runtime.block_on(strongroom.operations.list_resource_instances(&call, request));
                assert!(answer.unwrap().total_count as usize <= rare);
            });
        });
    }
    group.bench_function(BenchmarkId::new("list the tags of the project", stored), |bencher| {
        bencher.iter(|| {
            let call = strongroom.call("ListProjectSecretsTags");
            let answer = strongroom.operations.list_project_secrets_tags(&call, Default::default());
            assert!(runtime.block_on(answer).unwrap().tags.len() >= 2);
        });
    });
    for (name, query, found) in [
        ("query by tag and text, 10 found", "tag:rare=yes database", rare),
        ("query by text, a page of 50", "database", stored.min(50)),
        ("query by text, nothing in one call", "elsewhere", 0),
    ] {
        group.bench_function(BenchmarkId::new(name, stored), |bencher| {
            bencher.iter(|| {
                let request = v1::SearchSecretsRequest { query: query.to_owned(), ..Default::default() };
                let call = strongroom.call("SearchSecrets");
                let answer = runtime.block_on(strongroom.operations.search_secrets(&call, request)).unwrap();
                assert_eq!(answer.secrets.len(), found);
            });
        });
    }
}

/// The dearest query there can be: 20 texts, each beginning over and over again in the longest descriptions there are, so
/// that none is found and every character counts.
fn worst(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let engine = RedbEngine::open(&folder.path().join("store")).unwrap();
    let strongroom = Strongroom::with(engine, Limits::default());
    let mut change = Change::new();
    for number in 0..A_COMMIT {
        let description = "a".repeat(2_048);
        change.create_secret(PROJECT, &SecretRecord { description, ..secret(number, A_COMMIT) }).unwrap();
    }
    assert!(matches!(runtime.block_on(strongroom.storage.commit(change)), Ok(Outcome::Committed(_))));
    let texts: Vec<_> =
        ('a'..='t').map(|last| format!("-{}{last}{}", "a".repeat(23), "b".repeat(24))).collect();
    let mut group = criterion.benchmark_group("tags");
    group.sample_size(10).bench_function("query by 20 texts, 10,000 long descriptions", |bencher| {
        bencher.iter(|| {
            let request = v1::SearchSecretsRequest {
                query: format!("{} -service", texts[1..].join(" ")),
                ..Default::default()
            };
            let call = strongroom.call("SearchSecrets");
            let answer = runtime.block_on(strongroom.operations.search_secrets(&call, request)).unwrap();
            assert!(answer.secrets.is_empty());
        });
    });
    group.finish();
}

criterion_group!(benches, tags, worst);
criterion_main!(benches);
