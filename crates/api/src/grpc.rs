//! The gRPC door, and the gRPC-Web one in front of it.

use axum::Router;
use strongroom_operations::Call;
use tonic::{Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt};
use tonic_web::GrpcWebLayer;

use crate::credentials::TOKEN;
use crate::refused::Refused;
use crate::visit::Visit;
use crate::{Doors, SERVICES, services};

pub use generated::*;

/// Server traits and clients of the contract's services.
#[allow(clippy::all, reason = "generated")]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/strongroom.v1.rs"));
}

/// Where the reasons of our errors are explained.
const DOMAIN: &str = "strongroom";

/// Marks a request that came as gRPC-Web, for the metrics.
#[derive(Clone)]
pub(crate) struct FromBrowser;

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
        .route_layer(GrpcWebLayer::new())
        .route_layer(axum::middleware::map_request(mark))
}

async fn mark(mut request: axum::extract::Request) -> axum::extract::Request {
    let content_type = request.headers().get(http::header::CONTENT_TYPE);
    if content_type.is_some_and(|given| given.as_bytes().starts_with(b"application/grpc-web")) {
        request.extensions_mut().insert(FromBrowser);
    }
    request
}

impl Visit<'_> {
    pub(crate) async fn admit_grpc<T>(&self, request: Request<T>) -> Result<(Call, T), Refused> {
        let text = |name: &str| request.metadata().get(name).and_then(|value| value.to_str().ok());
        let caller = self.token_holder(text(TOKEN), text("authorization")).await?;
        Ok((self.call(caller), request.into_inner()))
    }

    pub(crate) fn leave_grpc<T>(self, answer: Result<T, Refused>) -> Result<Response<T>, Status> {
        self.end(&answer);
        let id = self.id();
        match answer {
            Ok(answer) => {
                let mut response = Response::new(answer);
                if let Ok(id) = id.parse() {
                    response.metadata_mut().insert("x-request-id", id);
                }
                Ok(response)
            }
            Err(refused) => Err(status(&refused, &id)),
        }
    }
}

fn status(refused: &Refused, request_id: &str) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(
        refused.code(),
        DOMAIN,
        [("documented_text".to_owned(), refused.documented_text())],
    );
    details.set_request_info(request_id, "");
    for problem in refused.problems() {
        details.add_bad_request_violation(problem.field, problem.message);
    }
    Status::with_error_details(refused.grpc_code(), refused.sentence(), details)
}

/// The answer to a gRPC call of a service that nobody has.
pub(crate) fn unknown_service() -> axum::response::Response {
    let sentence = "There is no such service. Ask the reflection service which there are.";
    Status::unimplemented(sentence).into_http()
}
