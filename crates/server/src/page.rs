//! The admin page, built into the binary.

use axum::response::{IntoResponse, Response};
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Files;

/// No third-party and no inline content. WebAssembly is allowed for the validation rules.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
                      font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// A form in which the build of the page stores a file beside the file itself.
struct Coding {
    name: &'static str,
    extension: &'static str,
}

/// The smaller first.
const CODINGS: [Coding; 2] =
    [Coding { name: "br", extension: "br" }, Coding { name: "gzip", extension: "gz" }];

/// Whether a client takes a content coding, by RFC 9110, section 12.5.3: what is not named counts as `*` does, and a
/// weight of zero means no.
fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    let lines = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    let mut any = false;
    for choice in lines.flat_map(|line| line.split(',')) {
        let (name, parameters) = choice.split_once(';').unwrap_or((choice, ""));
        let weight =
            parameters.trim().strip_prefix("q=").map_or(Some(1.0), |text| text.trim().parse::<f32>().ok());
        let wanted = weight.is_some_and(|weight| weight > 0.0);
        match name.trim() {
            name if name.eq_ignore_ascii_case(coding) => return wanted,
            "*" => any = wanted,
            _ => {}
        }
    }
    any
}

/// Serves a file of the page, or 404.
pub(crate) async fn file(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = match uri.path().trim_start_matches('/') {
        "" => "index.html",
        path => path,
    };
    if method != Method::GET && method != Method::HEAD {
        return strongroom_api::unknown_route(&headers);
    }
    let Some(plain) = Files::get(path) else {
        return missing(path, &headers);
    };
    let coded = CODINGS.iter().filter(|coding| accepts(&headers, coding.name));
    let coded = coded
        .filter_map(|coding| Some((Files::get(&format!("{path}.{}", coding.extension))?, coding)))
        .next();
    let content_type = mime_guess::from_path(path).first_or_octet_stream();
    // Names of assets change with their content, so they are cached; the page that names them is not.
    let cached = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let (file, coding) = coded.map_or((plain, None), |(file, coding)| (file, Some(coding.name)));
    let mut response = file.data.into_response();
    let own = response.headers_mut();
    own.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(coding) = coding {
        own.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
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

#[cfg(test)]
mod tests {
    use super::{ACCEPT_ENCODING, HeaderMap, HeaderValue, accepts};

    #[test]
    fn a_content_coding_is_used_only_when_the_client_takes_it() {
        for (given, wanted) in [
            ("gzip, deflate, br, zstd", true),
            ("gzip", false),
            ("BR;q=0.5", true),
            ("br; q=0, gzip", false),
            ("*", true),
            ("*;q=0", false),
            ("br;q=0, *", false),
            ("br;q=much", false),
            ("brotli", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static(given))]);
            assert_eq!(accepts(&headers, "br"), wanted, "{given}");
        }
        assert!(!accepts(&HeaderMap::new(), "br"));
    }
}
