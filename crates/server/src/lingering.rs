//! Bodies that nobody reads to their end. Over HTTP/1.1 a client that still sends when the connection closes loses the
//! answer: what it sends meets a reset, and the reset discards what it has not read. So the rest is read on, and thrown away.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Bytes;
use http::header::EXPECT;
use http::{HeaderMap, Version};
use http_body_util::BodyExt;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use tokio::runtime::Handle;
use tokio::time::timeout;

use crate::connections::{RequestInFlight, UnauthenticatedRequest};

/// How long the rest of a body is read. Chosen by us: what may be read of it comes in that time over 10 Mbit/s.
const LINGER_TIMEOUT: Duration = Duration::from_secs(60);

/// Longest pause in it. Chosen by us: a client that has read the answer stops sending.
const LINGER_PAUSE: Duration = Duration::from_secs(5);

/// Most bytes of the rest that are read, in bodies of the largest size. Chosen by us: half as much again as is taken is a
/// mistake that deserves its answer.
const LINGER_BODIES: u64 = 2;

/// What the body of a request and that of its answer hold together: the connection is not idle before both are done with.
pub(crate) type Guards = (Arc<RequestInFlight>, Option<Arc<UnauthenticatedRequest>>);

/// The body of a request, which is read to its end even if nobody wants it.
pub(crate) struct Lingering {
    /// Present until it has been dropped.
    body: Option<Incoming>,
    limit: u64,
    /// Without, what is left is dropped with it.
    guards: Option<Guards>,
    /// The client waits to be told that the body is wanted.
    waits: bool,
}

impl Lingering {
    /// A body may have `body_limit` bytes.
    pub(crate) fn new(
        body: Incoming,
        version: Version,
        headers: &HeaderMap,
        body_limit: usize,
        guards: Guards,
    ) -> Self {
        // A stream of HTTP/2 is reset by itself, and the answer stays readable.
        let is_resettable = version >= Version::HTTP_2;
        let waits = headers.contains_key(EXPECT);
        let limit = (body_limit as u64).saturating_mul(LINGER_BODIES);
        Self { body: Some(body), limit, guards: (!is_resettable).then_some(guards), waits }
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        let (Some(body), Some(guards)) = (self.body.take(), self.guards.take()) else { return };
        if body.is_end_stream() || self.waits {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(read_on(body, self.limit, guards));
        }
    }
}

async fn read_on(mut body: Incoming, limit: u64, guards: Guards) {
    let rest = async {
        let mut left = limit;
        while let Ok(Some(Ok(frame))) = timeout(LINGER_PAUSE, body.frame()).await {
            let bytes = frame.data_ref().map_or(0, Bytes::len) as u64;
            let Some(after) = left.checked_sub(bytes) else { return };
            left = after;
        }
    };
    let _ = timeout(LINGER_TIMEOUT, rest).await;
    drop((body, guards));
}

impl HttpBody for Lingering {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.waits = false;
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, HttpBody::size_hint)
    }
}
