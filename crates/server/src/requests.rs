//! Handling common to all requests: determines the client address, limits requests without credentials, and adds the headers
//! of every answer.

use std::convert::Infallible;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes};
use futures_util::FutureExt;
use http::header::{AUTHORIZATION, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use strongroom_api::Client;
use tower::ServiceExt;

use crate::connections::{Connection, Connections, Rejection, UnauthenticatedRequest};
use crate::lingering::{Guards, Lingering};

const TOO_MANY_REQUESTS: &str =
    "Too many requests without credentials are in flight, of your network or of all. Try again in a second.";

/// The only stream that needs no credentials.
const HEALTH_WATCH: &str = "/grpc.health.v1.Health/Watch";

/// Headers of every answer.
const COMMON_HEADERS: [(HeaderName, HeaderValue); 2] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
];

/// HSTS for a year, as the preload lists of browsers require. Without subdomains, which other servers may serve.
const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// The shared state for answering requests.
pub(crate) struct Requests {
    pub(crate) router: Router,
    pub(crate) connections: Connections,
    pub(crate) trusted_proxies: Arc<[IpAddr]>,
    pub(crate) has_tls: bool,
    /// Most bytes of a body.
    pub(crate) body_limit: usize,
}

impl Requests {
    pub(crate) async fn answer(
        self: Arc<Self>,
        connection: Arc<Connection>,
        request: Request<Incoming>,
    ) -> Result<Response<Counted>, Infallible> {
        let in_flight = Arc::new(connection.request());
        let address = client_address(connection.peer.ip(), request.headers(), &self.trusted_proxies);
        let client = Client { address, is_authenticated: connection.is_authenticated.clone() };
        let (parts, body) = request.into_parts();
        let admitted = self.admit(&connection, &client, &parts);
        let guards = (in_flight, admitted.as_ref().ok().cloned().flatten());
        let body = Lingering::new(body, parts.version, &parts.headers, self.body_limit, guards.clone());
        let mut answer = match admitted {
            Ok(_) => self.routed(Request::from_parts(parts, body), client).await,
            Err(rejection) => {
                tracing::debug!(client = %address, ?rejection, "too many requests without credentials");
                strongroom_api::too_many_requests(parts.uri.path(), &parts.headers, TOO_MANY_REQUESTS)
            }
        };
        answer.headers_mut().extend(COMMON_HEADERS);
        if self.has_tls {
            answer.headers_mut().insert(STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
        }
        Ok(answer.map(|body| Counted { body, _guards: guards }))
    }

    /// Reserves a slot for a request without credentials.
    fn admit(
        &self,
        connection: &Arc<Connection>,
        client: &Client,
        parts: &Parts,
    ) -> Result<Option<Arc<UnauthenticatedRequest>>, Rejection> {
        if shows_credentials(parts) {
            return Ok(None);
        }
        let is_endless = parts.uri.path() == HEALTH_WATCH;
        let admitted = self.connections.admit_unauthenticated(connection, client.network(), is_endless)?;
        Ok(Some(Arc::new(admitted)))
    }

    async fn routed(&self, mut request: Request<Lingering>, client: Client) -> Response<Body> {
        request.extensions_mut().insert(client);
        let routed = self.router.clone().oneshot(request.map(Body::new));
        match AssertUnwindSafe(routed).catch_unwind().await {
            Ok(Ok(answer)) => answer,
            Err(_) => strongroom_api::panicked(),
        }
    }
}

/// Whether the request is answered only with valid credentials. They are verified later; a request with invalid ones is
/// rejected at once and needs no slot.
fn shows_credentials(parts: &Parts) -> bool {
    let headers = &parts.headers;
    let has_credentials = headers.contains_key(AUTHORIZATION) || headers.contains_key("x-auth-token");
    has_credentials && strongroom_api::needs_credentials(&parts.method, parts.uri.path())
}

/// The address of the client: that of the connection or, behind a trusted proxy, from `X-Forwarded-For`. Proxies append to
/// the header, so the last address that is not a trusted proxy is the one that a trusted proxy saw.
fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let peer = peer.to_canonical();
    if !trusted.contains(&peer) {
        return peer;
    }
    let mut client = peer;
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    for address in lines.filter_map(|line| line.to_str().ok()).flat_map(|line| line.rsplit(',')) {
        let Ok(address) = address.trim().parse::<IpAddr>() else { break };
        client = address.to_canonical();
        if !trusted.contains(&client) {
            break;
        }
    }
    client
}

/// The body of an answer. It counts as in flight until it was sent or dropped.
pub(crate) struct Counted {
    body: Body,
    _guards: Guards,
}

impl HttpBody for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&str]) -> String {
        let trusted = ["192.0.2.1", "127.0.0.1"].map(|address| address.parse().unwrap());
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn forwarded_address_is_used_only_from_a_trusted_proxy() {
        for (peer, forwarded, expected) in [
            ("198.51.100.7", &["203.0.113.9"] as &[_], "198.51.100.7"),
            ("127.0.0.1", &[], "127.0.0.1"),
            ("127.0.0.1", &["203.0.113.9"], "203.0.113.9"),
            ("::ffff:127.0.0.1", &["203.0.113.9"], "203.0.113.9"),
            ("127.0.0.1", &["10.0.0.1, 203.0.113.9 , 192.0.2.1"], "203.0.113.9"),
            ("127.0.0.1", &["10.0.0.1", "203.0.113.9"], "203.0.113.9"),
            ("127.0.0.1", &["203.0.113.9, unknown"], "127.0.0.1"),
            ("127.0.0.1", &["2001:db8::1"], "2001:db8::1"),
        ] {
            assert_eq!(seen(peer, forwarded), expected, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn credentials_count_only_on_routes_that_verify_them() {
        let shows = |method: &str, path: &str, header: Option<&str>| {
            let mut request = Request::builder().method(method).uri(path);
            request = header.into_iter().fold(request, |request, name| request.header(name, "x"));
            shows_credentials(&request.body(()).unwrap().into_parts().0)
        };
        for header in ["x-auth-token", "authorization"] {
            assert!(shows("GET", "/v1/p/secrets", Some(header)));
            assert!(shows("POST", "/strongroom.v1.Secrets/ListSecrets", Some(header)));
            assert!(shows("GET", "/metrics", Some(header)));
            assert!(!shows("POST", "/v3/auth/tokens", Some(header)));
            assert!(!shows("POST", "/strongroom.v1.Iam/CreateToken", Some(header)));
            assert!(!shows("POST", "/grpc.health.v1.Health/Watch", Some(header)));
            assert!(!shows("GET", "/", Some(header)));
        }
        assert!(!shows("GET", "/v1/p/secrets", None));
    }
}
