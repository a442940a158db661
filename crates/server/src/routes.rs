//! All routes of the port: the transports, health, metrics, the page and the API description.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::CACHE_CONTROL;
use http::{HeaderName, HeaderValue, Method, StatusCode};
use strongroom_api::Api;
use strongroom_operations::chain;
use strongroom_storage::{Health, Storage};
use tower_http::cors::{AllowHeaders, CorsLayer};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::{explorer, metrics, page};

/// What a page of another origin may read of an answer, beside its body.
const EXPOSED: [&str; 7] = [
    "x-request-id",
    "x-subject-token",
    "x-dry-run-token",
    "retry-after",
    "grpc-status",
    "grpc-message",
    "grpc-status-details-bin",
];

/// How long a browser may remember what it was allowed.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(600);

/// Lets pages of these origins call the API. Credentials are headers that a page sets itself, never cookies.
fn allowing(origins: &[String]) -> CorsLayer {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(EXPOSED.map(HeaderName::from_static))
        .max_age(PREFLIGHT_MAX_AGE)
}

pub(crate) async fn router(
    api: &Api,
    storage: Storage,
    metrics: metrics::Page,
    allow_origin: &[String],
) -> Router {
    let no_store = SetResponseHeaderLayer::overriding(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let router = api
        .router()
        .await
        .merge(explorer::router())
        .route("/healthz", get(health).with_state((storage.clone(), api.clone())).layer(no_store.clone()))
        .route("/readyz", get(ready).with_state((storage, api.clone())).layer(no_store.clone()))
        .route("/metrics", get(metrics::show).with_state(metrics).layer(no_store))
        .fallback(page::file)
        .method_not_allowed_fallback(strongroom_api::wrong_method);
    match allow_origin {
        [] => router,
        origins => router.layer(allowing(origins)),
    }
}

/// Ready means healthy and with a trusted clock. Separate from health, because a restart does not repair a clock.
async fn ready(State((storage, api)): State<(Storage, Api)>) -> Response {
    match api.operations.clock_status() {
        Some(status) if !status.is_in_doubt => health(State((storage, api))).await,
        Some(_) | None => {
            let words =
                "the clock is in doubt; run `strongroom clock show`, and correct the clock or confirm it\n";
            (StatusCode::SERVICE_UNAVAILABLE, words).into_response()
        }
    }
}

/// Healthy means that the store can be read and written. Damage in a part of the store does not make it unhealthy; it is
/// reported in the answer, in the metrics, and in the log of requests that meet it.
async fn health(State((storage, api)): State<(Storage, Api)>) -> Response {
    if let Err(error) = storage.view().await {
        tracing::error!(error = chain(&error), "the store cannot be read");
        return (StatusCode::SERVICE_UNAVAILABLE, "the store cannot be read\n").into_response();
    }
    match storage.health() {
        Health::Working => match api.operations.scrub_status().damaged {
            0 => "ok\n".into_response(),
            damaged => {
                format!("ok, but {damaged} records of the store are damaged; see the log\n").into_response()
            }
        },
        Health::Damaged { cause } => format!("ok, but: {cause}\n").into_response(),
        Health::ReadOnly { cause } => {
            tracing::error!(error = chain(&cause), "the store cannot be written");
            (StatusCode::SERVICE_UNAVAILABLE, format!("{cause}\n")).into_response()
        }
    }
}
