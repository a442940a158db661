//! One request of HTTP/2 whose body is larger than the windows: sent as fast as the server opens them.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::attacker::Attacker;
use crate::tally::{Answers, Frame};
use crate::wire::*;

const STREAM: u32 = 1;
const FRAME_BYTES: usize = 16 * 1024;

/// How long an attacker waits for window updates, or for the answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

struct Upload<'a> {
    attacker: &'a Attacker,
    stream: TcpStream,
    answers: Answers,
    connection_window: i64,
    stream_window: i64,
    ended: bool,
}

/// Sends a call of gRPC with `body` and waits for the end of its answer.
pub async fn call(attacker: &Attacker, block: &[u8], body: &[u8]) {
    let Some(mut stream) = attacker.connect().await else { return };
    let mut first = wide_opening();
    first.extend(frame(HEADERS, END_HEADERS, STREAM, block));
    if !attacker.send(&mut stream, &first).await {
        return;
    }
    let mut upload = Upload {
        attacker,
        stream,
        answers: Answers::default(),
        connection_window: 65_535,
        stream_window: 65_535,
        ended: false,
    };
    upload.send(body).await;
    while !upload.ended {
        upload.read().await;
    }
}

impl Upload<'_> {
    async fn send(&mut self, mut body: &[u8]) {
        while !self.ended {
            let window = self.connection_window.min(self.stream_window).max(0) as usize;
            let length = window.min(FRAME_BYTES).min(body.len());
            if length == 0 && !body.is_empty() {
                self.read().await;
                continue;
            }
            let (part, rest) = body.split_at(length);
            let flags = if rest.is_empty() { END_STREAM } else { 0 };
            if self.stream.write_all(&frame(DATA, flags, STREAM, part)).await.is_err() {
                self.ended = true;
                self.attacker.tally.count("closed by the server");
                return;
            }
            self.attacker.tally.add("bytes sent", length as u64);
            self.connection_window -= length as i64;
            self.stream_window -= length as i64;
            body = rest;
            if rest.is_empty() {
                return;
            }
        }
    }

    async fn read(&mut self) {
        let mut buffer = [0; 16 * 1024];
        let read = tokio::time::timeout(ANSWER_TIMEOUT, self.stream.read(&mut buffer)).await;
        let Ok(Ok(length @ 1..)) = read else {
            self.ended = true;
            self.attacker.tally.count("closed by the server");
            return;
        };
        let (mut connection, mut stream, mut ended, mut settings) = (0, 0, false, false);
        self.answers.read(&buffer[..length], &self.attacker.tally, |frame| {
            let Frame { kind, flags, stream: of, payload } = frame;
            match (kind, of) {
                (WINDOW_UPDATE, 0) => connection += number(&payload),
                (WINDOW_UPDATE, STREAM) => stream += number(&payload),
                (SETTINGS, _) if flags & ACK == 0 => {
                    settings = true;
                    let window =
                        payload.chunks(6).find(|setting| setting[..2] == INITIAL_WINDOW_SIZE.to_be_bytes());
                    stream += window.map_or(0, |setting| number(&setting[2..]) - 65_535);
                }
                (GOAWAY, _) | (RST_STREAM, STREAM) => ended = true,
                (HEADERS | DATA, STREAM) if flags & END_STREAM != 0 => ended = true,
                _ => {}
            }
        });
        self.connection_window += connection;
        self.stream_window += stream;
        self.ended |= ended;
        // The server opens its windows only once its settings have been acknowledged.
        if settings {
            self.ended |= self.stream.write_all(&frame(SETTINGS, ACK, 0, b"")).await.is_err();
        }
    }
}

fn number(payload: &[u8]) -> i64 {
    payload.first_chunk().map_or(0, |bytes| i64::from(u32::from_be_bytes(*bytes)))
}
