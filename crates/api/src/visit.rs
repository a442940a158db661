//! A request on its way through a door: it gets an identifier, its caller is found, and it ends in one place, where the
//! log line and the metric are written.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use axum::response::Response;
use strongroom_access::{Caller, ClientNetwork, SignatureId};
use strongroom_operations::{Call, Code, Refusal, SignedRequest, ordered_id};
use uuid::Uuid;

use crate::budget::{AnswerSize, Charge};
use crate::client::Client;
use crate::incoming::{Buffer, LONG_WORK, Messages};
use crate::metrics::Labels;
use crate::refused::Refused;
use crate::rest::Encoded;
use crate::{Doors, Rpc};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Grpc,
    GrpcWeb,
    Rest,
}

impl Door {
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
pub(crate) struct Arrival {
    door: Door,
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

impl Arrival {
    pub(crate) fn receive(&self, received: Received) {
        *self.received.lock().unwrap_or_else(PoisonError::into_inner) = Some(received);
    }

    pub(crate) fn take_received(&self) -> Option<Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

pub(crate) struct Visit<'a> {
    pub(crate) doors: &'a Doors,
    pub(crate) rpc: &'static Rpc,
    pub(crate) arrival: Arrival,
}

impl Doors {
    pub(crate) fn arrival(&self, door: Door, extensions: &http::Extensions) -> Arrival {
        // Identifiers sort by time, so that batches, which take them over, do.
        let request_id = ordered_id(self.clock.now());
        let client = extensions.get::<Client>().cloned();
        Arrival {
            door,
            request_id,
            started: Instant::now(),
            client,
            caller: None,
            charge: OnceLock::new(),
            received: Arc::default(),
        }
    }

    /// What the layer before the gRPC services has found out.
    pub(crate) fn grpc_arrival(&self, extensions: &http::Extensions) -> Arrival {
        extensions.get::<Arrival>().cloned().unwrap_or_else(|| self.arrival(Door::Grpc, extensions))
    }

    pub(crate) fn visit(&self, rpc: &'static Rpc, arrival: Arrival) -> Visit<'_> {
        Visit { doors: self, rpc, arrival }
    }
}

impl Visit<'_> {
    pub(crate) fn call(&self, caller: Caller) -> Call {
        if let Some(client) = &self.arrival.client {
            client.set_authenticated();
        }
        Call {
            caller,
            network: self.network(),
            request_id: self.arrival.request_id.into_bytes(),
            now: self.doors.clock.now(),
            operation: self.rpc.name,
            event: self.rpc.audit,
            trial: None,
            signed: None,
        }
    }

    /// Where the request comes from, for limits.
    pub(crate) fn network(&self) -> ClientNetwork {
        self.arrival.client.as_ref().map_or(ClientNetwork::UNKNOWN, Client::network)
    }

    /// The same for a request that may have been signed. A change is then carried out once, however often it is sent.
    pub(crate) fn signed_call(&self, caller: Caller, signature: Option<SignatureId>) -> Call {
        let signature = signature.filter(|_| self.rpc.once);
        Call { signed: signature.map(SignedRequest::new).map(Arc::new), ..self.call(caller) }
    }

    /// The charge that was opened when the caller was found.
    pub(crate) fn charge(&self) -> Result<&Charge, Refused> {
        let charge = self.arrival.charge.get();
        charge.map(Arc::as_ref).ok_or_else(|| Refused::Fault("a request has no charge".to_owned()))
    }

    /// Charges for the answer. Says how large the work is: a large request may have a small answer.
    pub(crate) async fn expect_answer(&self, size: AnswerSize) -> Result<AnswerSize, Refused> {
        let charge = self.charge()?;
        let is_large = charge.bytes() > LONG_WORK;
        self.doors.budget().take_answer(charge, size).await?;
        Ok(if is_large { AnswerSize::Large } else { size })
    }

    /// 32 hexadecimal digits, as existing clients know it.
    pub(crate) fn id(&self) -> String {
        self.arrival.request_id.simple().to_string()
    }

    /// Writes what came of it into log and metric. A fault is logged here, with its chain, and nowhere else.
    pub(crate) fn end(&self, refused: Option<&Refused>) {
        let code = refused.map_or("OK", Refused::code);
        self.doors.metrics.observe(
            Labels { operation: self.rpc.name, door: self.arrival.door.name(), code },
            self.arrival.started.elapsed(),
        );
        let (request_id, operation, door) = (self.id(), self.rpc.name, self.arrival.door.name());
        let client = self.arrival.client.as_ref().map(|client| tracing::field::display(client.address));
        match refused {
            None => tracing::debug!(request_id, operation, door, "answered"),
            // For whoever watches the log for guessed passwords. The password is never here.
            Some(Refused::Refusal(Refusal::WrongPassword { user })) => {
                tracing::warn!(request_id, operation, door, code, client, user, "log-in failed");
            }
            Some(refused) => match refused.fault() {
                Some(chain) => tracing::error!(request_id, operation, door, fault = chain, "failed"),
                // Not the caller's doing: a record was altered, or a key is not the one it was sealed with.
                None if code == Code::SealingFailed.as_str() => {
                    tracing::error!(
                        request_id,
                        operation,
                        door,
                        code,
                        reason = refused.sentence(),
                        "cannot open"
                    );
                }
                None => {
                    if self.may_log_rejection() {
                        tracing::info!(request_id, operation, door, code, client, "refused");
                    }
                }
            },
        }
    }

    fn may_log_rejection(&self) -> bool {
        let verdict = self.doors.rejections().count(Instant::now());
        if verdict.left_out > 0 {
            let left_out = verdict.left_out;
            tracing::warn!(
                left_out,
                "many requests were rejected, and not all of them logged; the metrics count all"
            );
        }
        verdict.is_written
    }

    /// The answer to a caller that was not let in, where there is no rpc to answer.
    pub(crate) fn refuse(&self, refused: Refused) -> Response {
        self.leave_rest(Err::<Encoded<()>, _>(refused), |()| Vec::new())
    }
}
