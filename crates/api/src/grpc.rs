//! The gRPC transport, and the gRPC-Web one in front of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::middleware::{self, Next};
use http::{HeaderMap, HeaderValue};
use http_body_util::BodyExt;
use prost::Message;
use strongroom_access::Unauthenticated;
use strongroom_contract::v1::Problem;
use strongroom_operations::Call;
use tokio::time::timeout;
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Response, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};
use tonic_web::GrpcWebLayer;
use tower::util::{MapRequestLayer, MapResponseLayer};
use tower_http::timeout::DeadlineBody;

use crate::budget::{Charge, Payer, charged};
use crate::context::{Received, RequestContext, Transport};
use crate::error::ApiError;
use crate::gzip::shown;
use crate::incoming::{ANONYMOUS_BODY_TIMEOUT, ANONYMOUS_LIMIT, BODY_TIMEOUT, Messages};
use crate::protocol::{self, UntilDeadline};
use crate::{Api, REFLECTION, SERVICES, rpc_at, services};

/// A timer cannot wait for less, so a shorter deadline has passed before the call can start.
const TIMER_RESOLUTION: Duration = Duration::from_millis(1);

pub use generated::*;

/// Server traits and clients of the contract's services.
#[allow(clippy::all, reason = "generated")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/strongroom.v1.rs"));
}

/// Where the reasons of our errors are explained.
const DOMAIN: &str = "strongroom";

/// Most bytes of a message to a service that anybody can call. Chosen by us: the name of a service or a file is in it.
const PUBLIC_LIMIT: usize = 4 * 1024;

/// Says how the messages of a request are compressed.
const ENCODING: &str = "grpc-encoding";

/// A message of no bytes, which tonic decodes in place of the one we decode ourselves: tonic makes room for the length that a
/// message announces, before any of it has come.
const EMPTY_MESSAGE: &[u8] = &[0; 5];

pub(crate) async fn router(api: &Api) -> Router {
    let (reporter, health) = tonic_health::server::health_reporter();
    for service in SERVICES {
        reporter.set_service_status(service, tonic_health::ServingStatus::Serving).await;
    }
    let mut routes = services(api).add_service(health.max_decoding_message_size(PUBLIC_LIMIT));
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(strongroom_contract::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    // Many tools still ask the older version only.
    match (reflection().build_v1(), reflection().build_v1alpha()) {
        (Ok(v1), Ok(v1alpha)) => {
            routes = routes
                .add_service(v1.max_decoding_message_size(PUBLIC_LIMIT))
                .add_service(v1alpha.max_decoding_message_size(PUBLIC_LIMIT));
        }
        (Err(error), _) | (_, Err(error)) => {
            tracing::error!(%error, "reflection is disabled: its descriptors are invalid");
        }
    }
    // The web layer answers 400 to what is not gRPC, so it must stand on these routes only, and they bring no fallback.
    routes
        .prepare()
        .into_axum_router()
        .reset_fallback()
        // In one go: each layer on its own is boxed, and all that it stands on is cloned for each request.
        .route_layer((
            middleware::from_fn(protocol::check),
            MapResponseLayer::new(charge_answer),
            GrpcWebLayer::new(),
            MapRequestLayer::new(|request: http::Request<tonic::body::Body>| request.map(Body::new)),
            middleware::from_fn_with_state(api.clone(), authenticate),
        ))
}

/// Finds the caller before the message is read: who is unknown is not listened to. Then reads the message, unless it is a
/// stream, which its operation reads.
async fn authenticate(
    State(api): State<Api>,
    request: http::Request<Body>,
    next: Next,
) -> axum::response::Response {
    let Some(rpc) = rpc_at(request.uri().path()) else {
        return standard_service(&api, request, next).await;
    };
    // The web layer has turned gRPC-Web into gRPC, but its clients also say so in a header.
    let transport =
        if request.headers().contains_key("x-grpc-web") { Transport::GrpcWeb } else { Transport::Grpc };
    let mut context = api.context(rpc, api.head(transport, request.extensions()));
    let (mut parts, body) = request.into_parts();
    let deadline = match protocol::deadline(&parts.headers) {
        Ok(deadline) => deadline.map(|given| (Instant::now(), given)),
        Err(rejected) => return context.reject_grpc(rejected),
    };
    if deadline.is_some_and(|(_, given)| given < TIMER_RESOLUTION) {
        return context.reject_grpc(ApiError::DeadlineExceeded);
    }
    let answered = async {
        let charge = context.receive_grpc(&parts.headers, body).await?;
        // The message that tonic decodes is not compressed.
        parts.headers.remove(ENCODING);
        let mut request = http::Request::from_parts(parts, Body::from(Bytes::from_static(EMPTY_MESSAGE)));
        request.extensions_mut().insert(context.head.clone());
        Ok((protocol::with_details(next.run(request).await, &context.id()), charge))
    };
    // Whatever goes on for the call is let go of once its deadline has passed.
    let answered = match deadline {
        Some((_, given)) => timeout(given, answered).await.unwrap_or(Err(ApiError::DeadlineExceeded)),
        None => answered.await,
    };
    let (mut answer, charge) = match answered {
        Ok(answered) => answered,
        Err(rejected) => return context.reject_grpc(rejected),
    };
    if !rpc.streams_answers {
        charge.shrink_to_answer();
    } else if let Some((start, given)) = deadline {
        let (left, id) = (given.saturating_sub(start.elapsed()), context.id());
        answer = answer.map(|body| Body::new(UntilDeadline::new(body, left, id)));
    }
    answer.extensions_mut().insert(charge);
    answer
}

/// Services that come with gRPC. Health is open to everybody, reflection to whoever has a token, unless a setting opens it.
async fn standard_service(api: &Api, request: http::Request<Body>, next: Next) -> axum::response::Response {
    let (parts, body) = request.into_parts();
    if parts.uri.path().starts_with("/grpc.reflection.") && !api.open_reflection {
        let context = api.context(&REFLECTION, api.head(Transport::Grpc, &parts.extensions));
        if let Err(rejected) = context.token_holder(&parts.headers).await {
            return context.reject_grpc(rejected);
        }
    }
    let id = api.head(Transport::Grpc, &parts.extensions).id();
    let deadline = match protocol::deadline(&parts.headers) {
        Ok(deadline) => deadline,
        Err(rejected) => return status(&rejected, &id).into_http(),
    };
    let body = Body::new(DeadlineBody::new(ANONYMOUS_BODY_TIMEOUT, body));
    let answer = protocol::with_details(next.run(http::Request::from_parts(parts, body)).await, &id);
    match deadline {
        Some(given) => answer.map(|body| Body::new(UntilDeadline::new(body, given, id))),
        None => answer,
    }
}

/// Holds the charge of a request until its answer is encoded, and charges the answer until it is written.
fn charge_answer(mut answer: http::Response<tonic::body::Body>) -> axum::response::Response {
    let Some(charge) = answer.extensions_mut().remove::<Arc<Charge>>() else { return answer.map(Body::new) };
    answer.map(|body| Body::new(body.map_frame(move |frame| frame.map_data(|data| charged(data, &charge)))))
}

pub(crate) fn identify(metadata: &mut MetadataMap, request_id: &str) {
    if let Ok(id) = request_id.parse() {
        metadata.insert("x-request-id", id);
    }
}

impl RequestContext<'_> {
    /// Reads a message, or makes ready to read a stream of them, and charges for it.
    async fn receive_grpc(&mut self, headers: &HeaderMap, body: Body) -> Result<Arc<Charge>, ApiError> {
        let (api, rpc) = (self.api, self.rpc);
        let (limit, time) = match rpc.anonymous {
            true => (api.body_limit.min(ANONYMOUS_LIMIT), ANONYMOUS_BODY_TIMEOUT),
            false => {
                self.head.caller = Some(self.token_holder(headers).await?);
                (api.body_limit, BODY_TIMEOUT)
            }
        };
        let payer = self.head.caller.as_ref().map_or(Payer::Anyone, Payer::from);
        let mut charge = api.budget().open(payer)?;
        let messages = Messages::new(body, rpc, limit, api.import_entries);
        let messages = match headers.get(ENCODING).map(HeaderValue::as_bytes) {
            None | Some(b"identity") => messages,
            Some(b"gzip") => messages.compressed(),
            Some(other) => {
                return Err(ApiError::Encoding(format!(
                    "Messages are compressed as {}, which the server does not take. Send them as they are, or with gzip.",
                    shown(&String::from_utf8_lossy(other))
                )));
            }
        };
        self.head.receive(match rpc.streams_requests {
            true => Received::Stream(messages),
            false => Received::Message(messages.only(time, &charge).await?),
        });
        if rpc.streams_answers {
            api.budget().take_stream(&mut charge)?;
        }
        Ok(self.head.charge.get_or_init(|| Arc::new(charge)).clone())
    }

    /// The caller that was found before the message was read, and the message.
    pub(crate) async fn admit_grpc<T: Message + Default>(&self) -> Result<(Call, T), ApiError> {
        let call = self.call_grpc()?;
        Ok((call, self.message().await?))
    }

    pub(crate) fn call_grpc(&self) -> Result<Call, ApiError> {
        let caller = self.head.caller.clone().ok_or(Unauthenticated::NoCredentials)?;
        Ok(self.call(caller))
    }

    /// The message that was received.
    pub(crate) async fn message<T: Message + Default>(&self) -> Result<T, ApiError> {
        let Some(Received::Message(message)) = self.head.take_received() else {
            return Err(ApiError::unreadable());
        };
        self.api.decode(message).await
    }

    /// The messages that are received.
    pub(crate) fn messages(&self) -> Result<Messages, ApiError> {
        match self.head.take_received() {
            Some(Received::Stream(messages)) => Ok(messages),
            Some(Received::Message(_)) | None => Err(ApiError::unreadable()),
        }
    }

    fn reject_grpc(self, rejected: ApiError) -> axum::response::Response {
        self.end(Some(&rejected));
        status(&rejected, &self.id()).into_http()
    }

    pub(crate) fn finish_grpc<T>(self, answer: Result<T, ApiError>) -> Result<Response<T>, Status> {
        self.end(answer.as_ref().err());
        let id = self.id();
        match answer {
            Ok(answer) => {
                let mut response = Response::new(answer);
                identify(response.metadata_mut(), &id);
                Ok(response)
            }
            Err(rejected) => Err(status(&rejected, &id)),
        }
    }
}

pub(crate) fn status(rejected: &ApiError, request_id: &str) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(
        rejected.code(),
        DOMAIN,
        [
            ("documented_text".to_owned(), rejected.documented_text()),
            ("reason".to_owned(), rejected.reason().to_owned()),
        ],
    );
    details.set_request_info(request_id, "");
    let violations: Vec<_> = rejected.problems().into_iter().map(violation).collect();
    if !violations.is_empty() {
        details.set_bad_request(violations);
    }
    let mut metadata = MetadataMap::new();
    identify(&mut metadata, request_id);
    if let ApiError::Encoding(_) = rejected {
        metadata.insert("grpc-accept-encoding", MetadataValue::from_static("identity,gzip"));
    }
    if let Some(seconds) = rejected.retry_after_seconds() {
        details.set_retry_info(Some(Duration::from_secs(seconds)));
        metadata.insert("retry-after", seconds.into());
    }
    Status::with_error_details_and_metadata(rejected.grpc_code(), rejected.sentence(), details, metadata)
}

fn violation(problem: Problem) -> FieldViolation {
    FieldViolation {
        field: problem.field,
        description: problem.message,
        reason: problem.code,
        localized_message: None,
    }
}

/// A status that tonic has made, with the details of ours.
pub(crate) fn detailed(status: &Status, request_id: &str) -> Status {
    let mut details = ErrorDetails::new();
    let reason = if status.code() == tonic::Code::Unimplemented { "UNKNOWN_ROUTE" } else { "INVALID" };
    details.set_error_info(
        "CSMS.0003",
        DOMAIN,
        [
            ("documented_text".to_owned(), "The request is invalid.".to_owned()),
            ("reason".to_owned(), reason.to_owned()),
        ],
    );
    details.set_request_info(request_id, "");
    let mut metadata = MetadataMap::new();
    identify(&mut metadata, request_id);
    let message = match (status.message(), reason) {
        ("", "UNKNOWN_ROUTE") => "The service has no such method. Ask the reflection service which it has.",
        ("", _) => "The call is not as the protocol of gRPC has it.",
        (message, _) => message,
    };
    Status::with_error_details_and_metadata(status.code(), message, details, metadata)
}

/// An error answer where no rpc is concerned.
pub(crate) fn beside(rejected: &ApiError) -> axum::response::Response {
    status(rejected, &uuid::Uuid::new_v4().simple().to_string()).into_http()
}

/// The answer to a gRPC call of a service that nobody has.
pub(crate) fn unknown_service() -> axum::response::Response {
    let sentence = "There is no such service. Ask the reflection service which there are.";
    detailed(&Status::unimplemented(sentence), &uuid::Uuid::new_v4().simple().to_string()).into_http()
}
