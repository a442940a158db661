//! Everything the port serves: the doors, and beside them health, metrics, the page and the API description.

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use strongroom_api::Doors;
use strongroom_operations::chain;
use strongroom_storage::Storage;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::{explorer, metrics, page};

pub(crate) async fn router(doors: &Doors, storage: Storage, metrics: metrics::Page) -> Router {
    doors
        .router()
        .await
        .merge(explorer::router())
        .route("/healthz", get(health).with_state(storage.clone()))
        .route("/readyz", get(ready).with_state((storage, doors.clone())))
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

/// Ready means healthy, and that the clock is trusted. Apart from health, because a restart does not help a clock.
async fn ready(State((storage, doors)): State<(Storage, Doors)>) -> Response {
    match doors.operations.clock_status() {
        Some(status) if !status.is_in_doubt => health(State(storage)).await,
        Some(_) | None => {
            let words =
                "the clock is in doubt; run `strongroom clock show`, and correct the clock or confirm it\n";
            (StatusCode::SERVICE_UNAVAILABLE, words).into_response()
        }
    }
}

/// Healthy means that the store can be read, and that no write has failed: after one, an engine takes no more until it is
/// opened anew.
async fn health(State(storage): State<Storage>) -> Response {
    if storage.counters().failures > 0 {
        let words = "the store cannot be written; see to its disk, then restart the server\n";
        return (StatusCode::SERVICE_UNAVAILABLE, words).into_response();
    }
    match storage.view().await {
        Ok(_) => "ok\n".into_response(),
        Err(error) => {
            tracing::error!(fault = chain(&error), "the store cannot be read");
            (StatusCode::SERVICE_UNAVAILABLE, "the store cannot be read\n").into_response()
        }
    }
}
