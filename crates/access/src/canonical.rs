//! The one text that signer and verifier both make of a request. Two requests with the same canonical form mean the
//! same; what cannot be brought into the form is rejected.

use std::borrow::Cow;
use std::ops::Range;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use crate::errors::Unauthenticated;

/// All but the unreserved characters of RFC 3986, section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// All but what JavaScript's `encodeURIComponent` leaves as it is.
const RESERVED_IN_SCRIPTS: &AsciiSet =
    &RESERVED.remove(b'!').remove(b'\'').remove(b'(').remove(b')').remove(b'*');

/// Signed headers whose values are credentials: a rejection repeats the canonical request, and these must not be in it.
const MASKED: [&str; 5] = ["authorization", "cookie", "x-auth-token", "x-security-token", "x-subject-token"];

/// A request before its body.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    pub method: &'a str,
    /// As it stood on the request line, before any `?`.
    pub path: &'a str,
    /// As it stood on the request line, after the first `?`; empty when there is none.
    pub query: &'a str,
    /// Every header line, names in lower case. Over HTTP/2 the transport adds `:authority` as `host`.
    pub headers: &'a [(&'a str, &'a [u8])],
}

impl<'a> Head<'a> {
    pub(crate) fn values<'n>(&self, name: &'n str) -> impl Iterator<Item = &'a [u8]> + use<'a, 'n> {
        self.headers.iter().filter(move |(other, _)| *other == name).map(|(_, value)| *value)
    }

    /// The value of a header that may come only once.
    pub(crate) fn single(&self, name: &str) -> Result<Option<&'a str>, Unauthenticated> {
        let mut values = self.values(name);
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(Unauthenticated::Malformed {
                problem: "a header that signing relies on is repeated",
            });
        }
        let text = std::str::from_utf8(value.trim_ascii()).map_err(|_| Unauthenticated::Malformed {
            problem: "a header that signing relies on is not text",
        })?;
        Ok(Some(text))
    }
}

/// What signers make of a path.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathForm {
    /// Decoded, then encoded: the documented form.
    Decoded,
    /// Encoded as it stood on the request line, escapes included, as the SDK for Node.js does.
    AsSent,
}

/// A canonical request that lacks only the hash of the body. Header values need not be text, so neither is this.
#[derive(Debug)]
pub(crate) struct Canonical {
    bytes: Vec<u8>,
    /// Where in it credentials stand, in ascending order.
    credentials: Vec<Range<usize>>,
}

impl Canonical {
    pub(crate) fn of(head: &Head<'_>, signed_headers: &str, form: PathForm) -> Result<Self, Unauthenticated> {
        // Chosen by us: holds a usual request, so that it is written without growing.
        let mut bytes = Vec::with_capacity(512);
        let mut credentials = Vec::new();
        bytes.extend_from_slice(head.method.as_bytes());
        bytes.push(b'\n');
        write_path(head.path, form, &mut bytes)?;
        bytes.push(b'\n');
        write_query(head.query, &mut bytes)?;
        bytes.push(b'\n');
        for name in signed_headers.split(';') {
            let mut values: Vec<_> = head.values(name).map(<[u8]>::trim_ascii).collect();
            if values.is_empty() {
                return Err(Unauthenticated::Malformed {
                    problem: "a header named in SignedHeaders is missing",
                });
            }
            values.sort_unstable();
            for value in values {
                bytes.extend_from_slice(name.as_bytes());
                bytes.push(b':');
                let start = bytes.len();
                bytes.extend_from_slice(value);
                if MASKED.contains(&name) {
                    credentials.push(start..bytes.len());
                }
                bytes.push(b'\n');
            }
        }
        bytes.push(b'\n');
        bytes.extend_from_slice(signed_headers.as_bytes());
        bytes.push(b'\n');
        Ok(Self { bytes, credentials })
    }

    /// What is signed, but for the hash of the body that follows it.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What a rejection shows: credentials masked, one line.
    pub(crate) fn shown(self, body_hash: &str) -> String {
        let mut bytes = self.bytes;
        // From the end, so that the places of those before stay right.
        for place in self.credentials.into_iter().rev() {
            bytes.splice(place, *b"***");
        }
        bytes.extend_from_slice(body_hash.as_bytes());
        String::from_utf8_lossy(&bytes).replace('\n', "|")
    }
}

/// Encoded segment by segment, with a slash at the end.
///
/// A path that still has a percent sign once it is decoded is rejected, as no parameter of a path may hold one: it would
/// have the form that another path has as it was sent.
fn write_path(raw: &str, form: PathForm, out: &mut Vec<u8>) -> Result<(), Unauthenticated> {
    let decoded = decode(raw)?;
    if decoded.contains(&b'%') {
        return Err(Unauthenticated::Malformed { problem: "the path has an escaped percent sign" });
    }
    let (path, reserved) = match form {
        PathForm::Decoded => (decoded.as_ref(), RESERVED),
        PathForm::AsSent => (raw.as_bytes(), RESERVED_IN_SCRIPTS),
    };
    for (index, segment) in path.split(|byte| *byte == b'/').enumerate() {
        if index > 0 {
            out.push(b'/');
        }
        encode(segment, reserved, out);
    }
    if !path.ends_with(b"/") {
        out.push(b'/');
    }
    Ok(())
}

/// Sorted by decoded key, then decoded value.
///
/// `+` is a space, exactly as for the reader of the query (`serde_html_form`) and for the Go SDK's signer; a plus sign is
/// `%2B`. With two rules, somebody between client and server could change the one into the other under a valid signature.
fn write_query(raw: &str, out: &mut Vec<u8>) -> Result<(), Unauthenticated> {
    let mut parameters = Vec::new();
    for parameter in raw.split('&').filter(|parameter| !parameter.is_empty()) {
        let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        parameters.push((decode_form(key)?, decode_form(value)?));
    }
    parameters.sort_unstable();
    for (index, (key, value)) in parameters.iter().enumerate() {
        if index > 0 {
            out.push(b'&');
        }
        encode(key, RESERVED, out);
        out.push(b'=');
        encode(value, RESERVED, out);
    }
    Ok(())
}

fn decode_form(raw: &str) -> Result<Cow<'_, [u8]>, Unauthenticated> {
    match raw.contains('+') {
        true => Ok(decode(&raw.replace('+', " "))?.into_owned().into()),
        false => decode(raw),
    }
}

fn encode(bytes: &[u8], reserved: &'static AsciiSet, out: &mut Vec<u8>) {
    for piece in percent_encode(bytes, reserved) {
        out.extend_from_slice(piece.as_bytes());
    }
}

/// Rejects a percent sign that starts no byte. Decoders differ about those, so the router might read another path than
/// the one that was signed.
fn decode(raw: &str) -> Result<Cow<'_, [u8]>, Unauthenticated> {
    let is_byte = |digits: &str| digits.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    if !raw.split('%').skip(1).all(is_byte) {
        return Err(Unauthenticated::Malformed {
            problem: "the path or the query has a percent sign that is not followed by two hexadecimal digits",
        });
    }
    Ok(percent_decode_str(raw).into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn head<'a>(path: &'a str, query: &'a str, headers: &'a [(&'a str, &'a [u8])]) -> Head<'a> {
        Head { method: "GET", path, query, headers }
    }

    fn path(raw: &str) -> Result<String, Unauthenticated> {
        let mut out = Vec::new();
        write_path(raw, PathForm::Decoded, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    fn query(raw: &str) -> Result<String, Unauthenticated> {
        let mut out = Vec::new();
        write_query(raw, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn paths_are_brought_into_one_form() {
        let cases = [
            ("/", "/"),
            ("", "/"),
            ("/v1/a", "/v1/a/"),
            ("/v1/a/", "/v1/a/"),
            ("/a%2fb", "/a/b/"),
            ("/%C3%9c", "/%C3%9C/"),
            ("/~%7E", "/~~/"),
            ("/a+b c", "/a%2Bb%20c/"),
            ("/%ff", "/%FF/"),
            ("//", "//"),
        ];
        for (raw, canonical) in cases {
            assert_eq!(path(raw).unwrap(), canonical, "{raw}");
        }
        for raw in ["/%", "/%2", "/%2/", "/%zz", "/%%20", "/%+1", "/%25", "/a%2520b"] {
            assert!(path(raw).is_err(), "{raw}");
        }
    }

    #[test]
    fn queries_are_brought_into_one_form() {
        let cases = [
            ("", ""),
            ("b=2&a=1", "a=1&b=2"),
            ("a=2&a=1&a", "a=&a=1&a=2"),
            ("k", "k="),
            ("k=a=b", "k=a%3Db"),
            ("a=1&&b=2&", "a=1&b=2"),
            ("%61=%2f*", "a=%2F%2A"),
            ("a=+", "a=%20"),
            ("a=%2B", "a=%2B"),
            ("a+b=%2520+%2b", "a%20b=%2520%20%2B"),
            ("b%21=1&b=2", "b=2&b%21=1"),
        ];
        for (raw, canonical) in cases {
            assert_eq!(query(raw).unwrap(), canonical, "{raw}");
        }
        assert!(query("a=%").is_err());
    }

    #[test]
    fn repeated_headers_are_sorted_lines_and_bytes_stay_bytes() {
        let headers: [(&str, &[u8]); 3] = [("host", b"h"), ("x-a", b"\xffa"), ("x-a", b" b ")];
        let canonical = Canonical::of(&head("/", "", &headers), "host;x-a", PathForm::Decoded).unwrap();
        assert_eq!(canonical.as_bytes(), b"GET\n/\n\nhost:h\nx-a:b\nx-a:\xffa\n\nhost;x-a\n");
    }

    #[test]
    fn credentials_are_masked_where_they_are_shown() {
        let headers: [(&str, &[u8]); 3] =
            [("host", b"h"), ("x-auth-token", b"marker-1"), ("x-security-token", b"marker-2")];
        let signed = "host;x-auth-token;x-security-token";
        let canonical = Canonical::of(&head("/", "", &headers), signed, PathForm::Decoded).unwrap();
        assert_eq!(
            canonical.shown("hash"),
            "GET|/||host:h|x-auth-token:***|x-security-token:***||host;x-auth-token;x-security-token|hash"
        );
    }

    #[test]
    fn a_signed_header_that_did_not_arrive_is_rejected() {
        let headers: [(&str, &[u8]); 1] = [("host", b"h")];
        assert!(Canonical::of(&head("/", "", &headers), "content-type;host", PathForm::Decoded).is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(raw: String, escaped in "[%a-f0-9/&=]{0,40}") {
            for text in [raw, escaped] {
                let _ = path(&text);
                let _ = query(&text);
            }
        }

        #[test]
        fn the_canonical_form_is_its_own_canonical_form(raw in "(/|%2[0-46-9a-f]|[a-z~+*]){0,30}") {
            let once = path(&raw).unwrap();
            prop_assert_eq!(path(&once).unwrap(), once);
            let mut as_sent = Vec::new();
            write_path(&raw, PathForm::AsSent, &mut as_sent).unwrap();
            // Escaped once more, it is the form of no path, unless there is nothing to escape.
            prop_assert!(!raw.contains('%') || path(std::str::from_utf8(&as_sent).unwrap()).is_err());
            let once = query(&raw).unwrap();
            prop_assert_eq!(query(&once).unwrap(), once);
        }
    }
}
