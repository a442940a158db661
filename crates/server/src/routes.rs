//! Everything the port serves: the doors, and beside them health, metrics, the page and the API description.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use strongroom_api::Doors;
use strongroom_operations::{Operations, chain};
use strongroom_storage::Storage;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::{explorer, metrics, page};

pub(crate) async fn router(
    doors: &Doors,
    storage: Storage,
    operations: Arc<Operations>,
    metrics: metrics::Page,
) -> Router {
    doors
        .router()
        .await
        .merge(explorer::router())
        .route("/healthz", get(health).with_state((storage, operations)))
        .route("/metrics", get(metrics::show).with_state(metrics))
        .fallback(page::file)
        .method_not_allowed_fallback(strongroom_api::wrong_method)
        .layer(SetResponseHeaderLayer::overriding(
            X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(SetResponseHeaderLayer::overriding(REFERRER_POLICY, HeaderValue::from_static("no-referrer")))
        .layer(CatchPanicLayer::custom(|_| -> Response { strongroom_api::panicked() }))
}

/// Healthy means that the store can be read, and that no write has failed: after one, an engine takes no more until it is
/// opened anew.
async fn health(State((storage, operations)): State<(Storage, Arc<Operations>)>) -> Response {
    if storage.counters().failures > 0 {
        let words = "the store cannot be written; see to its disk, then restart the server\n";
        return (StatusCode::SERVICE_UNAVAILABLE, words).into_response();
    }
    match storage.view().await {
        Ok(_) => match operations.scrub_status().damaged {
            0 => "ok\n".into_response(),
            // What is not damaged is served: a restart would not help.
            damaged => {
                format!("degraded: {damaged} records of the store are damaged; see the log\n").into_response()
            }
        },
        Err(error) => {
            tracing::error!(fault = chain(&error), "the store cannot be read");
            (StatusCode::SERVICE_UNAVAILABLE, "the store cannot be read\n").into_response()
        }
    }
}
