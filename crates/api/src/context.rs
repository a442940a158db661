//! The context of a request, whatever its transport: its id, its caller, and the one place where it finishes, which writes the
//! log line and the metric.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use axum::response::Response;
use strongroom_access::{Caller, ClientNetwork, SignatureId};
use strongroom_operations::{Call, Code, Rejection, SignedRequest, ordered_id};
use uuid::Uuid;

use crate::budget::{AnswerSize, Charge};
use crate::client::Client;
use crate::error::ApiError;
use crate::incoming::{Buffer, LONG_WORK, Messages};
use crate::metrics::Labels;
use crate::rest::Encoded;
use crate::{Api, Rpc};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    Grpc,
    GrpcWeb,
    Rest,
}

impl Transport {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Grpc => "grpc",
            Self::GrpcWeb => "grpc-web",
            Self::Rest => "rest",
        }
    }
}

/// What is known of a request before its message is read.
#[derive(Clone)]
pub(crate) struct RequestHead {
    transport: Transport,
    request_id: Uuid,
    started: Instant,
    client: Option<Client>,
    pub(crate) caller: Option<Caller>,
    /// What is held for it in memory.
    pub(crate) charge: OnceLock<Arc<Charge>>,
    received: Arc<Mutex<Option<Received>>>,
}

/// What was received over gRPC and is to be decoded.
pub(crate) enum Received {
    Message(Buffer),
    Stream(Messages),
}

impl RequestHead {
    /// 32 hexadecimal digits, as existing clients know it.
    pub(crate) fn id(&self) -> String {
        self.request_id.simple().to_string()
    }

    pub(crate) fn receive(&self, received: Received) {
        *self.received.lock().unwrap_or_else(PoisonError::into_inner) = Some(received);
    }

    pub(crate) fn take_received(&self) -> Option<Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

pub(crate) struct RequestContext<'a> {
    pub(crate) api: &'a Api,
    pub(crate) rpc: &'static Rpc,
    pub(crate) head: RequestHead,
}

impl Api {
    pub(crate) fn head(&self, transport: Transport, extensions: &http::Extensions) -> RequestHead {
        // Identifiers sort by time, so that batches, which take them over, do.
        let request_id = ordered_id(self.clock.now());
        let client = extensions.get::<Client>().cloned();
        RequestHead {
            transport,
            request_id,
            started: Instant::now(),
            client,
            caller: None,
            charge: OnceLock::new(),
            received: Arc::default(),
        }
    }

    /// What the layer before the gRPC services has found out.
    pub(crate) fn grpc_head(&self, extensions: &http::Extensions) -> RequestHead {
        extensions.get::<RequestHead>().cloned().unwrap_or_else(|| self.head(Transport::Grpc, extensions))
    }

    pub(crate) fn context(&self, rpc: &'static Rpc, head: RequestHead) -> RequestContext<'_> {
        RequestContext { api: self, rpc, head }
    }
}

impl RequestContext<'_> {
    pub(crate) fn call(&self, caller: Caller) -> Call {
        if let Some(client) = &self.head.client {
            client.set_authenticated();
        }
        Call {
            caller,
            network: self.network(),
            request_id: self.head.request_id.into_bytes(),
            now: self.api.clock.now(),
            operation: self.rpc.name,
            permission: self.rpc.permission,
            event: self.rpc.audit,
            options: None,
            signed: None,
        }
    }

    /// Where the request comes from, for limits.
    pub(crate) fn network(&self) -> ClientNetwork {
        self.head.client.as_ref().map_or(ClientNetwork::UNKNOWN, Client::network)
    }

    /// The same for a request that may have been signed. A change is then carried out once, however often it is sent.
    pub(crate) fn signed_call(&self, caller: Caller, signature: Option<SignatureId>) -> Call {
        let signature = signature.filter(|_| self.rpc.once);
        Call { signed: signature.map(SignedRequest::new).map(Arc::new), ..self.call(caller) }
    }

    /// The charge that was opened when the caller was found.
    pub(crate) fn charge(&self) -> Result<&Charge, ApiError> {
        let charge = self.head.charge.get();
        charge.map(Arc::as_ref).ok_or_else(|| ApiError::Internal("a request has no charge".to_owned()))
    }

    /// Charges for the answer. Says how large the work is: a large request may have a small answer.
    pub(crate) async fn expect_answer(&self, size: AnswerSize) -> Result<AnswerSize, ApiError> {
        let charge = self.charge()?;
        let is_large = charge.bytes() > LONG_WORK;
        self.api.budget().take_answer(charge, size).await?;
        Ok(if is_large { AnswerSize::Large } else { size })
    }

    pub(crate) fn id(&self) -> String {
        self.head.id()
    }

    /// Writes what came of it into log and metric. A fault is logged here, with its chain, and nowhere else.
    pub(crate) fn end(&self, rejected: Option<&ApiError>) {
        let code = rejected.map_or("OK", ApiError::code);
        self.api.metrics.observe(
            Labels { operation: self.rpc.name, transport: self.head.transport.name(), code },
            self.head.started.elapsed(),
        );
        let (request_id, operation, transport) = (self.id(), self.rpc.name, self.head.transport.name());
        let client = self.head.client.as_ref().map(|client| tracing::field::display(client.address));
        match rejected {
            None => tracing::debug!(request_id, operation, transport, "answered"),
            // For whoever watches the log for guessed passwords. The password is never here.
            Some(ApiError::Rejected(Rejection::WrongPassword { user })) => {
                tracing::warn!(request_id, operation, transport, code, client, user, "log-in failed");
            }
            Some(rejected) => match rejected.internal_cause() {
                Some(chain) => tracing::error!(request_id, operation, transport, error = chain, "failed"),
                // Not the caller's doing: a record was altered, or a key is not the one it was sealed with.
                None if code == Code::SealingFailed.as_str() => {
                    tracing::error!(
                        request_id,
                        operation,
                        transport,
                        code,
                        reason = rejected.sentence(),
                        "cannot open"
                    );
                }
                None => {
                    if self.may_log_rejection() {
                        tracing::info!(request_id, operation, transport, code, client, "rejected");
                    }
                }
            },
        }
    }

    fn may_log_rejection(&self) -> bool {
        let verdict = self.api.rejections().count(Instant::now());
        if verdict.left_out > 0 {
            let left_out = verdict.left_out;
            tracing::warn!(
                left_out,
                "many requests were rejected, and only some of them were logged; the metrics count all"
            );
        }
        verdict.is_written
    }

    /// The answer to a caller that was not let in, where there is no rpc to answer.
    pub(crate) fn reject(&self, rejected: ApiError) -> Response {
        self.finish_rest(Err::<Encoded<()>, _>(rejected), |()| Vec::new())
    }
}
