//! Valid requests of a caller with a token, in large numbers.

use std::sync::Arc;

use super::attack::{Attack, work};
use crate::attacker::{Answer, Attacker};
use crate::wire::*;

pub const ATTACKS: &[Attack] = &[
    Attack::new("large-imports", "imports of 1,000 values of 32 KiB, 8 at a time", work!(large_imports))
        .until_answered(4),
    Attack::new("large-dry-runs", "the same as dry runs", work!(large_dry_runs)).long(),
    Attack::new(
        "cancelled-imports",
        "imports of 1,000 values of 32 KiB, cut off once they are sent",
        work!(cancelled_imports),
    ),
    Attack::new("small-imports", "imports of 1,000 small values, 16 at a time", work!(small_imports)).long(),
    Attack::new(
        "open-imports",
        "streamed imports on as many streams as there are, left open",
        work!(open_imports),
    ),
    Attack::new("lists", "pages of 1,000 without end, read", work!(lists)),
    Attack::new("searches", "searches with 20 terms that fit nothing", work!(searches)).long(),
    Attack::new("tag-searches", "searches of tags with 10,000 values", work!(tag_searches)).long(),
    Attack::new("checks", "weak passwords to look for in values of 32 KiB", work!(checks)).long(),
    Attack::new("passwords", "passwords to be made, as long as there are", work!(passwords)).long(),
    Attack::new("writes", "versions of one secret, 64 writers at a time", work!(writes)),
    Attack::new(
        "named-requests",
        "writes with a request id each, whose answers the server keeps",
        work!(named_requests),
    )
    .long(),
    Attack::new("backups", "backups of a secret with 20 versions of 32 KiB", work!(backups)).long(),
    Attack::new("undo", "batches of 1,000 made and undone, 4 at a time", work!(undo)).long(),
];

const MIB: usize = 1 << 20;

/// One request over and over on connections that stay, `callers` of them; each waits for its answer.
async fn keep_asking(
    attacker: Attacker,
    callers: usize,
    request: impl Fn(u32) -> Vec<u8> + Send + Sync + 'static,
) {
    let request = Arc::new(request);
    let number = Arc::new(std::sync::atomic::AtomicU32::default());
    attacker
        .repeat(callers, move |attacker| {
            let (request, number) = (request.clone(), number.clone());
            async move {
                let Some(mut stream) = attacker.connect().await else { return };
                loop {
                    let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if !attacker.ask(&mut stream, &request(number)).await {
                        return;
                    }
                }
            }
        })
        .await;
}

fn with_token(attacker: &Attacker, method: &str, path: &str, body: &str) -> Vec<u8> {
    json_request(method, &attacker.target.path(path), Some(&attacker.target.token), body)
}

/// An import of 1,000 entries, or as many as fit into a body.
fn import(attacker: &Attacker, name: &str, value_bytes: usize, query: &str) -> Vec<u8> {
    let value = "v".repeat(value_bytes);
    let entries: Vec<_> = (0..1_000)
        .map(|number| format!(r#"{{"name":"{name}-{number}","secret_string":"{value}"}}"#))
        .collect();
    let body = format!(r#"{{"on_existing":"NEW_VERSION","secrets":[{}]}}"#, entries.join(","));
    with_token(attacker, "POST", &format!("/secrets/batch-import{query}"), &body)
}

async fn large_imports(attacker: Attacker) {
    let request = import(&attacker, "attacked", 32_768, "");
    keep_asking(attacker, 8, move |_| request.clone()).await;
}

async fn large_dry_runs(attacker: Attacker) {
    let request = import(&attacker, "attacked", 32_768, "?dry_run=true");
    keep_asking(attacker, 8, move |_| request.clone()).await;
}

async fn small_imports(attacker: Attacker) {
    let request = import(&attacker, "attacked", 32, "");
    keep_asking(attacker, 16, move |_| request.clone()).await;
}

async fn cancelled_imports(attacker: Attacker) {
    let request = Arc::new(import(&attacker, "attacked", 32_768, ""));
    attacker
        .repeat(8, move |attacker| {
            let request = request.clone();
            async move {
                let Some(mut stream) = attacker.connect().await else { return };
                attacker.send(&mut stream, &request).await;
                // The last bytes are on their way while the connection is closed.
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
        })
        .await;
}

const STREAM: &str = "/strongroom.v1.Batches/ImportSecretsStream";

async fn open_imports(attacker: Attacker) {
    let block = grpc_block(STREAM, Some(&attacker.target.token));
    let streams = (0..500).flat_map(|number| frame(HEADERS, END_HEADERS, number * 2 + 1, &block));
    let requests = wide_opening().into_iter().chain(streams).collect();
    attacker.hold(20, requests, Answer::Read, None).await;
}

async fn lists(attacker: Attacker) {
    let request = with_token(&attacker, "GET", "/secrets?limit=1000", "");
    keep_asking(attacker, 32, move |_| request.clone()).await;
}

async fn searches(attacker: Attacker) {
    let terms: Vec<_> = (0..20).map(|number| format!("-nothing{number}")).collect();
    let body =
        serde_json::json!({"query": format!("{} absent", terms[1..].join(" ")), "limit": 1_000}).to_string();
    let request = with_token(&attacker, "POST", "/secrets/search", &body);
    keep_asking(attacker, 32, move |_| request.clone()).await;
}

async fn tag_searches(attacker: Attacker) {
    let values: Vec<_> = (0..10_000).map(|number| format!("value-{number}")).collect();
    let body = serde_json::json!({"action": "filter", "tags": [{"key": "a", "values": values}]}).to_string();
    let request = with_token(&attacker, "POST", "/csms/resource_instances/action", &body);
    keep_asking(attacker, 32, move |_| request.clone()).await;
}

async fn checks(attacker: Attacker) {
    let value = "Passw0rd!correcthorse".repeat(32_768 / 21);
    let body = serde_json::json!({"type": "STRENGTH", "data": {"secret_string": value}});
    let request = with_token(&attacker, "POST", "/secrets/checker/check", &body.to_string());
    keep_asking(attacker, 16, move |_| request.clone()).await;
}

async fn passwords(attacker: Attacker) {
    let body = r#"{"password_length":128,"length":128}"#;
    let request = with_token(&attacker, "POST", "/csms/generate-password", body);
    keep_asking(attacker, 32, move |_| request.clone()).await;
}

async fn writes(attacker: Attacker) {
    let value = "v".repeat(32_768);
    let request = with_token(
        &attacker,
        "POST",
        "/secrets/written-0-attacked/versions",
        &format!(r#"{{"secret_string":"{value}"}}"#),
    );
    let create =
        with_token(&attacker, "POST", "/secrets", r#"{"name":"written-0-attacked","secret_string":"x"}"#);
    keep_asking(attacker, 64, move |number| if number == 0 { create.clone() } else { request.clone() }).await;
}

async fn named_requests(attacker: Attacker) {
    let asker = attacker.clone();
    let start = crate::target::sdk_date();
    keep_asking(attacker, 64, move |number| {
        let body = format!(r#"{{"name":"named","secret_string":"x","request_id":"{start}-{number}"}}"#);
        with_token(&asker, "POST", "/secrets", &body)
    })
    .await;
}

async fn backups(attacker: Attacker) {
    let value = "v".repeat(MIB / 32);
    let create = with_token(&attacker, "POST", "/secrets", r#"{"name":"backed-up","secret_string":"x"}"#);
    let version = with_token(
        &attacker,
        "POST",
        "/secrets/backed-up/versions",
        &format!(r#"{{"secret_string":"{value}"}}"#),
    );
    let backup = with_token(&attacker, "POST", "/secrets/backed-up/backup", "");
    keep_asking(attacker, 16, move |number| match number {
        0 => create.clone(),
        1..20 => version.clone(),
        _ => backup.clone(),
    })
    .await;
}

async fn undo(attacker: Attacker) {
    attacker
        .repeat(4, async |attacker| {
            let Some(mut stream) = attacker.connect().await else { return };
            let number = attacker.tally.counts().get("connections").copied().unwrap_or(0);
            let request = import(&attacker, &format!("undone-{number}"), 32, "");
            if !attacker.send(&mut stream, &request).await {
                return;
            }
            let mut held = Vec::new();
            let mut buffer = vec![0; 64 * 1024];
            let batch = loop {
                let Ok(length @ 1..) = tokio::io::AsyncReadExt::read(&mut stream, &mut buffer).await else {
                    return;
                };
                held.extend(&buffer[..length]);
                let text = String::from_utf8_lossy(&held);
                let found = text.split_once(r#""batch_id":""#).and_then(|(_, rest)| rest.split_once('"'));
                if let Some((batch, _)) = found {
                    break batch.to_owned();
                }
            };
            let request = with_token(&attacker, "POST", &format!("/batches/{batch}/undo"), "{}");
            attacker.ask(&mut stream, &request).await;
        })
        .await;
}
