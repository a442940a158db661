//! Counts connections, answers and bytes of the attacker.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::wire;

/// Counts by what they count. One thread attacks, so the lock is never waited for.
#[derive(Default)]
pub struct Tally {
    counts: Mutex<BTreeMap<String, u64>>,
    wrong: Mutex<Option<String>>,
}

impl Tally {
    /// Something that must never be answered.
    pub fn is_wrong(&self, what: String) {
        self.wrong.lock().unwrap().get_or_insert(what);
    }

    pub fn wrong(&self) -> Option<String> {
        self.wrong.lock().unwrap().clone()
    }

    pub fn count(&self, what: &str) {
        self.add(what, 1);
    }

    pub fn add(&self, what: &str, more: u64) {
        let mut counts = self.counts.lock().unwrap();
        match counts.get_mut(what) {
            Some(count) => *count += more,
            None => drop(counts.insert(what.to_owned(), more)),
        }
    }

    /// True once the server has reacted.
    pub fn is_answered(&self) -> bool {
        let counts = self.counts.lock().unwrap();
        counts.keys().any(|what| !what.starts_with("bytes") && !what.starts_with("connections"))
    }

    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.counts.lock().unwrap().clone()
    }
}

/// Reads what a server sends on one connection, and counts its answers.
#[derive(Default)]
pub struct Answers {
    protocol: Option<Protocol>,
    held: Vec<u8>,
    /// Bytes of a frame that are still to come and hold nothing to count.
    skip: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Protocol {
    Http1,
    Http2,
}

/// A frame as far as it is needed: kind, flags, stream and the beginning of its payload.
pub struct Frame {
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

impl Answers {
    /// Counts what `bytes` completes. Frames of HTTP/2 are also handed on.
    pub fn read(&mut self, bytes: &[u8], tally: &Tally, mut frame: impl FnMut(Frame)) {
        tally.add("bytes received", bytes.len() as u64);
        let skipped = self.skip.min(bytes.len());
        self.skip -= skipped;
        self.held.extend(&bytes[skipped..]);
        if self.protocol.is_none() && self.held.len() >= 9 {
            let http1 = self.held.starts_with(b"HTTP/1");
            self.protocol = Some(if http1 { Protocol::Http1 } else { Protocol::Http2 });
        }
        match self.protocol {
            Some(Protocol::Http1) => self.read_status_lines(tally),
            Some(Protocol::Http2) => self.read_frames(tally, &mut frame),
            None => {}
        }
    }

    fn read_status_lines(&mut self, tally: &Tally) {
        const LINE: &[u8] = b"HTTP/1.1 ";
        let mut at = 0;
        while let Some(found) = self.held[at..].windows(LINE.len()).position(|window| window == LINE) {
            let Some(status) = self.held.get(at + found + LINE.len()..at + found + LINE.len() + 3) else {
                at += found;
                break;
            };
            tally.count(&format!("answered {}", String::from_utf8_lossy(status)));
            at += found + LINE.len() + 3;
        }
        let rest = at.max(self.held.len().saturating_sub(LINE.len() + 2));
        self.held.drain(..rest);
    }

    fn read_frames(&mut self, tally: &Tally, frame: &mut impl FnMut(Frame)) {
        /// Enough for settings and the first bytes of headers.
        const NEEDED: usize = 64;
        let mut at = 0;
        while let Some(head) = self.held.get(at..at + 9) {
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
            let (kind, flags) = (head[3], head[4]);
            let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
            let needed = length.min(NEEDED);
            let Some(payload) = self.held.get(at + 9..at + 9 + needed) else { break };
            let payload = payload.to_vec();
            count_frame(kind, flags, &payload, tally);
            frame(Frame { kind, flags, stream, payload });
            let whole = at + 9 + length;
            self.skip = whole.saturating_sub(self.held.len());
            at = whole.min(self.held.len());
        }
        self.held.drain(..at);
    }
}

fn count_frame(kind: u8, flags: u8, payload: &[u8], tally: &Tally) {
    let code =
        |at: usize| payload.get(at..at + 4).map_or(0, |code| u32::from_be_bytes(code.try_into().unwrap()));
    match kind {
        // A table of HPACK has these statuses; the rest would need a decoder.
        wire::HEADERS => tally.count(match payload.first() {
            Some(0x88) if flags & wire::END_STREAM != 0 => "answered 200 without a body",
            Some(0x88) => "answered 200",
            Some(0x8c) => "answered 400",
            Some(0x8d) => "answered 404",
            Some(0x8e) => "answered 500",
            _ => "other headers",
        }),
        wire::RST_STREAM => tally.count(&format!("streams reset, code {}", code(0))),
        wire::GOAWAY => tally.count(&format!("hung up on, code {}", code(4))),
        _ => {}
    }
}
