//! What it costs to find out who calls, per request.

#![allow(clippy::expect_used, reason = "a benchmark that cannot start has nothing to measure")]

use std::hint::black_box;
use std::sync::Arc;

use aws_lc_rs::{digest, hmac};
use criterion::{Criterion, criterion_group, criterion_main};
use strongroom_access::{Access, ClientNetwork, Credentials, Head, Names, Scope, first_start};
use strongroom_sealing::{RootKey, RootKeys};
use strongroom_storage::{MemoryEngine, Storage, Timestamp};

/// 2026-01-15T08:30:00Z
const NOW: Timestamp = Timestamp::from_milliseconds(1_768_465_800_000);
const DATE: &str = "20260115T083000Z";
const SIGNED: &str = "content-type;host;user-agent;x-project-id;x-sdk-date";

fn authorization(credentials: &Credentials, path: &str, body: &[u8]) -> String {
    let project = credentials.project_id;
    let canonical = format!(
        "POST\n{path}/\n\ncontent-type:application/json\nhost:127.0.0.1:8200\nuser-agent:bench\n\
         x-project-id:{project}\nx-sdk-date:{DATE}\n\n{SIGNED}\n{}",
        hex::encode(digest::digest(&digest::SHA256, body)),
    );
    let hash = hex::encode(digest::digest(&digest::SHA256, canonical.as_bytes()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, credentials.secret_key.as_bytes());
    let signature = hex::encode(hmac::sign(&key, format!("SDK-HMAC-SHA256\n{DATE}\n{hash}").as_bytes()));
    format!(
        "SDK-HMAC-SHA256 Access={}, SignedHeaders={SIGNED}, Signature={signature}",
        credentials.access_key
    )
}

fn access(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let storage = Storage::with_known_key(Arc::new(MemoryEngine::new()));
    let root = RootKey::generate().expect("randomness");
    let names = Names { domain: "home", project: "local", user: "admin" };
    let credentials = runtime.block_on(async {
        let first =
            first_start(&storage, &root, &[], names, NOW).await.expect("a store").expect("an empty one");
        first.commit(&storage).await.expect("a commit")
    });
    let access = Access::new(storage, Arc::new(RootKeys::new(root)));
    let log_in = || {
        access.log_in(ClientNetwork::UNKNOWN, "home", "admin", &credentials.password, Scope::OwnProject, NOW)
    };

    let project = credentials.project_id.to_string();
    let path = format!("/v1/{project}/secrets");
    let body = vec![b'x'; 200];
    let authorization = authorization(&credentials, &path, &body);
    let headers: [(&str, &[u8]); 8] = [
        ("host", b"127.0.0.1:8200"),
        ("user-agent", b"bench"),
        ("accept", b"*/*"),
        ("content-type", b"application/json"),
        ("content-length", b"200"),
        ("x-project-id", project.as_bytes()),
        ("x-sdk-date", DATE.as_bytes()),
        ("authorization", authorization.as_bytes()),
    ];
    let head = Head { method: "POST", path: &path, query: "", headers: &headers };
    criterion.bench_function("signature", |b| {
        b.iter(|| {
            let pending = runtime.block_on(access.begin(black_box(&head), NOW)).expect("a good head");
            pending.finish(&body).expect("a good signature")
        })
    });

    let token = runtime.block_on(log_in()).expect("the password").token;
    criterion.bench_function("token", |b| b.iter(|| runtime.block_on(access.bearer(black_box(&token), NOW))));
    criterion.bench_function("log in", |b| b.iter(|| runtime.block_on(log_in()).is_ok()));
}

criterion_group!(benches, access);
criterion_main!(benches);
