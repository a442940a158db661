//! The API description and the API explorer, without third-party requests.

use std::sync::OnceLock;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_swagger_ui::{Config, SwaggerUi};

const DESCRIPTION: &str = "/openapi.yaml";

/// The same for readers that know OpenAPI 3.0 only.
const DESCRIPTION_3_0: &str = "/openapi-3.0.yaml";

/// The explorer needs inline styles, which other pages may not use.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

pub(crate) fn router() -> Router {
    let explorer: Router = SwaggerUi::new("/explorer").config(Config::from(DESCRIPTION)).into();
    let policy: (HeaderName, HeaderValue) = (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    explorer
        .layer(SetResponseHeaderLayer::overriding(policy.0, policy.1))
        .route(DESCRIPTION, get(description))
        .route(DESCRIPTION_3_0, get(description_3_0))
}

async fn description_3_0() -> impl IntoResponse {
    static TEXT: OnceLock<String> = OnceLock::new();
    ([(CONTENT_TYPE, "application/yaml")], TEXT.get_or_init(strongroom_api::document_3_0).as_str())
}

async fn description() -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/yaml")], openapi())
}

/// The description of the REST API, as YAML.
pub fn openapi() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| strongroom_api::document().to_yaml().unwrap_or_default())
}
