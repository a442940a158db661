//! The scrub finds damage before a read does, and reports it in health, metrics and log.

use std::time::Duration;

use strongroom_storage::{Commit, Engine, Operation, RedbEngine, Span};

use crate::product::{DAY, Product, START};

/// Waits for the expected state of the scrub.
async fn health(product: &Product, expected: &str) {
    let waiting = async {
        loop {
            let answer = reqwest::get(product.url("/healthz")).await.unwrap();
            assert_eq!(answer.status(), 200, "a degraded store is still served");
            if answer.text().await.unwrap().starts_with(expected) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("the scrub says so");
}

async fn metric(product: &Product, name: &str) -> i64 {
    let request = reqwest::Client::new().get(product.url("/metrics")).header("x-auth-token", &product.token);
    let metrics = request.send().await.unwrap().text().await.unwrap();
    let line = metrics.lines().find(|line| line.starts_with(&format!("strongroom_{name} ")));
    line.unwrap_or_else(|| panic!("{name} in {metrics}")).rsplit(' ').next().unwrap().parse().unwrap()
}

async fn start_again_in_two_days(product: &mut Product) {
    product.pass(2 * DAY);
    product.restart().await;
    product.renew().await;
}

#[tokio::test]
async fn altered_record_degrades_health_until_it_is_repaired() {
    let mut product = Product::start().await;
    for name in ["db", "mail"] {
        let body = serde_json::json!({"name": name, "secret_string": "x"});
        let created = product.rest("POST", "/v1/{project_id}/secrets").json(&body).send().await.unwrap();
        assert_eq!(created.status(), 200);
    }
    product.stop().await;
    let path = product.folder.path().join("strongroom.redb");
    let engine = RedbEngine::open(&path).unwrap();
    let span = Span::prefix(vec![0x10]);
    let (key, stored) = engine.snapshot().await.unwrap().range(&span, 1).await.unwrap().remove(0);
    let write = async |engine: &RedbEngine, value: Vec<u8>| {
        let operations = vec![Operation::Put { key: key.clone(), value: value.into() }];
        let _committed = engine.commit(Commit { operations, ..Commit::default() }).await.unwrap();
    };
    let mut altered = stored.value.to_vec();
    altered[30] ^= 1;
    write(&engine, altered).await;
    drop(engine);

    start_again_in_two_days(&mut product).await;
    health(&product, "ok, but ").await;
    assert!(metric(&product, "storage_damaged_records").await >= 1);
    let altered = product.rest("GET", "/v1/{project_id}/secrets/db").send().await.unwrap();
    assert_eq!(altered.status(), 500, "never 404");
    let whole = product.rest("GET", "/v1/{project_id}/secrets/mail").send().await.unwrap();
    assert_eq!(whole.status(), 200);
    product.stop().await;

    let engine = RedbEngine::open(&path).unwrap();
    write(&engine, stored.value.to_vec()).await;
    drop(engine);
    start_again_in_two_days(&mut product).await;
    health(&product, "ok\n").await;
    assert_eq!(metric(&product, "storage_damaged_records").await, 0);
    assert!(metric(&product, "storage_scrub_last_finish_time_seconds").await > START / 1_000);
    product.stop().await;
}

/// The file with one flipped bit in a block that is free and stays free.
async fn with_damaged_free_block(content: &[u8]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.redb");
    let used =
        content.chunks(4096).enumerate().rev().filter(|(_, block)| block.iter().any(|byte| *byte != 0));
    for (block, _) in used {
        let mut damaged = content.to_vec();
        damaged[block * 4096 + 100] ^= 1;
        std::fs::write(&path, &damaged).unwrap();
        let Ok(engine) = RedbEngine::open(&path) else { continue };
        let records = engine.snapshot().await.unwrap().range(&Span::prefix(Vec::new()), usize::MAX).await;
        // The server writes a little before it scrubs, which may use the block.
        for _ in 0..8 {
            let operations = vec![Operation::Put { key: vec![0xff], value: vec![0; 200].into() }];
            let _committed = engine.commit(Commit { operations, ..Commit::default() }).await;
        }
        if records.is_ok() && engine.scrub(0, u64::MAX).is_ok_and(|scrubbed| !scrubbed.damaged.is_empty()) {
            return damaged;
        }
    }
    panic!("every block holds records");
}

#[tokio::test]
async fn damaged_free_block_is_found() {
    let mut product = Product::start().await;
    let name = |number| format!("certificate-{number}");
    for number in 0..60 {
        let body = serde_json::json!({"name": name(number), "secret_string": "x".repeat(30_000)});
        let created = product.rest("POST", "/v1/{project_id}/secrets").json(&body).send().await.unwrap();
        assert_eq!(created.status(), 200);
    }
    // Keep every second one, so that the file keeps its length.
    for number in (0..60).step_by(2) {
        let path = format!("/v1/{{project_id}}/secrets/{}", name(number));
        assert_eq!(product.rest("DELETE", &path).send().await.unwrap().status(), 200);
    }
    product.stop().await;
    let path = product.folder.path().join("strongroom.redb");
    let damaged = with_damaged_free_block(&std::fs::read(&path).unwrap()).await;
    std::fs::write(&path, damaged).unwrap();

    start_again_in_two_days(&mut product).await;
    health(&product, "ok, but: ").await;
    assert_eq!(metric(&product, "storage_damaged_records").await, 0);
    product.stop().await;
}
