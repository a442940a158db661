//! Slow and silent peers, and thousands of connections. None needs credentials unless noted.

use std::time::Duration;

use tokio::io::AsyncWriteExt;

use super::attack::{Attack, work};
use crate::attacker::{Answer, Attacker};
use crate::wire::*;

pub const ATTACKS: &[Attack] = &[
    Attack::new("idle-connections", "5,000 connections that say nothing", work!(idle)).long(),
    Attack::new(
        "idle-from-everywhere",
        "the same, each from an address of its own",
        work!(idle_from_everywhere),
    ),
    Attack::new(
        "idle-after-answer",
        "2,000 connections that stay after one answer",
        work!(idle_after_answer),
    )
    .long(),
    Attack::new("idle-http2", "2,000 connections of HTTP/2 without a request", work!(idle_http2)).long(),
    Attack::new(
        "few-open-files",
        "2,000 connections to a server that may open 256 files",
        work!(few_open_files),
    )
    .with_open_files(256),
    Attack::new(
        "few-files-everywhere",
        "the same, each from an address of its own",
        work!(few_files_everywhere),
    )
    .long()
    .with_open_files(256),
    Attack::new("reconnects", "connections made and closed as fast as it goes", work!(reconnects)).long(),
    Attack::new("slow-headers", "1,000 requests whose headers come a byte at a time", work!(slow_headers))
        .long(),
    Attack::new("slow-bodies", "1,000 log-ins whose bodies come a byte at a time", work!(slow_bodies)),
    Attack::new(
        "slow-bodies-everywhere",
        "the same, each from an address of its own",
        work!(slow_bodies_everywhere),
    )
    .long(),
    Attack::new(
        "half-closed",
        "1,000 requests whose sender closes its half and reads nothing",
        work!(half_closed),
    )
    .long(),
    Attack::new("slow-tls", "2,000 handshakes of TLS that stop in the middle", work!(slow_tls)).with_tls(),
    Attack::new(
        "tls-handshakes",
        "handshakes of TLS up to the server's signature, without end",
        work!(tls_handshakes),
    )
    .long()
    .with_tls(),
];

async fn idle(attacker: Attacker) {
    attacker.hold(5_000, Vec::new(), Answer::LeftUnread, None).await;
}

async fn idle_from_everywhere(attacker: Attacker) {
    idle(attacker.spread_over_addresses()).await;
}

async fn idle_after_answer(attacker: Attacker) {
    attacker.hold(2_000, head("GET", "/healthz", &[]).into_bytes(), Answer::Read, None).await;
}

async fn idle_http2(attacker: Attacker) {
    attacker.hold(2_000, opening(&[]), Answer::Read, None).await;
}

async fn few_open_files(attacker: Attacker) {
    attacker.hold(2_000, Vec::new(), Answer::LeftUnread, None).await;
}

async fn few_files_everywhere(attacker: Attacker) {
    few_open_files(attacker.spread_over_addresses()).await;
}

async fn reconnects(attacker: Attacker) {
    attacker.repeat(50, async |attacker| drop(attacker.connect().await)).await;
}

async fn slow_headers(attacker: Attacker) {
    let drip = (Duration::from_millis(500), b"x".to_vec());
    attacker.hold(1_000, b"GET / HTTP/1.1\r\nhost: a\r\nx-".to_vec(), Answer::Read, Some(drip)).await;
}

async fn slow_bodies(attacker: Attacker) {
    let headers = [("content-type", "application/json"), ("content-length", "60000")];
    let head = head("POST", "/v3/auth/tokens", &headers).into_bytes();
    attacker.hold(1_000, head, Answer::Read, Some((Duration::from_millis(500), b" ".to_vec()))).await;
}

async fn slow_bodies_everywhere(attacker: Attacker) {
    slow_bodies(attacker.spread_over_addresses()).await;
}

async fn half_closed(attacker: Attacker) {
    attacker
        .repeat(1_000, async |attacker| {
            let Some(mut stream) = attacker.connect().await else { return };
            attacker.send(&mut stream, head("GET", "/openapi.yaml", &[]).as_bytes()).await;
            let _ = stream.shutdown().await;
            tokio::time::sleep(Duration::from_secs(1)).await;
        })
        .await;
}

/// The first flight of a client of TLS.
fn client_hello(attacker: &Attacker) -> Vec<u8> {
    let config = attacker.target.tls.clone().expect("an attack on TLS runs with a certificate");
    let mut connection = rustls::ClientConnection::new(config, "localhost".try_into().unwrap()).unwrap();
    let mut hello = Vec::new();
    connection.write_tls(&mut hello).unwrap();
    hello
}

async fn slow_tls(attacker: Attacker) {
    let mut hello = client_hello(&attacker);
    hello.truncate(hello.len() / 2);
    attacker.hold(2_000, hello, Answer::LeftUnread, None).await;
}

async fn tls_handshakes(attacker: Attacker) {
    let hello = client_hello(&attacker);
    attacker
        .repeat(16, move |attacker| {
            let hello = hello.clone();
            async move {
                let Some(mut stream) = attacker.connect().await else { return };
                attacker.send(&mut stream, &hello).await;
                // What it answers has cost it a key exchange and a signature.
                let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 1_024]).await;
                attacker.tally.count("handshakes begun");
            }
        })
        .await;
}
