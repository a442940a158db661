//! Compressed bodies and messages, decompressed a little at a time while they come: what they become is charged and limited
//! like what comes as it is.

use std::io::Write;

use axum::body::{Body, Bytes};
use flate2::write::GzDecoder;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;

use crate::error::ApiError;
use crate::incoming::next_data;

/// Most bytes decompressed at a time: they become a megabyte at most, before anybody looks at how much it is.
const PIECE: usize = 1024;

pub(crate) struct Gunzip(GzDecoder<Vec<u8>>);

impl Gunzip {
    pub(crate) fn new() -> Self {
        Self(GzDecoder::new(Vec::new()))
    }

    /// What the next few of `bytes` become. They are taken off its beginning.
    pub(crate) fn read(&mut self, bytes: &mut Bytes) -> Result<Bytes, ApiError> {
        let piece = bytes.split_to(bytes.len().min(PIECE));
        self.0.write_all(&piece).map_err(|_| not_gzip())?;
        Ok(std::mem::take(self.0.get_mut()).into())
    }

    /// What is left at the end.
    pub(crate) fn finish(mut self) -> Result<Bytes, ApiError> {
        self.0.try_finish().map_err(|_| not_gzip())?;
        Ok(std::mem::take(self.0.get_mut()).into())
    }
}

fn not_gzip() -> ApiError {
    ApiError::Body("The body is not gzip to its end, as it is said to be. Compress it again.".to_owned())
}

/// A body while it comes, as it was before it was compressed.
pub(crate) struct Source {
    body: Body,
    gunzip: Option<Gunzip>,
    /// What has come and is still compressed.
    compressed: Bytes,
}

impl Source {
    pub(crate) fn new(body: Body, is_compressed: bool) -> Self {
        Self { body, gunzip: is_compressed.then(Gunzip::new), compressed: Bytes::new() }
    }

    /// The body as it comes, and not what was compressed.
    pub(crate) fn plain(body: Body) -> Self {
        Self::new(body, false)
    }

    /// The fewest bytes that are still to come.
    pub(crate) fn announced(&self) -> u64 {
        axum::body::HttpBody::size_hint(&self.body).lower()
    }

    /// The next bytes; nothing at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, ApiError> {
        loop {
            if let (Some(gunzip), false) = (&mut self.gunzip, self.compressed.is_empty()) {
                let bytes = gunzip.read(&mut self.compressed)?;
                if !bytes.is_empty() {
                    return Ok(Some(bytes));
                }
                continue;
            }
            match (next_data(&mut self.body).await?, &self.gunzip) {
                (Some(data), None) => return Ok(Some(data)),
                (Some(data), Some(_)) => self.compressed = data,
                (None, _) => {
                    let rest = self.gunzip.take().map(Gunzip::finish).transpose()?.unwrap_or_default();
                    return Ok((!rest.is_empty()).then_some(rest));
                }
            }
        }
    }
}

/// Whether a body is compressed. Fails for any coding but gzip, and for several.
pub(crate) fn is_compressed(headers: &HeaderMap) -> Result<bool, ApiError> {
    let mut codings = headers.get_all(CONTENT_ENCODING).iter();
    let Some(coding) = codings.next() else { return Ok(false) };
    let coding = coding.to_str().unwrap_or_default().trim().to_ascii_lowercase();
    match (coding.as_str(), codings.next()) {
        ("gzip" | "x-gzip", None) => Ok(true),
        ("identity" | "", None) => Ok(false),
        _ => Err(ApiError::Encoding(format!(
            "The body is compressed as {}, which the server does not take. Send it as it is, or with `Content-Encoding: gzip`.",
            shown(&coding)
        ))),
    }
}

/// Of a name that may be anything: one line, and no more than a name needs.
pub(crate) fn shown(name: &str) -> String {
    let cut: String = name.chars().take(32).collect();
    format!("`{}`", cut.escape_debug())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    pub(crate) fn compressed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    async fn read(pieces: Vec<Vec<u8>>) -> Result<Vec<u8>, String> {
        let body = pieces.into_iter().map(|piece| Ok::<_, Infallible>(Bytes::from(piece)));
        let mut source = Source::new(Body::from_stream(tokio_stream::iter(body)), true);
        let mut whole = Vec::new();
        loop {
            match source.next().await {
                Ok(Some(bytes)) => whole.extend_from_slice(&bytes),
                Ok(None) => return Ok(whole),
                Err(rejected) => return Err(rejected.sentence()),
            }
        }
    }

    #[tokio::test]
    async fn a_body_is_what_it_was_wherever_its_frames_end() {
        for text in [&b""[..], b"a", &b"text that repeats itself, text that repeats itself".repeat(1_000)] {
            let bytes = compressed(text);
            for size in [1, 7, bytes.len()] {
                let pieces = bytes.chunks(size).map(<[u8]>::to_vec).collect();
                assert_eq!(read(pieces).await.as_deref(), Ok(text), "{size}");
            }
        }
    }

    #[tokio::test]
    async fn a_little_becomes_a_megabyte_at_most() {
        let mut bytes = Bytes::from(compressed(&vec![0; 20_000_000]));
        let mut gunzip = Gunzip::new();
        while !bytes.is_empty() {
            assert!(gunzip.read(&mut bytes).unwrap().len() <= 1_200_000);
        }
    }

    #[tokio::test]
    async fn what_is_not_gzip_to_its_end_is_rejected() {
        let mut cut = compressed(&[7; 5_000]);
        cut.truncate(cut.len() - 5);
        let trailing = [compressed(b"a"), b"b".to_vec()].concat();
        let mut changed = compressed(b"some text");
        let last = changed.len() - 5;
        changed[last] ^= 1;
        for bytes in [b"{}".to_vec(), Vec::new(), cut, trailing, changed] {
            assert!(
                read(vec![bytes.clone()]).await.is_err_and(|told| told.contains("not gzip")),
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn one_coding_is_taken() {
        let coding = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(CONTENT_ENCODING, value.parse().unwrap());
            }
            is_compressed(&headers).map_err(|rejected| rejected.http_status().as_u16())
        };
        assert_eq!(coding(&[]), Ok(false));
        assert_eq!(coding(&["identity"]), Ok(false));
        assert_eq!(
            (coding(&["gzip"]), coding(&["GZIP"]), coding(&["x-gzip"])),
            (Ok(true), Ok(true), Ok(true))
        );
        for values in [&["br"][..], &["zstd"], &["gzip, gzip"], &["gzip", "gzip"], &["deflate"]] {
            assert_eq!(coding(values), Err(415), "{values:?}");
        }
    }
}
