//! Malformed and unusual HTTP requests that have broken servers. None needs credentials unless noted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::AsyncReadExt;

use super::attack::{Attack, work};
use crate::attacker::{Answer, Attacker};
use crate::wire::*;

pub const ATTACKS: &[Attack] = &[
    Attack::new("pipelining", "requests of HTTP/1.1 without end, their answers read", work!(pipelining))
        .long(),
    Attack::new(
        "pipelining-unread",
        "requests of HTTP/1.1 without end, their answers unread",
        work!(pipelining_unread),
    ),
    Attack::new(
        "smuggling",
        "a length beside chunks, two lengths, folded and misspelt encodings",
        work!(smuggling),
    ),
    Attack::new("long-headers", "heads of HTTP/1.1 that never end, 1 MiB and more", work!(long_headers))
        .long(),
    Attack::new("long-paths", "paths and queries of 30 kB", work!(long_paths)).long(),
    Attack::new("many-parameters", "queries of 8,000 parameters, with a token", work!(many_parameters))
        .long(),
    Attack::new("chunk-extensions", "chunks of one byte with extensions of 4 kB", work!(chunk_extensions))
        .long(),
    Attack::new("tiny-chunks", "a body in chunks of one byte, with a token", work!(tiny_chunks)).long(),
    Attack::new("trailers", "a body with trailers that never end", work!(trailers)).long(),
    Attack::new(
        "expect-continue",
        "requests that wait to be told to send a body of 40 MiB, with a token",
        work!(expect_continue),
    ),
    Attack::new(
        "length-then-silence",
        "1,000 bodies of 40 MiB of which one byte comes, with a token",
        work!(length_then_silence),
    )
    .long(),
    Attack::new("upgrades", "upgrades to WebSocket and to HTTP/2", work!(upgrades)).long(),
    Attack::new("compressed-bodies", "bodies of gzip over REST and gRPC, with a token", work!(compressed))
        .long(),
    Attack::new(
        "grpc-web-noise",
        "bodies of gRPC-Web that are not Base64, with a token",
        work!(grpc_web_noise),
    ),
];

const CONNECTIONS: usize = 8;

async fn pipelining(attacker: Attacker) {
    let requests = head("GET", "/healthz", &[]).repeat(100).into_bytes();
    attacker.flood(CONNECTIONS, Vec::new(), Answer::Read, move |_| requests.clone()).await;
}

async fn pipelining_unread(attacker: Attacker) {
    let requests = head("GET", "/openapi.yaml", &[]).repeat(100).into_bytes();
    attacker.flood(100, Vec::new(), Answer::LeftUnread, move |_| requests.clone()).await;
}

const SMUGGLED: &str = "GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n";

async fn smuggling(attacker: Attacker) {
    const SHAPES: [&str; 8] = [
        "content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n",
        "content-length: 1\r\ncontent-length: 9\r\n\r\nabc",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n",
        "transfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
        "transfer-encoding : chunked\r\n\r\n0\r\n\r\n",
        "content-length: -1\r\n\r\n",
    ];
    let next = Arc::new(AtomicUsize::new(0));
    attacker
        .repeat(SHAPES.len(), move |attacker| {
            let shape = SHAPES[next.fetch_add(1, Ordering::Relaxed) % SHAPES.len()];
            async move {
                let Some(mut stream) = attacker.connect().await else { return };
                let head = "POST /healthz HTTP/1.1\r\nhost: a\r\n";
                attacker.send(&mut stream, format!("{head}{shape}{SMUGGLED}").as_bytes()).await;
                let mut received = Vec::new();
                let reading = stream.read_to_end(&mut received);
                let _ = tokio::time::timeout(Duration::from_millis(200), reading).await;
                let answers = String::from_utf8_lossy(&received).matches("HTTP/1.1 ").count();
                attacker.tally.add("answers", answers as u64);
                if answers > 1 {
                    attacker.tally.is_wrong(format!("one request was taken for two: {shape:?}"));
                }
            }
        })
        .await;
}

async fn long_headers(attacker: Attacker) {
    let value = vec![b'v'; 16 * 1024];
    let opening = b"GET / HTTP/1.1\r\nhost: a\r\nx: ".to_vec();
    attacker.flood(50, opening, Answer::Read, move |_| value.clone()).await;
}

async fn long_paths(attacker: Attacker) {
    let path = format!("/{}?{}", "a".repeat(15_000), "b".repeat(15_000));
    let request = head("GET", &path, &[]).into_bytes();
    attacker.flood(CONNECTIONS, Vec::new(), Answer::Read, move |_| request.clone()).await;
}

async fn many_parameters(attacker: Attacker) {
    let path = attacker.target.path(&format!("/secrets?{}", "a&b=".repeat(6_000)));
    let request = head("GET", &path, &[("x-auth-token", &attacker.target.token)]).into_bytes();
    attacker.flood(CONNECTIONS, Vec::new(), Answer::Read, move |_| request.clone()).await;
}

/// The head of a call with a token whose body comes in chunks.
fn chunked(attacker: &Attacker, path: &str, content_type: &str) -> Vec<u8> {
    let headers = [
        ("x-auth-token", attacker.target.token.as_str()),
        ("content-type", content_type),
        ("transfer-encoding", "chunked"),
    ];
    head("POST", &attacker.target.path(path), &headers).into_bytes()
}

async fn chunk_extensions(attacker: Attacker) {
    let opening = chunked(&attacker, "/secrets", "application/json");
    let chunk = format!("1;{}\r\n \r\n", "x".repeat(4_000)).into_bytes();
    attacker.flood(CONNECTIONS, opening, Answer::Read, move |_| chunk.clone()).await;
}

async fn tiny_chunks(attacker: Attacker) {
    let opening = chunked(&attacker, "/secrets/batch-import", "application/json");
    attacker.flood(CONNECTIONS, opening, Answer::Read, |_| b"1\r\n \r\n".repeat(1_000)).await;
}

async fn trailers(attacker: Attacker) {
    let mut opening = chunked(&attacker, "/secrets", "application/json");
    opening.extend(b"2\r\n{}\r\n0\r\n");
    attacker
        .flood(CONNECTIONS, opening, Answer::Read, |number| format!("x-{number}: v\r\n").into_bytes())
        .await;
}

const MOST_BODY_BYTES: &str = "41943040";

async fn expect_continue(attacker: Attacker) {
    let headers = [
        ("x-auth-token", attacker.target.token.as_str()),
        ("content-type", "application/json"),
        ("content-length", MOST_BODY_BYTES),
        ("expect", "100-continue"),
    ];
    let head = head("POST", &attacker.target.path("/secrets/batch-import"), &headers).into_bytes();
    attacker.hold(1_000, head, Answer::Read, None).await;
}

async fn length_then_silence(attacker: Attacker) {
    let headers = [
        ("x-auth-token", attacker.target.token.as_str()),
        ("content-type", "application/json"),
        ("content-length", MOST_BODY_BYTES),
    ];
    let mut opening = head("POST", &attacker.target.path("/secrets/batch-import"), &headers).into_bytes();
    opening.push(b'{');
    attacker.hold(1_000, opening, Answer::LeftUnread, None).await;
}

async fn upgrades(attacker: Attacker) {
    let web_socket = [("connection", "upgrade"), ("upgrade", "websocket"), ("sec-websocket-key", "AAAA")];
    let http2 = [
        ("connection", "upgrade, http2-settings"),
        ("upgrade", "h2c"),
        ("http2-settings", "AAMAAABkAAQAAP__"),
    ];
    let requests = format!("{}{}", head("GET", "/", &web_socket), head("GET", "/", &http2)).into_bytes();
    attacker.flood(CONNECTIONS, Vec::new(), Answer::Read, move |_| requests.clone()).await;
}

async fn compressed(attacker: Attacker) {
    // The head of a gzip stream, and then noise: whoever unpacks it finds out.
    let mut body = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    body.resize(100_000, 0x55);
    let token = attacker.target.token.as_str();
    let length = body.len().to_string();
    let rest = [
        ("x-auth-token", token),
        ("content-type", "application/json"),
        ("content-encoding", "gzip"),
        ("content-length", &length),
    ];
    let mut message = announced(body.len() as u32);
    message[0] = 1;
    let message = [message, body.clone()].concat();
    let length = message.len().to_string();
    let grpc = [
        ("x-auth-token", token),
        ("content-type", "application/grpc-web+proto"),
        ("grpc-encoding", "gzip"),
        ("content-length", &length),
    ];
    let requests = [
        head("POST", &attacker.target.path("/secrets"), &rest).as_bytes(),
        &body,
        head("POST", "/strongroom.v1.Secrets/CreateSecret", &grpc).as_bytes(),
        &message,
    ]
    .concat();
    attacker.flood(CONNECTIONS, Vec::new(), Answer::Read, move |_| requests.clone()).await;
}

async fn grpc_web_noise(attacker: Attacker) {
    let body = b"====AAAA!!!!".repeat(5_000);
    let length = body.len().to_string();
    let headers = [
        ("x-auth-token", attacker.target.token.as_str()),
        ("content-type", "application/grpc-web-text"),
        ("content-length", &length),
    ];
    let request = [head("POST", "/strongroom.v1.Secrets/CreateSecret", &headers).as_bytes(), &body].concat();
    attacker.flood(CONNECTIONS, Vec::new(), Answer::Read, move |_| request.clone()).await;
}
