#![doc = include_str!("../README.md")]

mod budget;
mod client;
mod context;
mod credentials;
mod error;
mod grpc;
mod gzip;
mod incoming;
mod line_limit;
mod lines;
mod metrics;
mod openapi;
mod openapi_3_0;
mod protocol;
mod rest;
mod safeguards;
mod scan;
mod stream;
mod strict;

use std::num::NonZero;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use prost::bytes::Buf;
use strongroom_access::Access;
use strongroom_contract::shape::{Shape, Shaped};
use strongroom_contract::v1;
use strongroom_operations::{Clock, Operations};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

pub use budget::InFlight;
pub use client::Client;
pub use metrics::Metrics;
pub use openapi::document;
pub use openapi_3_0::document_3_0;

use budget::{AnswerSize, Budget};
use context::Transport;
use error::ApiError;
use incoming::{LONG_WORK, without_blocking};
use line_limit::LineLimit;
use openapi::{FlatErrors, KeystoneErrors, NestedErrors};
use strict::Strict;

include!(concat!(env!("OUT_DIR"), "/transports.rs"));

/// What the contract says about an rpc, as far as the transports need it.
pub(crate) struct Rpc {
    name: &'static str,
    permission: &'static str,
    audit: &'static str,
    anonymous: bool,
    /// What it is about belongs to a project.
    needs_project: bool,
    /// It takes the safeguards of a change.
    is_change: bool,
    strict: Strict,
    /// A signed request of it must not be carried out again.
    once: bool,
    success_status: u16,
    errors: ErrorForm,
    /// The lists of its request.
    shape: &'static Shape,
    streams_requests: bool,
    streams_answers: bool,
}

/// The shapes of error bodies.
#[derive(Clone, Copy)]
pub(crate) enum ErrorForm {
    Flat,
    Keystone,
    Nested,
}

/// State shared by all transports. Cheap to clone.
#[derive(Clone)]
pub struct Api(Arc<Inner>);

struct Inner {
    parts: Parts,
    budget: Budget,
    /// Who holds it may decode a large request.
    decoding: Semaphore,
    rejections: LineLimit,
}

/// What [`Api`] is built from.
pub struct Parts {
    pub operations: Arc<Operations>,
    pub access: Arc<Access>,
    pub clock: Arc<dyn Clock>,
    pub metrics: Arc<Metrics>,
    /// Most bytes of a body or a gRPC message.
    pub body_limit: usize,
    /// Whether gRPC reflection answers without credentials.
    pub open_reflection: bool,
    /// Most entries of an import.
    pub import_entries: usize,
    /// Most bytes of requests and answers in memory.
    pub in_flight: InFlight,
    /// Threads for large requests and for streams, which give way to those of everything else.
    pub bulk: Handle,
}

impl std::ops::Deref for Api {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0.parts
    }
}

impl Api {
    pub fn new(parts: Parts) -> Self {
        let budget = Budget::new(parts.in_flight);
        // One core is left for everybody else.
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let decoding = Semaphore::new(cores.saturating_sub(1).max(1));
        Self(Arc::new(Inner { parts, budget, decoding, rejections: LineLimit::default() }))
    }

    fn rejections(&self) -> &LineLimit {
        &self.0.rejections
    }

    fn budget(&self) -> &Budget {
        &self.0.budget
    }

    /// Decodes a protobuf message.
    async fn decode<T: prost::Message + Default>(&self, message: impl Buf) -> Result<T, ApiError> {
        let decode = |message| T::decode(message).map_err(|_| ApiError::unreadable());
        self.decoded(message.remaining(), || decode(message)).await
    }

    /// Runs what decodes so many bytes. Large requests wait for each other, so that they do not take all processors.
    async fn decoded<T>(&self, bytes: usize, decode: impl FnOnce() -> T) -> T {
        let _turn = match bytes > LONG_WORK {
            true => self.0.decoding.acquire().await.ok(),
            false => None,
        };
        without_blocking(bytes, decode)
    }

    /// Runs an operation: where it was asked for if it is small, and beside the others if not.
    async fn run<T: Send + 'static>(
        &self,
        size: AnswerSize,
        operation: impl Future<Output = Result<T, ApiError>> + Send + 'static,
    ) -> Result<T, ApiError> {
        if size.is_small() {
            return operation.await;
        }
        // It ends with the request if the caller goes away.
        let mut beside = JoinSet::new();
        beside.spawn_on(operation, &self.bulk);
        match beside.join_next().await {
            Some(Ok(answer)) => answer,
            Some(Err(_)) | None => Err(ApiError::Internal("a large request panicked".to_owned())),
        }
    }

    /// Every rpc through every transport. What else is served is merged into it.
    pub async fn router(&self) -> Router {
        let (rest, _) = handlers::routes().split_for_parts();
        let rest = rest.with_state(self.clone());
        let names = rest.clone();
        let rest = rest.method_not_allowed_fallback(move |request| rest::as_a_name(names.clone(), request));
        rest.merge(grpc::router(self).await)
    }

    /// Who calls, for what is served beside the rpcs.
    pub async fn identify(
        &self,
        headers: &http::HeaderMap,
        extensions: &http::Extensions,
    ) -> Result<strongroom_access::Caller, axum::response::Response> {
        let context = self.context(&METRICS, self.head(Transport::Rest, extensions));
        match context.identify(headers).await {
            Ok(caller) => {
                if let Some(client) = extensions.get::<Client>() {
                    client.set_authenticated();
                }
                context.end(None);
                Ok(caller)
            }
            Err(rejected) => Err(context.reject(rejected)),
        }
    }
}

/// What is served beside the rpcs and needs credentials.
static METRICS: Rpc = outside_contract("Metrics");

/// gRPC reflection, which is not in the contract.
static REFLECTION: Rpc = outside_contract("Reflection");

const fn outside_contract(name: &'static str) -> Rpc {
    Rpc {
        name,
        permission: "",
        audit: "",
        anonymous: false,
        needs_project: true,
        is_change: false,
        strict: Strict::No,
        once: false,
        success_status: 200,
        errors: ErrorForm::Flat,
        shape: <() as Shaped>::SHAPE,
        streams_requests: false,
        streams_answers: false,
    }
}

/// The path of the rpc that hands out tokens.
const TOKENS: &str = "/v3/auth/tokens";

/// Whether a request can be answered only with credentials. Without them it is rejected before anything of it is kept.
pub fn needs_credentials(method: &http::Method, path: &str) -> bool {
    match rpc_at(path) {
        Some(rpc) => !rpc.anonymous,
        None if path == TOKENS => method != http::Method::POST,
        None => path.starts_with("/v1/") || path.starts_with("/v3/") || path == "/metrics",
    }
}

/// The answer to a request that the server has no room for, in the form of the transport it came over.
pub fn too_many_requests(path: &str, headers: &http::HeaderMap, sentence: &str) -> axum::response::Response {
    let rejected = ApiError::TooManyRequests { sentence: sentence.to_owned(), retry_after_seconds: 1 };
    if is_grpc(headers) {
        return grpc::beside(&rejected);
    }
    rest::beside(&rejected, if path == TOKENS { ErrorForm::Keystone } else { ErrorForm::Flat })
}

fn is_grpc(headers: &http::HeaderMap) -> bool {
    let content_type = headers.get(http::header::CONTENT_TYPE);
    content_type.is_some_and(|given| given.as_bytes().starts_with(b"application/grpc"))
}

/// The answer to a path that leads nowhere, in the form of the transport that was used.
pub fn unknown_route(headers: &http::HeaderMap) -> axum::response::Response {
    if is_grpc(headers) {
        return grpc::unknown_service();
    }
    rest::beside(&ApiError::UnknownRoute, ErrorForm::Flat)
}

/// The answer to a method that a path does not take.
pub async fn wrong_method() -> axum::response::Response {
    rest::beside(&ApiError::WrongMethod, ErrorForm::Flat)
}

/// The answer when the server failed where nothing should.
pub fn panicked() -> axum::response::Response {
    rest::beside(&ApiError::Internal("a request panicked".to_owned()), ErrorForm::Flat)
}
