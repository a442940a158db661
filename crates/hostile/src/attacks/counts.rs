//! Small requests that expand: many elements, nesting, and texts that are costly to parse. All with a token.

use std::sync::Arc;

use super::attack::{Attack, work};
use crate::attacker::Attacker;
use crate::upload;
use crate::wire::*;

pub const ATTACKS: &[Attack] = &[
    Attack::new("entries-grpc", "20 million empty entries in one message of 40 MB", work!(entries_grpc))
        .until_answered(20),
    Attack::new("entries-rest", "13 million empty entries in one body of 40 MB", work!(entries_rest))
        .until_answered(20),
    Attack::new(
        "entries-grpc-small",
        "a million empty entries in 2 MB, one after the other",
        work!(entries_grpc_small),
    )
    .long(),
    Attack::new(
        "entries-rest-small",
        "700,000 empty entries in 2 MB, one after the other",
        work!(entries_rest_small),
    ),
    Attack::new(
        "entries-in-parallel",
        "200,000 empty entries in 400 kB, 32 at a time",
        work!(entries_in_parallel),
    )
    .long(),
    Attack::new(
        "entries-in-stream",
        "a streamed import whose one message has 20 million empty entries",
        work!(entries_in_stream),
    )
    .until_answered(20)
    .long(),
    Attack::new("names", "20 million empty names to delete, over gRPC", work!(names))
        .until_answered(20)
        .long(),
    Attack::new(
        "names-to-read",
        "20 million empty names to read the values of, over gRPC",
        work!(names_to_read),
    )
    .until_answered(20)
    .long(),
    Attack::new("names-rest", "13 million empty names to delete, over REST", work!(names_rest))
        .until_answered(20),
    Attack::new("tags", "13 million empty tags to search for, over REST", work!(tags))
        .until_answered(20)
        .long(),
    Attack::new("tag-values", "one tag to search for, with 13 million values", work!(tag_values))
        .until_answered(20)
        .long(),
    Attack::new(
        "subscriptions",
        "one entry with 20 million event subscriptions, over gRPC",
        work!(subscriptions),
    )
    .until_answered(20)
    .long(),
    Attack::new(
        "log-in-methods",
        "32,000 empty methods in a log-in, without credentials",
        work!(log_in_methods),
    )
    .long(),
    Attack::new("unknown-members", "an object of four million unknown members", work!(unknown_members))
        .until_answered(20),
    Attack::new("unknown-fields", "a message of 20 million unknown fields, over gRPC", work!(unknown_fields))
        .until_answered(20)
        .long(),
    Attack::new("nested-json", "arrays in arrays, 40 million deep", work!(nested_json)),
    Attack::new("nested-unknown", "unknown members nested 120 deep, over and over", work!(nested_unknown))
        .long(),
    Attack::new("nested-messages", "groups of protobuf in groups, 10 million deep", work!(nested_messages))
        .long(),
    Attack::new("long-number", "a number of 40 million digits", work!(long_number)).long(),
    Attack::new("escapes", "a text of seven million escapes", work!(escapes)).long(),
    Attack::new("empty-lines", "a streamed import of empty lines without end", work!(empty_lines)).long(),
    Attack::new(
        "wrong-lines",
        "a streamed import of wrong lines without end, its outcomes read",
        work!(wrong_lines),
    ),
];

const MB: usize = 1_000_000;
const IMPORT: &str = "/strongroom.v1.Batches/BatchImportSecrets";
const DELETE: &str = "/strongroom.v1.Batches/BatchDeleteSecrets";
const READ: &str = "/strongroom.v1.Versions/BatchGetSecretValue";
const STREAM: &str = "/strongroom.v1.Batches/ImportSecretsStream";

/// `element` as often as fits into `bytes`.
fn filled(bytes: usize, element: &[u8]) -> Vec<u8> {
    element.repeat(bytes / element.len())
}

/// A call of gRPC, over and over, `callers` at a time.
async fn grpc(attacker: Attacker, callers: usize, path: &str, content: Vec<u8>) {
    let block = Arc::new(grpc_block(path, Some(&attacker.target.token)));
    let body = Arc::new(message(&content));
    attacker
        .repeat(callers, move |attacker| {
            let (block, body) = (block.clone(), body.clone());
            async move { upload::call(&attacker, &block, &body).await }
        })
        .await;
}

/// A call of REST, over and over, `callers` at a time.
async fn rest(attacker: Attacker, callers: usize, path: &str, body: Vec<u8>) {
    let length = body.len().to_string();
    let headers = [
        ("x-auth-token", attacker.target.token.as_str()),
        ("content-type", "application/json"),
        ("content-length", &length),
        ("connection", "close"),
    ];
    let request = [head("POST", &attacker.target.path(path), &headers).as_bytes(), &body].concat();
    let request = Arc::new(request);
    attacker
        .repeat(callers, move |attacker| {
            let request = request.clone();
            async move {
                let Some(stream) = attacker.connect().await else { return };
                let (reader, mut writer) = stream.into_split();
                let mut reading = attacker.read(reader, crate::attacker::Answer::Read);
                if attacker.send(&mut writer, &request).await {
                    reading.join_next().await;
                }
            }
        })
        .await;
}

/// A list of JSON that fills `bytes`.
fn json_list(before: &str, bytes: usize, element: &str, last: &str, after: &str) -> Vec<u8> {
    let mut body = before.as_bytes().to_vec();
    body.extend(filled(bytes, element.as_bytes()));
    body.extend(last.as_bytes());
    body.extend(after.as_bytes());
    body
}

async fn entries_grpc(attacker: Attacker) {
    grpc(attacker, 1, IMPORT, filled(40 * MB, &field(2, b""))).await;
}

async fn entries_grpc_small(attacker: Attacker) {
    grpc(attacker, 1, IMPORT, filled(2 * MB, &field(2, b""))).await;
}

async fn entries_in_parallel(attacker: Attacker) {
    grpc(attacker, 32, IMPORT, filled(400_000, &field(2, b""))).await;
}

async fn entries_in_stream(attacker: Attacker) {
    grpc(attacker, 1, STREAM, filled(40 * MB, &field(3, b""))).await;
}

async fn entries_rest(attacker: Attacker) {
    rest(attacker, 1, "/secrets/batch-import", json_list(r#"{"secrets":["#, 40 * MB, "{},", "{}", "]}"))
        .await;
}

async fn entries_rest_small(attacker: Attacker) {
    rest(attacker, 1, "/secrets/batch-import", json_list(r#"{"secrets":["#, 2 * MB, "{},", "{}", "]}")).await;
}

async fn names(attacker: Attacker) {
    grpc(attacker, 1, DELETE, filled(40 * MB, &field(5, b""))).await;
}

async fn names_to_read(attacker: Attacker) {
    grpc(attacker, 1, READ, filled(40 * MB, &field(2, b""))).await;
}

async fn names_rest(attacker: Attacker) {
    rest(attacker, 1, "/secrets/batch-delete", json_list(r#"{"names":["#, 40 * MB, r#""","#, r#""""#, "]}"))
        .await;
}

async fn tags(attacker: Attacker) {
    let body = json_list(r#"{"action":"filter","tags":["#, 40 * MB, "{},", "{}", "]}");
    rest(attacker, 1, "/csms/resource_instances/action", body).await;
}

async fn tag_values(attacker: Attacker) {
    let body =
        json_list(r#"{"action":"filter","tags":[{"key":"a","values":["#, 40 * MB, r#""","#, r#""""#, "]}]}");
    rest(attacker, 1, "/csms/resource_instances/action", body).await;
}

async fn subscriptions(attacker: Attacker) {
    grpc(attacker, 1, IMPORT, field(2, &filled(40 * MB, &field(10, b"")))).await;
}

async fn log_in_methods(attacker: Attacker) {
    let body = json_list(r#"{"auth":{"identity":{"methods":["#, 60_000, r#""","#, r#""""#, "]}}}");
    let request = json_request("POST", "/v3/auth/tokens", None, std::str::from_utf8(&body).unwrap());
    attacker.flood(8, Vec::new(), crate::attacker::Answer::Read, move |_| request.clone()).await;
}

async fn unknown_members(attacker: Attacker) {
    rest(attacker, 1, "/secrets/batch-import", json_list("{", 40 * MB, r#""a":null,"#, r#""a":null"#, "}"))
        .await;
}

async fn unknown_fields(attacker: Attacker) {
    grpc(attacker, 1, IMPORT, filled(40 * MB, &field(15, b""))).await;
}

async fn nested_json(attacker: Attacker) {
    rest(attacker, 1, "/secrets/batch-import", json_list(r#"{"secrets":"#, 40 * MB, "[", "", "")).await;
}

async fn nested_unknown(attacker: Attacker) {
    let element = format!(r#""a":{}{},"#, "[".repeat(120), "]".repeat(120));
    rest(attacker, 1, "/secrets/batch-import", json_list("{", 40 * MB, &element, r#""a":0"#, "}")).await;
}

async fn nested_messages(attacker: Attacker) {
    const START_GROUP: u8 = 15 << 3 | 3;
    grpc(attacker, 1, IMPORT, vec![START_GROUP; 10 * MB]).await;
}

async fn long_number(attacker: Attacker) {
    rest(attacker, 1, "/secrets/batch-import", json_list(r#"{"secrets":"#, 40 * MB, "9", "", "}")).await;
}

async fn escapes(attacker: Attacker) {
    let body = json_list(r#"{"secrets":[{"name":""#, 40 * MB, r"\u0041", "", r#""}]}"#);
    rest(attacker, 1, "/secrets/batch-import", body).await;
}

/// A streamed import over REST that goes on and on.
async fn lines(attacker: Attacker, line: &str) {
    let headers = [
        ("x-auth-token", attacker.target.token.as_str()),
        ("content-type", "application/x-ndjson"),
        ("content-length", "99999999999"),
    ];
    let head = head("POST", &attacker.target.path("/secrets/import-stream"), &headers);
    let opening = format!("{head}{{\"name\":\"first.line\"}}\n").into_bytes();
    let lines = filled(64 * 1024, line.as_bytes());
    attacker.flood(8, opening, crate::attacker::Answer::Read, move |_| lines.clone()).await;
}

async fn empty_lines(attacker: Attacker) {
    lines(attacker, "\n").await;
}

async fn wrong_lines(attacker: Attacker) {
    lines(attacker, "x\n").await;
}
