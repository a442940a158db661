//! Clients that request much and read none of it.

use super::attack::{Attack, work};
use crate::attacker::{Answer, Attacker};
use crate::wire::*;

pub const ATTACKS: &[Attack] = &[
    Attack::new("deaf-pages", "500 requests of HTTP/1.1 for pages of 1,000, with a token", work!(pages)),
    Attack::new(
        "deaf-streams",
        "20 connections of HTTP/2 with 100 streams for pages of 1,000, with a token",
        work!(streams),
    )
    .long(),
    Attack::new(
        "deaf-windows",
        "the same with windows of nothing, everything else read: the connection looks alive; with a token",
        work!(windows),
    ),
    Attack::new("deaf-grpc", "the same over gRPC", work!(grpc)).long(),
    Attack::new(
        "deaf-heavy-pages",
        "pages of 1,000 with the longest descriptions on windows of nothing, with a token",
        work!(heavy_pages),
    )
    .long(),
    Attack::new("deaf-values", "pages of 20 values of 32 KiB over gRPC, with a token", work!(values)).long(),
    Attack::new(
        "deaf-everywhere",
        "200 pages of 1,000 on windows of nothing, each connection from an address of its own, with a token",
        work!(everywhere),
    )
    .long(),
    Attack::new("deaf-files", "the API description on windows of nothing, without credentials", work!(files)),
    Attack::new(
        "deaf-reflection",
        "reflection asked for every file on windows of nothing, without credentials",
        work!(reflection),
    )
    .long(),
    Attack::new("deaf-metrics", "the metrics page on windows of nothing, with a token", work!(metrics))
        .long(),
    Attack::new(
        "deaf-import",
        "streamed imports of wrong lines whose outcomes are not read, with a token",
        work!(import),
    ),
];

const LIST: &str = "/strongroom.v1.Secrets/ListSecrets";
const READ: &str = "/strongroom.v1.Versions/BatchGetSecretValue";
const REFLECTION: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";

const CONNECTIONS: usize = 20;
const STREAMS: u32 = 100;

/// Opens streams that each send `block` and, if there is one, `body`.
fn requests(mut opening: Vec<u8>, streams: u32, block: &[u8], body: Option<&[u8]>) -> Vec<u8> {
    for number in 0..streams {
        let stream = number * 2 + 1;
        let flags = if body.is_some() { END_HEADERS } else { END_HEADERS | END_STREAM };
        opening.extend(frame(HEADERS, flags, stream, block));
        opening.extend(body.iter().flat_map(|body| frame(DATA, END_STREAM, stream, body)));
    }
    opening
}

fn closed_windows() -> Vec<u8> {
    opening(&[(INITIAL_WINDOW_SIZE, 0)])
}

fn list_block(attacker: &Attacker) -> Vec<u8> {
    block("GET", &attacker.target.path("/secrets?limit=1000"), &[("x-auth-token", &attacker.target.token)])
}

async fn pages(attacker: Attacker) {
    let path = attacker.target.path("/secrets?limit=1000");
    let request = head("GET", &path, &[("x-auth-token", &attacker.target.token)]).repeat(10).into_bytes();
    attacker.hold(500, request, Answer::LeftUnread, None).await;
}

async fn streams(attacker: Attacker) {
    let requests = requests(wide_opening(), STREAMS, &list_block(&attacker), None);
    attacker.hold(CONNECTIONS, requests, Answer::LeftUnread, None).await;
}

async fn windows(attacker: Attacker) {
    let requests = requests(closed_windows(), STREAMS, &list_block(&attacker), None);
    attacker.hold(CONNECTIONS, requests, Answer::Read, None).await;
}

async fn everywhere(attacker: Attacker) {
    let requests = requests(closed_windows(), 10, &list_block(&attacker), None);
    attacker.spread_over_addresses().hold(200, requests, Answer::Read, None).await;
}

async fn grpc(attacker: Attacker) {
    // Limit: 1,000.
    let body = message(&[0x10, 0xe8, 0x07]);
    let block = grpc_block(LIST, Some(&attacker.target.token));
    attacker
        .hold(CONNECTIONS, requests(closed_windows(), STREAMS, &block, Some(&body)), Answer::Read, None)
        .await;
}

async fn heavy_pages(attacker: Attacker) {
    let description = "d".repeat(2_048);
    let secrets: Vec<_> = (0..1_000)
        .map(|number| serde_json::json!({"name": format!("z-heavy-{number:04}"), "secret_string": "x", "description": description}))
        .collect();
    let body = serde_json::json!({"secrets": secrets}).to_string();
    let token = attacker.target.token.clone();
    attacker
        .prepare([json_request("POST", &attacker.target.path("/secrets/batch-import"), Some(&token), &body)])
        .await;
    let path = attacker.target.path("/secrets?limit=1000&marker=z-heavy");
    let block = block("GET", &path, &[("x-auth-token", &token)]);
    attacker.hold(CONNECTIONS, requests(closed_windows(), STREAMS, &block, None), Answer::Read, None).await;
}

async fn values(attacker: Attacker) {
    let names: Vec<_> = (0..20).map(|number| format!("large-{number}")).collect();
    let value = "v".repeat(32_768);
    let entries: Vec<_> = names
        .iter()
        .map(|name| serde_json::json!({"name": name, "secret_string": value, "on_existing": "SKIP"}))
        .collect();
    let body = serde_json::json!({"secrets": entries}).to_string();
    let import = json_request(
        "POST",
        &attacker.target.path("/secrets/batch-import"),
        Some(&attacker.target.token),
        &body,
    );
    attacker.prepare([import]).await;
    let wanted: Vec<_> = names.iter().flat_map(|name| field(2, name.as_bytes())).collect();
    let block = grpc_block(READ, Some(&attacker.target.token));
    let requests = requests(closed_windows(), STREAMS, &block, Some(&message(&wanted)));
    attacker.hold(CONNECTIONS, requests, Answer::Read, None).await;
}

async fn files(attacker: Attacker) {
    let requests = requests(closed_windows(), 500, &block("GET", "/openapi.yaml", &[]), None);
    attacker.hold(CONNECTIONS, requests, Answer::Read, None).await;
}

async fn metrics(attacker: Attacker) {
    let block = block("GET", "/metrics", &[("x-auth-token", &attacker.target.token)]);
    attacker.hold(CONNECTIONS, requests(closed_windows(), 500, &block, None), Answer::Read, None).await;
}

async fn reflection(attacker: Attacker) {
    // The file that has this symbol, and with it every file it needs; asked for four times a stream, which the first window takes.
    let question = message(&field(4, b"strongroom.v1.Secrets")).repeat(4);
    let block = grpc_block(REFLECTION, None);
    let requests = requests(closed_windows(), 500, &block, Some(&question));
    attacker.hold(CONNECTIONS, requests, Answer::Read, None).await;
}

async fn import(attacker: Attacker) {
    let headers = [
        ("x-auth-token", attacker.target.token.as_str()),
        ("content-type", "application/x-ndjson"),
        ("content-length", "99999999999"),
    ];
    let head = head("POST", &attacker.target.path("/secrets/import-stream"), &headers);
    let opening = format!("{head}{{\"name\":\"first.line\"}}\n").into_bytes();
    let lines = b"x\n".repeat(32 * 1024);
    attacker.flood(100, opening, Answer::LeftUnread, move |_| lines.clone()).await;
}
