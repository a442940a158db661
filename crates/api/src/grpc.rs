//! The gRPC door, and the gRPC-Web one in front of it.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::middleware::{self, Next};
use strongroom_access::Unauthenticated;
use strongroom_contract::v1::Problem;
use strongroom_operations::Call;
use tonic::metadata::MetadataMap;
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};
use tonic_web::GrpcWebLayer;
use tower_http::timeout::TimeoutBody;

use crate::refused::Refused;
use crate::rest::PATIENCE;
use crate::visit::{Door, Visit};
use crate::{Doors, REFLECTION, SERVICES, rpc_at, services};

pub use generated::*;

/// Server traits and clients of the contract's services.
#[allow(clippy::all, reason = "generated")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/strongroom.v1.rs"));
}

/// Where the reasons of our errors are explained.
const DOMAIN: &str = "strongroom";

pub(crate) async fn router(doors: &Doors) -> Router {
    let (reporter, health) = tonic_health::server::health_reporter();
    for service in SERVICES {
        reporter.set_service_status(service, tonic_health::ServingStatus::Serving).await;
    }
    let mut routes = services(doors, doors.body_limit).add_service(health);
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(strongroom_contract::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    // Many tools still ask the older version only.
    match (reflection().build_v1(), reflection().build_v1alpha()) {
        (Ok(v1), Ok(v1alpha)) => routes = routes.add_service(v1).add_service(v1alpha),
        (Err(error), _) | (_, Err(error)) => {
            tracing::error!(%error, "reflection is off, because the contract describes itself wrongly");
        }
    }
    // The web layer answers 400 to what is not gRPC, so it must stand on these routes only, and they bring no fallback.
    routes
        .prepare()
        .into_axum_router()
        .reset_fallback()
        .route_layer(middleware::from_fn_with_state(doors.clone(), let_in))
        .route_layer(GrpcWebLayer::new())
}

/// Finds the caller before the message is read: who is unknown is not listened to.
async fn let_in(
    State(doors): State<Doors>,
    request: http::Request<Body>,
    next: Next,
) -> axum::response::Response {
    let reflection = request.uri().path().starts_with("/grpc.reflection.") && !doors.open_reflection;
    let Some(rpc) = rpc_at(request.uri().path()).or(reflection.then_some(&REFLECTION)) else {
        return next.run(request).await;
    };
    // The web layer has turned gRPC-Web into gRPC, but its clients also say so in a header.
    let door = if request.headers().contains_key("x-grpc-web") { Door::GrpcWeb } else { Door::Grpc };
    let mut visit = doors.visit(rpc, doors.arrival(door, request.extensions()));
    let mut request = request;
    if rpc.anonymous {
        request = request.map(|body| Body::new(TimeoutBody::new(PATIENCE, body)));
    } else {
        let (parts, body) = request.into_parts();
        let found = visit.token_holder(&parts.headers).await;
        request = http::Request::from_parts(parts, body);
        match found {
            Ok(caller) => visit.arrival.caller = Some(caller),
            Err(refused) => return visit.refuse_grpc(refused),
        }
    }
    request.extensions_mut().insert(visit.arrival.clone());
    let answer = next.run(request).await;
    match about_message(answer.headers(), doors.body_limit) {
        Some(refused) => visit.refuse_grpc(refused),
        None => answer,
    }
}

/// What tonic says of a message it could not read, in our words. Everything else it says for us has details.
fn about_message(answer: &http::HeaderMap, limit: usize) -> Option<Refused> {
    let status = Status::from_header_map(answer).filter(|status| status.details().is_empty())?;
    let code = status.code();
    let ours = matches!(code, Code::OutOfRange | Code::Internal | Code::Unknown | Code::InvalidArgument);
    ours.then(|| unreadable(code, limit))
}

/// Why tonic could not read a message.
pub(crate) fn unreadable(code: Code, limit: usize) -> Refused {
    if code == Code::OutOfRange {
        return Refused::too_large(limit);
    }
    Refused::Body(
        "The message is not of the type the contract says, or did not come to its end. Correct it and send it again."
            .to_owned(),
    )
}

pub(crate) fn identify(metadata: &mut MetadataMap, request_id: &str) {
    if let Ok(id) = request_id.parse() {
        metadata.insert("x-request-id", id);
    }
}

impl Visit<'_> {
    /// The caller that was found before the message was read.
    pub(crate) fn admit_grpc<T>(&self, request: Request<T>) -> Result<(Call, T), Refused> {
        let caller = self.arrival.caller.clone().ok_or(Unauthenticated::NoCredentials)?;
        Ok((self.call(caller), request.into_inner()))
    }

    fn refuse_grpc(self, refused: Refused) -> axum::response::Response {
        self.end(Some(&refused));
        status(&refused, &self.id()).into_http()
    }

    pub(crate) fn leave_grpc<T>(self, answer: Result<T, Refused>) -> Result<Response<T>, Status> {
        self.end(answer.as_ref().err());
        let id = self.id();
        match answer {
            Ok(answer) => {
                let mut response = Response::new(answer);
                identify(response.metadata_mut(), &id);
                Ok(response)
            }
            Err(refused) => Err(status(&refused, &id)),
        }
    }
}

pub(crate) fn status(refused: &Refused, request_id: &str) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(
        refused.code(),
        DOMAIN,
        [
            ("documented_text".to_owned(), refused.documented_text()),
            ("reason".to_owned(), refused.reason().to_owned()),
        ],
    );
    details.set_request_info(request_id, "");
    let violations: Vec<_> = refused.problems().into_iter().map(violation).collect();
    if !violations.is_empty() {
        details.set_bad_request(violations);
    }
    let mut metadata = MetadataMap::new();
    identify(&mut metadata, request_id);
    if let Some(seconds) = refused.retry_after_seconds() {
        details.set_retry_info(Some(Duration::from_secs(seconds)));
        metadata.insert("retry-after", seconds.into());
    }
    Status::with_error_details_and_metadata(refused.grpc_code(), refused.sentence(), details, metadata)
}

fn violation(problem: Problem) -> FieldViolation {
    FieldViolation {
        field: problem.field,
        description: problem.message,
        reason: problem.code,
        localized_message: None,
    }
}

/// An error answer where no rpc is concerned.
pub(crate) fn beside(refused: &Refused) -> axum::response::Response {
    status(refused, &uuid::Uuid::new_v4().simple().to_string()).into_http()
}

/// The answer to a gRPC call of a service that nobody has.
pub(crate) fn unknown_service() -> axum::response::Response {
    let sentence = "There is no such service. Ask the reflection service which there are.";
    Status::unimplemented(sentence).into_http()
}
