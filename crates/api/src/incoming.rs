//! Bodies and messages while they arrive: charged for each byte, and never given more memory than has come.

use std::collections::VecDeque;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::FutureExt;
use http_body_util::BodyExt;
use prost::bytes::Buf;
use strongroom_contract::shape::Shape;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::time::timeout;

use crate::Rpc;
use crate::budget::Charge;
use crate::error::ApiError;
use crate::gzip::{Gunzip, Source};
use crate::scan::Scan;
use crate::strict::Strict;

/// Longest pause in the middle of a body. Chosen by us: longer than a network's hiccup, too short to hold many open.
pub(crate) const BODY_READ_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a whole body may take. Chosen by us: the largest, 40 MiB, then needs 70 kB/s.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(600);

/// How long the whole body of a caller without credentials may take. Chosen by us: it is one packet, or two.
pub(crate) const ANONYMOUS_BODY_TIMEOUT: Duration = Duration::from_secs(15);

/// Most bytes of a body from somebody unknown. Chosen by us: a log-in takes a few hundred.
pub(crate) const ANONYMOUS_LIMIT: usize = 64 * 1024;

/// A byte is charged as it was received and as what decoding makes of it.
pub(crate) const COPIES: usize = 2;

/// Work on more bytes than this is done beside the runtime. Chosen by us: about a millisecond of decoding.
pub(crate) const LONG_WORK: usize = 256 * 1024;

/// Largest piece of a buffer. Chosen by us: few pieces for the largest body, and little unused in the last.
const MAX_SEGMENT: usize = 256 * 1024;

/// Runs work whose time grows with a number of bytes, so that other requests go on while it lasts.
pub(crate) fn without_blocking<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    let other_threads =
        Handle::try_current().is_ok_and(|runtime| runtime.runtime_flavor() == RuntimeFlavor::MultiThread);
    match bytes > LONG_WORK && other_threads {
        true => tokio::task::block_in_place(work),
        false => work(),
    }
}

/// Bytes in segments that are freed one by one as they are read.
///
/// They are copied out of the frames they came in: a frame of one byte would keep a whole read buffer in memory.
#[derive(Default)]
pub(crate) struct Buffer {
    segments: VecDeque<Vec<u8>>,
    /// Bytes of the first segment that were read.
    read: usize,
    length: usize,
}

impl Buffer {
    fn push(&mut self, mut bytes: &[u8]) {
        if let Some(last) = self.segments.back_mut() {
            let (fits, rest) = bytes.split_at(bytes.len().min(last.capacity() - last.len()));
            last.extend_from_slice(fits);
            self.length += fits.len();
            bytes = rest;
        }
        if !bytes.is_empty() {
            let mut segment =
                Vec::with_capacity(self.length.clamp(bytes.len(), MAX_SEGMENT.max(bytes.len())));
            segment.extend_from_slice(bytes);
            self.length += bytes.len();
            self.segments.push_back(segment);
        }
    }

    /// All bytes in one piece.
    fn join(mut self) -> Vec<u8> {
        if self.segments.len() == 1 {
            return self.segments.pop_front().unwrap_or_default();
        }
        let mut joined = Vec::with_capacity(self.length);
        for segment in self.segments {
            joined.extend_from_slice(&segment);
        }
        joined
    }
}

impl Buf for Buffer {
    fn remaining(&self) -> usize {
        self.length
    }

    fn chunk(&self) -> &[u8] {
        self.segments.front().and_then(|segment| segment.get(self.read..)).unwrap_or_default()
    }

    fn advance(&mut self, mut bytes: usize) {
        self.length = self.length.saturating_sub(bytes);
        while let Some(first) = self.segments.front() {
            let left = first.len() - self.read;
            if bytes < left {
                self.read += bytes;
                return;
            }
            bytes -= left;
            self.read = 0;
            self.segments.pop_front();
        }
    }
}

/// The data of the next frame; nothing at the end.
pub(crate) async fn next_data(body: &mut Body) -> Result<Option<Bytes>, ApiError> {
    loop {
        // Most of what is asked for is there already, and then no clock need be read.
        let frame = match body.frame().now_or_never() {
            Some(frame) => frame,
            None => timeout(BODY_READ_TIMEOUT, body.frame())
                .await
                .map_err(|_| ApiError::silent(BODY_READ_TIMEOUT))?,
        };
        match frame.transpose().map_err(|_| ApiError::incomplete())? {
            Some(frame) => {
                // Trailers mean nothing to us.
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
            None => return Ok(None),
        }
    }
}

/// The whole of a body, up to `limit` bytes, within `time`.
pub(crate) async fn whole(
    mut body: Source,
    limit: usize,
    time: Duration,
    charge: &Charge,
) -> Result<Vec<u8>, ApiError> {
    // Most senders announce the length, so most rejections need not wait for the body.
    if body.announced() > limit as u64 {
        return Err(ApiError::too_large(limit));
    }
    within(time, async {
        let mut buffer = Buffer::default();
        while let Some(data) = body.next().await? {
            if buffer.length + data.len() > limit {
                return Err(ApiError::too_large(limit));
            }
            charge.take(COPIES * data.len())?;
            buffer.push(&data);
        }
        Ok(without_blocking(buffer.length, || buffer.join()))
    })
    .await
}

async fn within<T>(time: Duration, read: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
    timeout(time, read).await.unwrap_or_else(|_| Err(ApiError::slow(time)))
}

/// What stands before a message.
struct Header {
    length: usize,
    is_compressed: bool,
}

/// A message that is being read.
struct Message {
    scan: Scan,
    buffer: Buffer,
    limit: usize,
}

impl Message {
    async fn add(&mut self, data: &[u8], charge: &Charge, wait: bool) -> Result<(), ApiError> {
        if self.buffer.length + data.len() > self.limit {
            return Err(ApiError::too_large(self.limit));
        }
        let bytes = COPIES * data.len() + self.scan.read(data)?;
        match wait {
            true => charge.take_or_wait(bytes).await?,
            false => charge.take(bytes)?,
        }
        self.buffer.push(data);
        Ok(())
    }
}

/// The messages of a gRPC body: each a flag, a length in four bytes, and as many bytes.
pub(crate) struct Messages {
    body: Body,
    /// What has come of the next message.
    ahead: Bytes,
    limit: usize,
    import_entries: usize,
    shape: &'static Shape,
    /// No field may be unknown.
    is_strict: bool,
    /// Messages may be compressed.
    may_be_compressed: bool,
}

impl Messages {
    pub(crate) fn new(body: Body, rpc: &Rpc, limit: usize, import_entries: usize) -> Self {
        let is_strict = matches!(rpc.strict, Strict::Always);
        Self {
            body,
            ahead: Bytes::new(),
            limit,
            import_entries,
            shape: rpc.shape,
            is_strict,
            may_be_compressed: false,
        }
    }

    /// The call has announced that its messages may be compressed with gzip.
    pub(crate) fn compressed(self) -> Self {
        Self { may_be_compressed: true, ..self }
    }

    /// The one message of a call that takes one, within `time`.
    pub(crate) async fn only(mut self, time: Duration, charge: &Charge) -> Result<Buffer, ApiError> {
        within(time, async {
            let message = self.next(charge, false).await?.ok_or_else(ApiError::unreadable)?;
            match self.data().await? {
                Some(_) => Err(ApiError::unreadable()),
                None => Ok(message),
            }
        })
        .await
    }

    /// The next message, whole. With `wait` it waits a while for room, and reads no further until there is some.
    pub(crate) async fn next(&mut self, charge: &Charge, wait: bool) -> Result<Option<Buffer>, ApiError> {
        let Some(Header { length, is_compressed }) = self.header().await? else { return Ok(None) };
        if length > self.limit {
            return Err(ApiError::too_large(self.limit));
        }
        // How long a compressed message will be is not known before its end.
        let longest = if is_compressed { self.limit } else { length };
        let mut message = Message {
            scan: Scan::new(self.shape, longest, self.import_entries, self.is_strict),
            buffer: Buffer::default(),
            limit: self.limit,
        };
        let mut gunzip = is_compressed.then(Gunzip::new);
        let mut left = length;
        while left > 0 {
            let mut data = self.data().await?.ok_or_else(ApiError::incomplete)?;
            self.ahead = data.split_off(data.len().min(left));
            left -= data.len();
            match &mut gunzip {
                None => message.add(&data, charge, wait).await?,
                Some(gunzip) => {
                    while !data.is_empty() {
                        message.add(&gunzip.read(&mut data)?, charge, wait).await?;
                    }
                }
            }
        }
        if let Some(gunzip) = gunzip {
            message.add(&gunzip.finish()?, charge, wait).await?;
        }
        Ok(Some(message.buffer))
    }

    /// What stands before the next message; nothing at the end.
    async fn header(&mut self) -> Result<Option<Header>, ApiError> {
        let mut header = Vec::with_capacity(5);
        while header.len() < 5 {
            let Some(mut data) = self.data().await? else {
                return if header.is_empty() { Ok(None) } else { Err(ApiError::incomplete()) };
            };
            self.ahead = data.split_off(data.len().min(5 - header.len()));
            header.extend_from_slice(&data);
        }
        let mut header = header.as_slice();
        let is_compressed = match (header.get_u8(), self.may_be_compressed) {
            (0, _) => false,
            (1, true) => true,
            (1, false) => {
                let sentence = "A message is compressed, and the header grpc-encoding does not say how. Send grpc-encoding: gzip.";
                return Err(ApiError::Frame(sentence.to_owned()));
            }
            _ => return Err(ApiError::unreadable()),
        };
        Ok(Some(Header { length: header.get_u32() as usize, is_compressed }))
    }

    /// What was read ahead, or what comes next; never empty.
    async fn data(&mut self) -> Result<Option<Bytes>, ApiError> {
        let mut data = std::mem::take(&mut self.ahead);
        while data.is_empty() {
            let Some(next) = next_data(&mut self.body).await? else { return Ok(None) };
            data = next;
        }
        Ok(Some(data))
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use prost::Message as _;
    use strongroom_contract::v1::{BatchImportSecretsRequest, NewSecret};
    use tokio::time::Instant;
    use tokio_stream::StreamExt;

    use super::*;
    use crate::budget::{Budget, InFlight, Payer};
    use crate::{BATCH_IMPORT_SECRETS, CREATE_SECRET};

    const LIMIT: usize = 1024 * 1024;
    const ENTRY: usize = size_of::<NewSecret>();

    fn budget() -> Budget {
        Budget::new(InFlight { total: 4 * LIMIT, caller: 4 * LIMIT })
    }

    fn charge() -> Charge {
        budget().open(Payer::Caller([1; 16])).unwrap()
    }

    /// A body of these pieces that does not end.
    fn unending(pieces: Vec<Vec<u8>>) -> Body {
        let pieces = pieces.into_iter().map(|piece| Ok::<_, Infallible>(Bytes::from(piece)));
        Body::from_stream(tokio_stream::iter(pieces).chain(tokio_stream::pending()))
    }

    fn messages(body: Body) -> Messages {
        Messages::new(body, &BATCH_IMPORT_SECRETS, LIMIT, 10)
    }

    fn framed(message: &[u8]) -> Vec<u8> {
        let length = u32::try_from(message.len()).unwrap().to_be_bytes();
        [&[0], length.as_slice(), message].concat()
    }

    fn said<T>(read: Result<T, ApiError>) -> String {
        read.err().map_or(String::new(), |rejected| rejected.sentence())
    }

    #[tokio::test]
    async fn messages_are_whole_wherever_their_frames_end() {
        let secrets = vec![NewSecret { name: "a".to_owned(), ..Default::default() }; 3];
        let request = BatchImportSecretsRequest { secrets, ..Default::default() };
        let bytes = framed(&request.encode_to_vec());
        for size in 1..bytes.len() {
            let charge = charge();
            let before = charge.bytes();
            let pieces = [&bytes[..], &bytes[..]].concat();
            let mut messages = messages(unending(pieces.chunks(size).map(<[u8]>::to_vec).collect()));
            for _ in 0..2 {
                let message = messages.next(&charge, false).await.unwrap().unwrap();
                assert_eq!(BatchImportSecretsRequest::decode(message).unwrap(), request, "{size}");
            }
            assert_eq!(charge.bytes() - before, 2 * (COPIES * (bytes.len() - 5) + 3 * ENTRY));
        }
    }

    #[tokio::test]
    async fn compressed_messages_are_what_they_were() {
        let secrets = vec![NewSecret { name: "a".to_owned(), ..Default::default() }; 3];
        let request = BatchImportSecretsRequest { secrets, ..Default::default() };
        let mut compressed = framed(&gzip(&request.encode_to_vec()));
        compressed[0] = 1;
        let bytes = [compressed.clone(), framed(&request.encode_to_vec()), compressed.clone()].concat();
        let mut read = messages(unending(bytes.chunks(3).map(<[u8]>::to_vec).collect())).compressed();
        for _ in 0..3 {
            let message = read.next(&charge(), false).await.unwrap().unwrap();
            assert_eq!(BatchImportSecretsRequest::decode(message).unwrap(), request);
        }
        let unannounced = messages(unending(vec![compressed])).next(&charge(), false).await;
        assert!(said(unannounced).contains("grpc-encoding: gzip"));
        // A field that is not in the contract, and larger than a message may be once it is decompressed.
        let mut bomb = framed(&gzip(&[vec![0xfa, 0x3f, 0xff, 0xff, 0x7f], vec![0; LIMIT]].concat()));
        bomb[0] = 1;
        let rejected = messages(unending(vec![bomb])).compressed().next(&charge(), false).await;
        assert!(!said(rejected).is_empty());
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_has_come_is_charged() {
        let mut announced = framed(&vec![0; LIMIT]);
        announced.truncate(105);
        let charge = charge();
        let before = charge.bytes();
        let mut messages = messages(unending(vec![announced]));
        assert!(said(messages.next(&charge, false).await).starts_with("Nothing came for 30 seconds"));
        assert_eq!(charge.bytes() - before, COPIES * 100);
    }

    #[tokio::test(start_paused = true)]
    async fn a_message_that_is_announced_too_large_is_rejected_at_once() {
        let header = vec![0, 0xff, 0xff, 0xff, 0xff];
        let started = Instant::now();
        let told = said(messages(unending(vec![header])).next(&charge(), false).await);
        assert!(told.contains("1048576 bytes"), "{told}");
        assert_eq!(started.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_in_drops_has_a_deadline() {
        let drops = || {
            let drop_after_pause = |()| async {
                let _ = timeout(Duration::from_secs(5), std::future::pending::<()>()).await;
                Ok::<_, Infallible>(Bytes::from_static(&[0]))
            };
            Body::from_stream(tokio_stream::iter(std::iter::repeat(())).then(drop_after_pause))
        };
        let charge = charge();
        let told = said(whole(Source::plain(drops()), LIMIT, ANONYMOUS_BODY_TIMEOUT, &charge).await);
        assert!(told.starts_with("The body took longer than 15 seconds"), "{told}");
        let told = said(messages(drops()).only(ANONYMOUS_BODY_TIMEOUT, &charge).await);
        assert!(!told.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_waits_for_room_and_is_then_rejected() {
        let budget = budget();
        let held = budget.open(Payer::Caller([1; 16])).unwrap();
        held.take(2 * LIMIT + LIMIT / 2).unwrap();
        let payer = budget.open(Payer::Caller([1; 16])).unwrap();
        let message = framed(&vec![0; LIMIT / 2]);
        let stream = || Messages::new(unending(vec![message.clone()]), &CREATE_SECRET, LIMIT, 10);
        let started = Instant::now();
        // What is in the message does not matter: its field numbers are 0, which the scan passes over.
        let charge = payer.empty();
        let waited = stream().next(&charge, true).await;
        assert!(matches!(waited, Err(ApiError::TooManyRequests { .. })), "{}", said(waited));
        assert_eq!(started.elapsed(), BODY_READ_TIMEOUT);
        let charge = payer.empty();
        let mut waiting = stream();
        let (message, ()) = tokio::join!(waiting.next(&charge, true), async { drop(held) });
        assert!(message.is_ok());
    }
}
