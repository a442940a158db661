#![doc = include_str!("../README.md")]

mod budget;
mod credentials;
mod grpc;
mod incoming;
mod lines;
mod metrics;
mod openapi;
mod refused;
mod rest;
mod safeguards;
mod scan;
mod stream;
mod visit;

use std::num::NonZero;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use prost::bytes::Buf;
use strongroom_access::Access;
use strongroom_contract::shape::{Shape, Shaped};
use strongroom_contract::v1;
use strongroom_operations::{Clock, Operations};
use tokio::sync::Semaphore;

pub use budget::InFlight;
pub use metrics::Metrics;
pub use openapi::document;

use budget::Budget;
use incoming::{LONG_WORK, without_blocking};
use openapi::{FlatErrors, KeystoneErrors, NestedErrors};
use refused::Refused;
use visit::Door;

include!(concat!(env!("OUT_DIR"), "/doors.rs"));

/// What the contract says about an rpc, as far as the doors need it.
pub(crate) struct Rpc {
    name: &'static str,
    audit: &'static str,
    anonymous: bool,
    success_status: u16,
    errors: ErrorForm,
    /// The lists of its request.
    shape: &'static Shape,
    streams_requests: bool,
    streams_answers: bool,
    /// Its answer, or what it makes for its answers, may be large.
    large_answer: bool,
}

/// The shapes of error bodies.
#[derive(Clone, Copy)]
pub(crate) enum ErrorForm {
    Flat,
    Keystone,
    Nested,
}

/// The doors, ready to be opened. Cheap to clone.
#[derive(Clone)]
pub struct Doors {
    parts: Arc<Parts>,
    budget: Budget,
    /// Who holds it may decode a large request.
    decoding: Arc<Semaphore>,
}

/// What the doors work with.
pub struct Parts {
    pub operations: Arc<Operations>,
    pub access: Arc<Access>,
    pub clock: Arc<dyn Clock>,
    pub metrics: Arc<Metrics>,
    /// Most bytes of a body or a gRPC message.
    pub body_limit: usize,
    /// Most entries of an import.
    pub import_entries: usize,
    /// Most bytes of requests and answers in memory.
    pub in_flight: InFlight,
}

impl std::ops::Deref for Doors {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl Doors {
    pub fn new(parts: Parts) -> Self {
        let budget = Budget::new(parts.in_flight);
        // One core is left for everybody else.
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let decoding = Arc::new(Semaphore::new(cores.saturating_sub(1).max(1)));
        Self { parts: Arc::new(parts), budget, decoding }
    }

    /// Decodes a protobuf message.
    async fn decode<T: prost::Message + Default>(&self, message: impl Buf) -> Result<T, Refused> {
        let decode = |message| T::decode(message).map_err(|_| Refused::unreadable());
        self.decoded(message.remaining(), || decode(message)).await
    }

    /// Runs what decodes so many bytes. Large requests wait for each other, so that they do not take all processors.
    async fn decoded<T>(&self, bytes: usize, decode: impl FnOnce() -> T) -> T {
        let _turn = match bytes > LONG_WORK {
            true => self.decoding.acquire().await.ok(),
            false => None,
        };
        without_blocking(bytes, decode)
    }

    /// Every rpc through every door. What else is served is merged into it.
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
    ) -> Result<strongroom_access::Caller, axum::response::Response> {
        let visit = self.visit(&METRICS, self.arrival(Door::Rest));
        match visit.identify(headers).await {
            Ok(caller) => {
                visit.end(None);
                Ok(caller)
            }
            Err(refused) => Err(visit.refuse(refused)),
        }
    }
}

/// What is served beside the rpcs and needs credentials.
static METRICS: Rpc = Rpc {
    name: "Metrics",
    audit: "",
    anonymous: false,
    success_status: 200,
    errors: ErrorForm::Flat,
    shape: &Shape { fields: &[] },
    streams_requests: false,
    streams_answers: false,
    large_answer: false,
};

/// The answer to a path that leads nowhere, in the form of the door that was knocked at.
pub fn unknown_route(headers: &http::HeaderMap) -> axum::response::Response {
    let content_type = headers.get(http::header::CONTENT_TYPE);
    if content_type.is_some_and(|given| given.as_bytes().starts_with(b"application/grpc")) {
        return grpc::unknown_service();
    }
    rest::beside(&Refused::UnknownRoute)
}

/// The answer to a method that a path does not take.
pub async fn wrong_method() -> axum::response::Response {
    rest::beside(&Refused::WrongMethod)
}

/// The answer when the server failed where nothing should.
pub fn panicked() -> axum::response::Response {
    rest::beside(&Refused::Fault("a request panicked".to_owned()))
}
