//! The admin page, built into the binary.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Files;

/// No third-party and no inline content. WebAssembly is allowed for the validation rules.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
                      font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Serves a file of the page, or 404.
pub(crate) async fn file(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = match uri.path().trim_start_matches('/') {
        "" => "index.html",
        path => path,
    };
    if method != Method::GET && method != Method::HEAD {
        return strongroom_api::unknown_route(&headers);
    }
    let Some(file) = Files::get(path) else {
        return missing(path, &headers);
    };
    let content_type = mime_guess::from_path(path).first_or_octet_stream();
    // Names of assets change with their content, so they are cached; the page that names them is not.
    let cached = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = file.data.into_response();
    let own = response.headers_mut();
    if let Ok(content_type) = HeaderValue::from_str(content_type.as_ref()) {
        own.insert(CONTENT_TYPE, content_type);
    }
    own.insert(CACHE_CONTROL, HeaderValue::from_static(cached));
    own.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response
}

fn missing(path: &str, headers: &HeaderMap) -> Response {
    if path == "index.html" {
        let words = "This binary was built without the admin page. Build it with `cargo xtask build`.\n";
        return (StatusCode::NOT_FOUND, words).into_response();
    }
    strongroom_api::unknown_route(headers)
}
