//! Finding out who calls, from a token or a signature.

use http::HeaderMap;
use http::header::{AUTHORIZATION, HOST};
use http::request::Parts;
use strongroom_access::{Caller, Head, PendingSignature, SignatureId, Unauthenticated};

use crate::context::RequestContext;
use crate::error::ApiError;

const TOKEN: &str = "x-auth-token";
/// Names the project for calls whose path does not; with it in the path it must be the same.
const PROJECT: &str = "x-project-id";
const BEARER: &str = "Bearer ";
const BASIC: &str = "Basic ";

/// A caller, or one whose signature also covers the body.
pub(crate) enum Credentials {
    Caller(Caller),
    Signature(Box<PendingSignature>),
}

impl Credentials {
    /// The caller, and the signature of a signed request.
    pub(crate) fn with_body(self, body: &[u8]) -> Result<(Caller, Option<SignatureId>), ApiError> {
        match self {
            Self::Caller(caller) => Ok((caller, None)),
            Self::Signature(pending) => {
                let signed = pending.finish(body)?;
                Ok((signed.caller, Some(signed.signature)))
            }
        }
    }
}

impl RequestContext<'_> {
    /// A token, sent as clients of the documented API do or as gRPC clients do.
    pub(crate) async fn token_holder(&self, headers: &HeaderMap) -> Result<Caller, ApiError> {
        check_unambiguous(headers)?;
        let authorization = text(headers, AUTHORIZATION.as_str());
        let bearer = authorization.and_then(|given| after_scheme(given, BEARER));
        let token = text(headers, TOKEN).or(bearer).ok_or(Unauthenticated::NoCredentials)?;
        let caller = self.api.access.bearer(token, self.api.clock.now()).await?;
        if caller.is_of_domain && self.rpc.needs_project {
            return Err(Unauthenticated::TokenOfDomain.into());
        }
        Ok(caller)
    }

    /// A token or the signature of a request whose body is yet to be read.
    pub(crate) async fn claim(&self, parts: &Parts) -> Result<Credentials, ApiError> {
        check_unambiguous(&parts.headers)?;
        let authorization = text(&parts.headers, AUTHORIZATION.as_str());
        let signed = authorization.is_some_and(is_signature);
        if !signed {
            let caller = self.token_holder(&parts.headers).await?;
            let project = text(&parts.headers, PROJECT);
            if project.is_some_and(|project| project != caller.project_id.to_string()) {
                return Err(Unauthenticated::OtherProject.into());
            }
            return Ok(Credentials::Caller(caller));
        }
        let mut headers: Vec<(&str, &[u8])> =
            parts.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        // HTTP/2 has no host header; what clients sign as `host` travels as the authority.
        let authority = parts.uri.authority().map(|authority| authority.as_str().as_bytes());
        match (parts.headers.get(HOST), authority) {
            (None, Some(authority)) => headers.push((HOST.as_str(), authority)),
            (Some(host), Some(authority)) if host.as_bytes() != authority => {
                return Err(malformed("Host is not the authority of the request. Send one of them").into());
            }
            (Some(_), _) | (None, None) => {}
        }
        let head = Head {
            method: parts.method.as_str(),
            path: parts.uri.path(),
            query: parts.uri.query().unwrap_or_default(),
            headers: &headers,
        };
        Ok(Credentials::Signature(Box::new(self.api.access.begin(&head, self.api.clock.now()).await?)))
    }

    /// Who calls, for pages beside the rpcs. Scrapers of metrics know basic authentication only, so an access key and its
    /// secret key serve as name and password.
    pub(crate) async fn identify(&self, headers: &HeaderMap) -> Result<Caller, ApiError> {
        check_unambiguous(headers)?;
        let authorization = text(headers, AUTHORIZATION.as_str());
        let Some(basic) = authorization.and_then(|given| after_scheme(given, BASIC)) else {
            return self.token_holder(headers).await;
        };
        if headers.contains_key(TOKEN) {
            return Err(malformed("both X-Auth-Token and Authorization are there. Send one of them").into());
        }
        let not_a_pair = || malformed("the Basic credentials are not Base64 of name:password");
        let decoded = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, basic)
            .map_err(|_| not_a_pair())?;
        let pair = String::from_utf8(decoded).map_err(|_| not_a_pair())?;
        let (access_key, secret_key) = pair.split_once(':').ok_or_else(not_a_pair)?;
        Ok(self.api.access.basic(access_key, secret_key).await?)
    }
}

/// Rejects a request that names its caller, project, date or server twice: a proxy and this server might go by different
/// ones.
fn check_unambiguous(headers: &HeaderMap) -> Result<(), Unauthenticated> {
    const SINGLE: [(&str, &str); 5] = [
        (TOKEN, "X-Auth-Token is repeated. Send it once"),
        ("authorization", "Authorization is repeated. Send it once"),
        (PROJECT, "X-Project-Id is repeated. Send it once"),
        ("x-sdk-date", "X-Sdk-Date is repeated. Send it once"),
        ("host", "Host is repeated. Send it once"),
    ];
    let is_repeated = |name: &str| headers.get_all(name).iter().nth(1).is_some();
    let repeats_any = headers.len() > headers.keys_len();
    if repeats_any && let Some((_, problem)) = SINGLE.into_iter().find(|(name, _)| is_repeated(name)) {
        return Err(malformed(problem));
    }
    // Credentials of another scheme are those of a proxy in front.
    let is_ours = |given: &str| is_signature(given) || after_scheme(given, BEARER).is_some();
    if headers.contains_key(TOKEN) && text(headers, AUTHORIZATION.as_str()).is_some_and(is_ours) {
        return Err(malformed("both X-Auth-Token and Authorization are there. Send one of them"));
    }
    Ok(())
}

fn is_signature(authorization: &str) -> bool {
    authorization.contains("Signature=")
}

const fn malformed(problem: &'static str) -> Unauthenticated {
    Unauthenticated::Malformed { problem }
}

/// The names of schemes have no case.
fn after_scheme<'a>(given: &'a str, scheme: &str) -> Option<&'a str> {
    let (start, rest) = given.split_at_checked(scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then_some(rest)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
