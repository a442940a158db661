//! Invalid log-ins, signatures and tokens: work of the server before authentication. None needs credentials.

use tokio::io::AsyncReadExt;

use super::attack::{Attack, work};
use crate::attacker::{Answer, Attacker};
use crate::wire::*;

pub const ATTACKS: &[Attack] = &[
    Attack::new(
        "log-ins-one-connection",
        "400 wrong log-ins on one connection of HTTP/2",
        work!(one_connection),
    ),
    Attack::new("log-ins", "1,000 wrong log-ins at a time from one address", work!(from_one_address)),
    Attack::new(
        "log-ins-everywhere",
        "1,000 wrong log-ins at a time, each from an address of its own",
        work!(from_everywhere),
    )
    .long(),
    Attack::new("log-ins-cancelled", "wrong log-ins that are reset once they are sent", work!(cancelled)),
    Attack::new("log-ins-long-passwords", "wrong log-ins with passwords of 60 kB", work!(long_passwords))
        .long(),
    Attack::new("unknown-keys", "signatures of access keys that do not exist", work!(unknown_keys)).long(),
    Attack::new("wrong-signatures", "wrong signatures of an access key that exists", work!(wrong_signatures))
        .long(),
    Attack::new("unknown-tokens", "tokens that do not exist", work!(unknown_tokens)),
];

const LOG_IN: &str = "/v3/auth/tokens";

fn wrong(attacker: &Attacker) -> String {
    attacker.target.log_in_body(&attacker.target.user, "not the password")
}

/// Log-ins as the streams of one connection.
fn streams(attacker: &Attacker, numbers: std::ops::Range<u32>, then: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
    let (block, body) = (block("POST", LOG_IN, &[("content-type", "application/json")]), wrong(attacker));
    numbers
        .flat_map(|number| {
            let stream = number * 2 + 1;
            let headers = frame(HEADERS, END_HEADERS, stream, &block);
            [headers, frame(DATA, END_STREAM, stream, body.as_bytes()), then(stream)].concat()
        })
        .collect()
}

async fn one_connection(attacker: Attacker) {
    let log_ins = [opening(&[]), streams(&attacker, 0..400, |_| Vec::new())].concat();
    attacker.hold(1, log_ins, Answer::Read, None).await;
}

/// A request over a connection of its own, and its answer, over and over, `callers` at a time.
async fn ask(attacker: Attacker, callers: usize, request: Vec<u8>) {
    attacker
        .repeat(callers, move |attacker| {
            let request = request.clone();
            async move {
                let Some(mut stream) = attacker.connect().await else { return };
                if !attacker.send(&mut stream, &request).await {
                    return;
                }
                let mut answer = [0; 1_024];
                let length = stream.read(&mut answer).await.unwrap_or(0);
                let status = answer[..length].get(9..12).map_or("nothing".into(), String::from_utf8_lossy);
                attacker.tally.count(&format!("answered {status}"));
                // Waits as briefly as possible, not as long as `Retry-After` asks.
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        })
        .await;
}

async fn from_one_address(attacker: Attacker) {
    let request = json_request("POST", LOG_IN, None, &wrong(&attacker));
    ask(attacker, 1_000, request).await;
}

async fn from_everywhere(attacker: Attacker) {
    from_one_address(attacker.spread_over_addresses()).await;
}

async fn long_passwords(attacker: Attacker) {
    let body = attacker.target.log_in_body(&attacker.target.user, &"p".repeat(60_000));
    ask(attacker, 400, json_request("POST", LOG_IN, None, &body)).await;
}

async fn cancelled(attacker: Attacker) {
    let sender = attacker.clone();
    attacker
        .flood(4, opening(&[]), Answer::Read, move |write| {
            streams(&sender, write * 20..(write + 1) * 20, reset)
        })
        .await;
}

/// Requests without end with this header.
async fn with_header(attacker: Attacker, name: &str, value: &str) {
    let date = crate::target::sdk_date();
    let request = head("GET", &attacker.target.path("/secrets"), &[(name, value), ("x-sdk-date", &date)]);
    let requests = request.repeat(20).into_bytes();
    attacker.flood(8, Vec::new(), Answer::Read, move |_| requests.clone()).await;
}

fn signature(access_key: &str) -> String {
    let signature = "0".repeat(64);
    format!("SDK-HMAC-SHA256 Access={access_key}, SignedHeaders=host;x-sdk-date, Signature={signature}")
}

async fn unknown_keys(attacker: Attacker) {
    with_header(attacker, "authorization", &signature("AAAAAAAAAAAAAAAAAAAA")).await;
}

async fn wrong_signatures(attacker: Attacker) {
    let signature = signature(&attacker.target.access_key);
    with_header(attacker, "authorization", &signature).await;
}

async fn unknown_tokens(attacker: Attacker) {
    let path = attacker.target.path("/secrets");
    let request = move |number: u32| head("GET", &path, &[("x-auth-token", &format!("{number:0>43}"))]);
    let requests =
        move |write: u32| (write * 20..(write + 1) * 20).map(&request).collect::<String>().into_bytes();
    attacker.flood(8, Vec::new(), Answer::Read, requests).await;
}
