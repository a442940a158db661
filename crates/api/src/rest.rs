//! The REST transport: paths, queries, JSON bodies, and errors in the form existing clients read.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request};
use axum::response::Response;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use strongroom_contract::object::Object;
use strongroom_contract::shape::counted;
use strongroom_operations::Call;
use tokio_stream::iter;
use tower::ServiceExt;

use crate::ErrorForm;
use crate::budget::{Charge, Payer, charged};
use crate::context::RequestContext;
use crate::credentials::Credentials;
use crate::error::ApiError;
use crate::gzip::{Source, is_compressed};
use crate::incoming::{ANONYMOUS_BODY_TIMEOUT, ANONYMOUS_LIMIT, BODY_TIMEOUT, whole, without_blocking};
use crate::openapi::{ErrorBody, KeystoneBody, KeystoneError, NestedBody, NestedUnauthorizedBody};

const JSON: &str = "application/json";
/// A JSON value a line.
pub(crate) const NDJSON: &str = "application/x-ndjson";
/// Other names of it that clients send.
const ALSO_NDJSON: [&str; 3] = ["application/ndjson", "application/jsonl", "application/jsonlines"];
pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const REQUEST_ID: &str = "x-request-id";

/// A body that is there is handed to a reader of lines in pieces of so many bytes, as if it came from a connection.
const PIECE: usize = 64 * 1024;

impl RequestContext<'_> {
    /// Finds the caller, then reads the body, which the caller may have signed.
    pub(crate) async fn admit_rest(&self, request: Request) -> Result<(Call, Parts, Vec<u8>), ApiError> {
        let (parts, body) = request.into_parts();
        let claim = self.claim(&parts).await?;
        let is_compressed = is_compressed(&parts.headers)?;
        // What is signed is the body as it was sent.
        let is_signed = matches!(claim, Credentials::Signature(_));
        let source = Source::new(body, is_compressed && !is_signed);
        let (call, mut body, mut charge) = self.read(claim, source).await?;
        if is_compressed && is_signed {
            let source = Source::new(in_pieces(body), true);
            body = whole(source, self.api.body_limit, BODY_TIMEOUT, &charge).await?;
        }
        if self.rpc.streams_answers {
            self.api.budget().take_stream(&mut charge)?;
        }
        self.charged(charge);
        Ok((call, parts, without_mark(body)))
    }

    /// The same where the body is read line by line, and as long as it likes. Who has signed it must be held to it first.
    pub(crate) async fn admit_rest_lines(&self, request: Request) -> Result<(Call, Source), ApiError> {
        let (parts, body) = request.into_parts();
        let claim = self.claim(&parts).await?;
        let is_compressed = is_compressed(&parts.headers)?;
        if !essence(&parts).is_some_and(|given| given == NDJSON || ALSO_NDJSON.contains(&given.as_str())) {
            return Err(ApiError::Body(format!(
                "The body must be JSON, one value a line. Send it with the header `Content-Type: {NDJSON}`."
            )));
        }
        let (call, body, mut charge) = match claim {
            Credentials::Caller(caller) => {
                let charge = self.api.budget().open(Payer::from(&caller))?;
                (self.call(caller), body, charge)
            }
            signed @ Credentials::Signature(_) => {
                let (call, body, charge) = self.read(signed, Source::plain(body)).await?;
                // Its lines are charged one by one.
                charge.shrink_to(body.len());
                (call, in_pieces(body), charge)
            }
        };
        self.api.budget().take_stream(&mut charge)?;
        self.charged(charge);
        Ok((call, Source::new(body, is_compressed)))
    }

    pub(crate) async fn admit_anyone(&self, request: Request) -> Result<(Parts, Vec<u8>), ApiError> {
        let (parts, body) = request.into_parts();
        let body = Source::new(body, is_compressed(&parts.headers)?);
        let charge = self.api.budget().open(Payer::Anyone)?;
        let limit = self.api.body_limit.min(ANONYMOUS_LIMIT);
        let body = whole(body, limit, ANONYMOUS_BODY_TIMEOUT, &charge).await?;
        self.charged(charge);
        Ok((parts, without_mark(body)))
    }

    /// Reads a whole body and holds its signature against it.
    async fn read(&self, claim: Credentials, body: Source) -> Result<(Call, Vec<u8>, Charge), ApiError> {
        let payer = match &claim {
            Credentials::Caller(caller) => Payer::from(caller),
            Credentials::Signature(_) => Payer::Signers,
        };
        let charge = self.api.budget().open(payer)?;
        let body = whole(body, self.api.body_limit, BODY_TIMEOUT, &charge).await?;
        let (caller, signature) = without_blocking(body.len(), || claim.with_body(&body))?;
        let charge = charge.moved_to(Payer::from(&caller))?;
        Ok((self.signed_call(caller, signature), body, charge))
    }

    fn charged(&self, charge: Charge) {
        self.head.charge.get_or_init(|| Arc::new(charge));
    }

    /// The body as a message. An empty one counts as an empty object.
    pub(crate) async fn json<T: DeserializeOwned>(&self, parts: &Parts, body: &[u8]) -> Result<T, ApiError> {
        is_json(parts, body)?;
        let read = || read_json(body, self.api.import_entries);
        let (message, structs) = self.api.decoded(body.len(), read).await?;
        self.charge()?.take(structs)?;
        Ok(message)
    }

    pub(crate) fn finish_rest<T>(
        &self,
        answer: Result<Encoded<T>, ApiError>,
        carried: impl FnOnce(&T) -> Vec<(&'static str, &str)>,
    ) -> Response {
        self.end(answer.as_ref().err());
        let response = match answer {
            Ok(Encoded { answer, body }) => {
                let body = match self.head.charge.get() {
                    Some(charge) => charged(body, charge),
                    None => Bytes::from(body),
                };
                success(self.rpc.success_status, body, carried(&answer))
            }
            Err(rejected) => failure(&rejected, &self.id(), self.rpc.errors),
        };
        identified(response, &self.id())
    }
}

/// The body without the mark of its encoding that some clients begin a text with.
fn without_mark(mut body: Vec<u8>) -> Vec<u8> {
    if body.starts_with(BYTE_ORDER_MARK) {
        body.drain(..BYTE_ORDER_MARK.len());
    }
    body
}

/// An answer and its JSON.
pub(crate) struct Encoded<T> {
    answer: T,
    body: Vec<u8>,
}

pub(crate) fn encoded<T: Serialize>(answer: T, is_empty: bool) -> Result<Encoded<T>, ApiError> {
    let body = if is_empty { Ok(Vec::new()) } else { serde_json::to_vec(&answer) };
    let body = body.map_err(|error| ApiError::Internal(error.to_string()))?;
    Ok(Encoded { answer, body })
}

fn is_json(parts: &Parts, body: &[u8]) -> Result<(), ApiError> {
    if !body.is_empty() && essence(parts).is_none_or(|given| given != JSON) {
        return Err(ApiError::Body(format!(
            "The body must be JSON. Send it with the header `Content-Type: {JSON}`."
        )));
    }
    Ok(())
}

/// The body as a message, and the bytes of the structs in its lists.
fn read_json<T: DeserializeOwned>(body: &[u8], import_entries: usize) -> Result<(T, usize), ApiError> {
    let body = if body.is_empty() { b"{}" } else { body };
    let mut reader = serde_json::Deserializer::from_slice(body);
    let (message, count) = counted(import_entries, || serde_path_to_error::deserialize(&mut reader));
    let Object(message) = message.map_err(|error| match count.exceeded {
        Some(allowed) => ApiError::TooMany { field: error.path().to_string(), allowed },
        None => {
            let place = format!("line {}, column {}", error.inner().line(), error.inner().column());
            ApiError::Body(about_json("The body", &place, &error))
        }
    })?;
    reader
        .end()
        .map_err(|_| ApiError::Body("Something follows the JSON value. Send one value only.".to_owned()))?;
    Ok((message, count.bytes))
}

fn in_pieces(body: Vec<u8>) -> Body {
    let mut body = Bytes::from(body);
    Body::from_stream(iter(std::iter::from_fn(move || {
        let piece = body.split_to(PIECE.min(body.len()));
        (!piece.is_empty()).then_some(Ok::<_, Infallible>(piece))
    })))
}

pub(crate) fn query<T: DeserializeOwned>(parts: &Parts) -> Result<T, ApiError> {
    let query = parts.uri.query().unwrap_or_default();
    let reader = serde_html_form::Deserializer::from_bytes(query.as_bytes());
    serde_path_to_error::deserialize(reader).map_err(|error| ApiError::Parameter {
        field: error.path().to_string(),
        sentence:
            "This is not of the kind the parameter takes. The API description at /openapi.yaml says which."
                .to_owned(),
    })
}

/// A request header that carries a field; empty when it is not sent.
pub(crate) fn header(parts: &Parts, name: &'static str) -> Result<String, ApiError> {
    let wrong =
        |sentence: &str| ApiError::Parameter { field: name.to_owned(), sentence: sentence.to_owned() };
    let mut given = parts.headers.get_all(name).iter();
    let Some(value) = given.next() else { return Ok(String::new()) };
    if given.next().is_some() {
        return Err(wrong("The header is there twice. Send it once."));
    }
    value
        .to_str()
        .map(str::to_owned)
        .map_err(|_| wrong("The header is not ASCII text. Send it as it was received."))
}

/// What a path was matched with. Fails when an escape in it is not UTF-8.
pub(crate) type Segments = Result<RawPathParams, RawPathParamsRejection>;

/// A parameter of the path. An empty one leads nowhere: only over gRPC may the project be left out.
pub(crate) fn segment(path: &Segments, name: &str) -> Result<String, ApiError> {
    let path = path.as_ref().map_err(|_| ApiError::Parameter {
        field: name.to_owned(),
        sentence:
            "The path has an escape that is not UTF-8. Write it with the characters the parameter takes."
                .to_owned(),
    })?;
    let found = path.iter().find(|(key, value)| *key == name && !value.is_empty());
    found.map(|(_, value)| value.to_owned()).ok_or(ApiError::UnknownRoute)
}

/// The content type in lower case and without its parameters.
fn essence(parts: &Parts) -> Option<String> {
    let given = parts.headers.get(CONTENT_TYPE)?.to_str().ok()?;
    Some(given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

/// Says where a text is wrong, and never what it holds there.
pub(crate) fn about_json(
    text: &str,
    place: &str,
    error: &serde_path_to_error::Error<serde_json::Error>,
) -> String {
    match error.inner().classify() {
        serde_json::error::Category::Data => {
            let path = error.path().to_string();
            let member = if path == "." { text } else { path.as_str() };
            let message = error.inner().to_string();
            let hint = about_members(&message).unwrap_or_else(|| "Correct it there.".to_owned());
            format!("{member} {} ({place}). {hint}", about_type(&message))
        }
        serde_json::error::Category::Io
        | serde_json::error::Category::Syntax
        | serde_json::error::Category::Eof => {
            format!("{text} is not JSON from {place} on. Correct it there.")
        }
    }
}

/// What the parser expected. Its message also quotes what it found, which may be a value, so only the end is told.
fn about_type(message: &str) -> String {
    let message = message.split(" at line ").next().unwrap_or_default();
    if message.starts_with("unknown field ") {
        return "is unknown here".to_owned();
    }
    if let Some(field) = message.strip_prefix("duplicate field ") {
        return format!("has the member {field} twice");
    }
    if let Some(field) = message.strip_prefix("missing field ") {
        return format!("has no member {field}");
    }
    match message.rsplit_once(", expected ").map(|(_, expected)| expected) {
        Some("a boolean") => "must be true or false".to_owned(),
        Some("a string" | "a borrowed string") => "must be text".to_owned(),
        Some("a sequence") => "must be a list".to_owned(),
        Some("i32" | "i64") => "must be a whole number".to_owned(),
        Some("an object") => "must be an object".to_owned(),
        _ => "is not of the type it should be".to_owned(),
    }
}

/// What to write in place of an unknown member, out of "unknown field `a`, expected one of `b`, `c`".
fn about_members(message: &str) -> Option<String> {
    let mut names = message.strip_prefix("unknown field ")?.split('`').skip(1).step_by(2);
    let unknown = names.next()?;
    let known: Vec<_> = names.collect();
    let closest =
        known.iter().max_by(|one, other| similarity(unknown, one).total_cmp(&similarity(unknown, other)))?;
    Some(match similarity(unknown, closest) > 0.5 {
        true => format!("Did you mean {closest}?"),
        false => format!("Known here: {}.", known.join(", ")),
    })
}

fn similarity(one: &str, other: &str) -> f64 {
    strsim::normalized_damerau_levenshtein(one, other)
}

fn success(status: u16, body: impl Into<Bytes>, carried: Vec<(&'static str, &str)>) -> Response {
    let body: Bytes = body.into();
    let empty = body.is_empty();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    if !empty {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    }
    // A proxy is not a vault.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    for (name, value) in carried.into_iter().filter(|(_, value)| !value.is_empty()) {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

pub(crate) fn identified(mut response: Response, request_id: &str) -> Response {
    if let Ok(id) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

pub(crate) fn failure(rejected: &ApiError, request_id: &str, form: ErrorForm) -> Response {
    let mut response =
        success(rejected.http_status().as_u16(), error(rejected, request_id, form), Vec::new());
    if let Some(seconds) = rejected.retry_after_seconds() {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let ApiError::Encoding(_) = rejected {
        response.headers_mut().insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

pub(crate) fn error(rejected: &ApiError, request_id: &str, form: ErrorForm) -> Vec<u8> {
    let status = rejected.http_status();
    let body = || ErrorBody {
        error_code: rejected.code().to_owned(),
        error_msg: rejected.documented_text(),
        detail: rejected.sentence(),
        problems: rejected.problems(),
        request_id: request_id.to_owned(),
    };
    let body = match form {
        ErrorForm::Flat => serde_json::to_vec(&body()),
        // Existing clients know authentication as a gateway's, which is before all families and has one form; the published
        // definitions have that of the family.
        ErrorForm::Nested if status == StatusCode::UNAUTHORIZED => {
            let ErrorBody { error_code, error_msg, detail, request_id, .. } = body();
            let error = body();
            serde_json::to_vec(&NestedUnauthorizedBody { error_code, error_msg, detail, request_id, error })
        }
        ErrorForm::Nested => serde_json::to_vec(&NestedBody { error: body() }),
        ErrorForm::Keystone => serde_json::to_vec(&KeystoneBody {
            error: KeystoneError {
                code: status.as_u16(),
                message: rejected.sentence(),
                title: status.canonical_reason().unwrap_or_default().to_owned(),
            },
        }),
    };
    body.unwrap_or_default()
}

/// Words of paths, such as `batch-import`, are also legal names. Where the word takes no such method the name is meant;
/// spelled with an escape it is only a name.
pub(crate) async fn as_a_name(names: Router, mut request: Request) -> Response {
    let escaped = request.uri().path().rsplit_once('/').and_then(|(before, word)| {
        let first = word.bytes().next().filter(|first| *first != b'%')?;
        let rest = word.get(1..)?;
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        format!("{before}/%{first:02X}{rest}{query}").parse().ok()
    });
    let Some(escaped) = escaped else {
        return beside(&ApiError::WrongMethod, ErrorForm::Flat);
    };
    *request.uri_mut() = escaped;
    match names.oneshot(request).await {
        // Only what an rpc has answered carries an identifier.
        Ok(answer) if answer.headers().contains_key(REQUEST_ID) => answer,
        _ => beside(&ApiError::WrongMethod, ErrorForm::Flat),
    }
}

/// An error answer where no rpc is concerned.
pub(crate) fn beside(rejected: &ApiError, form: ErrorForm) -> Response {
    let id = uuid::Uuid::new_v4().simple().to_string();
    if let Some(chain) = rejected.internal_cause() {
        tracing::error!(request_id = id, error = chain, "failed");
    }
    identified(failure(rejected, &id, form), &id)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Import {
        #[allow(dead_code, reason = "read by serde")]
        secrets: Vec<Entry>,
    }

    #[derive(Deserialize)]
    struct Entry {
        #[serde(default)]
        #[allow(dead_code, reason = "read by serde")]
        auto_rotation: bool,
    }

    #[test]
    fn a_plus_sign_in_a_query_is_a_space_as_in_a_signature() {
        #[derive(Deserialize)]
        struct Page {
            marker: String,
        }
        for (raw, marker) in
            [("a+b", "a b"), ("a%20b", "a b"), ("a%2Bb", "a+b"), ("a%2bb", "a+b"), ("%2520", "%20")]
        {
            let (parts, ()) = Request::get(format!("/?marker={raw}")).body(()).unwrap().into_parts();
            assert_eq!(query::<Page>(&parts).unwrap().marker, marker, "{raw}");
        }
    }

    fn told(content_type: &'static str, body: &str) -> String {
        let mut parts = Request::new(Body::empty()).into_parts().0;
        parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        let read = || read_json::<Import>(body.as_bytes(), 10);
        is_json(&parts, body.as_bytes())
            .and_then(|()| read())
            .err()
            .map_or(String::new(), |rejected| rejected.sentence())
    }

    #[test]
    fn a_wrong_body_is_told_where_and_never_what_it_holds() {
        let cases = [
            (r#"{"secrets":[]}"#, ""),
            ("", "The body has no member `secrets` (line 1, column 2). Correct it there."),
            (r#"{"secrets":"hunter2"}"#, "secrets must be a list (line 1, column 20). Correct it there."),
            (
                r#"{"secrets":[{"auto_rotation":"a, expected hunter2"}]}"#,
                "secrets[0].auto_rotation must be true or false (line 1, column 50). Correct it there.",
            ),
            ("[[]]", "The body must be an object (line 1, column 0). Correct it there."),
            (
                r#"{"secrets":[],"secrets":[]}"#,
                "The body has the member `secrets` twice (line 1, column 23). Correct it there.",
            ),
            (r#"{"secrets":[] hunter2"#, "The body is not JSON from line 1, column 15 on. Correct it there."),
            (r#"{"secrets":[]} {}"#, "Something follows the JSON value. Send one value only."),
        ];
        for (body, sentence) in cases {
            assert_eq!(told("Application/JSON;charset=utf-8", body), sentence, "{body}");
        }
        assert!(told("text/plain", "{}").starts_with("The body must be JSON."));
    }
}
