//! What the protocol of gRPC asks of a call before it has a message, and of every answer: content types, deadlines, and
//! rejections with our details whoever has made them.

use std::future::{Pending, pending};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, Version};
use http_body::Frame;
use tokio::time::{Timeout, timeout};
use tonic::Status;

use crate::error::ApiError;
use crate::{ErrorForm, grpc, rest};

const TIMEOUT: &str = "grpc-timeout";

/// Most digits of a deadline, as the protocol says.
const MAX_DIGITS: usize = 8;

/// Rejects what is no call of gRPC or gRPC-Web, in the form of HTTP: whoever sends that does not read trailers.
pub(crate) async fn check(request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        let mut answer = rest::beside(&ApiError::WrongMethod, ErrorForm::Flat);
        answer.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return answer;
    }
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|given| given.to_str().ok());
    let essence = content_type.and_then(|given| given.split(';').next()).unwrap_or_default().trim();
    let sentence = match essence.to_ascii_lowercase().as_str() {
        "application/grpc" | "application/grpc+proto" if request.version() >= Version::HTTP_2 => None,
        "application/grpc" | "application/grpc+proto" => Some(
            "gRPC needs HTTP/2. Over HTTP/1.1 use gRPC-Web, with the content type application/grpc-web+proto.",
        ),
        "application/grpc-web"
        | "application/grpc-web+proto"
        | "application/grpc-web-text"
        | "application/grpc-web-text+proto" => None,
        _ => Some(
            "At this path the server speaks gRPC and gRPC-Web with protobuf messages. Send the content type application/grpc or application/grpc-web+proto, or use REST; /openapi.yaml describes it.",
        ),
    };
    match sentence {
        Some(sentence) => rest::beside(&ApiError::MediaType(sentence.to_owned()), ErrorForm::Flat),
        None => next.run(request).await,
    }
}

/// How long the caller gives the call.
pub(crate) fn deadline(headers: &HeaderMap) -> Result<Option<Duration>, ApiError> {
    let Some(given) = headers.get(TIMEOUT) else { return Ok(None) };
    let read = || {
        let text = given.to_str().ok()?;
        let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let is_number = !digits.is_empty() && digits.len() <= MAX_DIGITS;
        let number: u64 = digits.parse().ok().filter(|_| is_number && !digits.starts_with('+'))?;
        Some(match unit {
            "H" => Duration::from_secs(number * 3_600),
            "M" => Duration::from_secs(number * 60),
            "S" => Duration::from_secs(number),
            "m" => Duration::from_millis(number),
            "u" => Duration::from_micros(number),
            "n" => Duration::from_nanos(number),
            _ => return None,
        })
    };
    let wrong = || {
        let sentence =
            "The header grpc-timeout is not up to eight digits and one of H, M, S, m, u and n. Correct it.";
        ApiError::Frame(sentence.to_owned())
    };
    read().map(Some).ok_or_else(wrong)
}

/// A rejection that carries nothing but its code, because tonic has made it, with what all of ours carry.
pub(crate) fn with_details(answer: Response, request_id: &str) -> Response {
    let headers = answer.headers();
    let is_error = headers.get("grpc-status").is_some_and(|status| status != "0");
    if !is_error || headers.contains_key("grpc-status-details-bin") {
        return answer;
    }
    let Some(status) = Status::from_header_map(headers) else { return answer };
    let mut detailed: Response = grpc::detailed(&status, request_id).into_http();
    if let Some(accepted) = headers.get("grpc-accept-encoding") {
        detailed.headers_mut().insert("grpc-accept-encoding", accepted.clone());
    }
    detailed
}

/// The body of a streamed answer, which ends with an error once its deadline has passed.
pub(crate) struct UntilDeadline {
    body: Body,
    passed: Pin<Box<Timeout<Pending<()>>>>,
    request_id: String,
    has_ended: bool,
}

impl UntilDeadline {
    pub(crate) fn new(body: Body, left: Duration, request_id: String) -> Self {
        Self { body, passed: Box::pin(timeout(left, pending())), request_id, has_ended: false }
    }
}

impl HttpBody for UntilDeadline {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        if self.passed.as_mut().poll(context).is_ready() {
            self.has_ended = true;
            // What goes on is let go of.
            self.body = Body::empty();
            let status = grpc::status(&ApiError::DeadlineExceeded, &self.request_id);
            let mut trailers = HeaderMap::new();
            let added = status.add_header(&mut trailers);
            return Poll::Ready(added.is_ok().then(|| Ok(Frame::trailers(trailers))));
        }
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.has_ended || self.body.is_end_stream()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_are_read_as_the_protocol_spells_them() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(TIMEOUT, text.parse().unwrap());
            deadline(&headers).map_err(|rejected| rejected.sentence())
        };
        assert_eq!(deadline(&HeaderMap::new()).ok(), Some(None));
        for (text, expected) in [
            ("1H", Duration::from_secs(3_600)),
            ("2M", Duration::from_secs(120)),
            ("3S", Duration::from_secs(3)),
            ("4m", Duration::from_millis(4)),
            ("5u", Duration::from_micros(5)),
            ("99999999n", Duration::from_nanos(99_999_999)),
            ("99999999H", Duration::from_secs(99_999_999 * 3_600)),
        ] {
            assert_eq!(read(text), Ok(Some(expected)), "{text}");
        }
        for text in ["", "S", "1", "1s", "+1S", "-1S", "1.5S", " 1S", "123456789S", "1SS", "aS"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
