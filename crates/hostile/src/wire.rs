//! Encodes HTTP/1.1, HTTP/2 and protobuf by hand, to send what client libraries would not.

pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const PRIORITY: u8 = 2;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const END_STREAM: u8 = 0x1;
pub const ACK: u8 = 0x1;
pub const END_HEADERS: u8 = 0x4;
pub const PADDED: u8 = 0x8;

pub const INITIAL_WINDOW_SIZE: u16 = 4;

/// Largest window that a peer may open.
pub const WIDEST_WINDOW: u32 = (1 << 31) - 1;

pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// The client's first bytes, with these settings.
pub fn opening(settings: &[(u16, u32)]) -> Vec<u8> {
    let mut payload = Vec::new();
    for (name, value) in settings {
        payload.extend(name.to_be_bytes());
        payload.extend(value.to_be_bytes());
    }
    [PREFACE, &frame(SETTINGS, 0, 0, &payload)].concat()
}

/// The first bytes of a client with the largest windows.
pub fn wide_opening() -> Vec<u8> {
    let mut opening = opening(&[(INITIAL_WINDOW_SIZE, WIDEST_WINDOW)]);
    opening.extend(window_update(0, WIDEST_WINDOW - 65_535));
    opening
}

pub fn window_update(stream: u32, more: u32) -> Vec<u8> {
    frame(WINDOW_UPDATE, 0, stream, &more.to_be_bytes())
}

pub fn reset(stream: u32) -> Vec<u8> {
    const CANCEL: u32 = 8;
    frame(RST_STREAM, 0, stream, &CANCEL.to_be_bytes())
}

/// A header as a literal that no table keeps.
pub fn header(name: &str, value: &str) -> Vec<u8> {
    let mut header = vec![0];
    for text in [name, value] {
        push_hpack_length(&mut header, text.len());
        header.extend(text.as_bytes());
    }
    header
}

fn push_hpack_length(block: &mut Vec<u8>, length: usize) {
    if length < 127 {
        return block.push(length as u8);
    }
    block.push(127);
    let mut rest = length - 127;
    while rest >= 128 {
        block.push((rest % 128) as u8 | 128);
        rest /= 128;
    }
    block.push(rest as u8);
}

/// The header block of a request.
pub fn block(method: &str, path: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let pseudo = [(":method", method), (":scheme", "http"), (":path", path), (":authority", "localhost")];
    pseudo.iter().chain(more).flat_map(|(name, value)| header(name, value)).collect()
}

/// The header block of a gRPC call.
pub fn grpc_block(path: &str, token: Option<&str>) -> Vec<u8> {
    let mut more = vec![("content-type", "application/grpc"), ("te", "trailers")];
    more.extend(token.map(|token| ("x-auth-token", token)));
    block("POST", path, &more)
}

/// Five bytes that announce a message of gRPC.
pub fn announced(length: u32) -> Vec<u8> {
    let mut head = vec![0];
    head.extend(length.to_be_bytes());
    head
}

/// A whole message of gRPC.
pub fn message(bytes: &[u8]) -> Vec<u8> {
    let mut message = announced(bytes.len() as u32);
    message.extend(bytes);
    message
}

/// A length-delimited field of protobuf.
pub fn field(number: u32, bytes: &[u8]) -> Vec<u8> {
    let mut field = Vec::new();
    push_varint(&mut field, number << 3 | 2);
    push_varint(&mut field, bytes.len() as u32);
    field.extend(bytes);
    field
}

fn push_varint(bytes: &mut Vec<u8>, mut number: u32) {
    while number >= 128 {
        bytes.push((number % 128) as u8 | 128);
        number /= 128;
    }
    bytes.push(number as u8);
}

/// The head of an HTTP/1.1 request.
pub fn head(method: &str, path: &str, headers: &[(&str, &str)]) -> String {
    let mut head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    head
}

/// A whole HTTP/1.1 request with a JSON body.
pub fn json_request(method: &str, path: &str, token: Option<&str>, body: &str) -> Vec<u8> {
    let length = body.len().to_string();
    let mut headers = vec![("content-type", "application/json"), ("content-length", length.as_str())];
    headers.extend(token.map(|token| ("x-auth-token", token)));
    let mut request = head(method, path, &headers).into_bytes();
    request.extend(body.as_bytes());
    request
}
