//! A request on its way through a door: it gets an identifier, its caller is found, and it ends in one place, where the
//! log line and the metric are written.

use std::time::Instant;

use axum::response::Response;
use strongroom_operations::Call;
use uuid::Uuid;

use crate::metrics::Labels;
use crate::refused::Refused;
use crate::{Doors, Rpc};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    Grpc,
    GrpcWeb,
    Rest,
}

impl Door {
    /// The web layer has turned gRPC-Web into gRPC already; what it leaves is the content type it must answer with.
    pub(crate) fn of_grpc<T>(request: &tonic::Request<T>) -> Self {
        match request.extensions().get::<crate::grpc::FromBrowser>() {
            Some(_) => Self::GrpcWeb,
            None => Self::Grpc,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Grpc => "grpc",
            Self::GrpcWeb => "grpc-web",
            Self::Rest => "rest",
        }
    }
}

pub(crate) struct Visit<'a> {
    pub(crate) doors: &'a Doors,
    pub(crate) rpc: &'static Rpc,
    pub(crate) request_id: Uuid,
    door: Door,
    started: Instant,
}

impl Doors {
    pub(crate) fn visit(&self, rpc: &'static Rpc, door: Door) -> Visit<'_> {
        Visit { doors: self, rpc, door, request_id: Uuid::new_v4(), started: Instant::now() }
    }
}

impl Visit<'_> {
    pub(crate) fn call(&self, caller: strongroom_access::Caller) -> Call {
        Call {
            caller,
            request_id: self.request_id.into_bytes(),
            operation: self.rpc.name,
            event: self.rpc.audit,
        }
    }

    /// 32 hexadecimal digits, as existing clients know it.
    pub(crate) fn id(&self) -> String {
        self.request_id.simple().to_string()
    }

    /// Writes what came of it into log and metric. A fault is logged here, with its chain, and nowhere else.
    pub(crate) fn end<T>(&self, answer: &Result<T, Refused>) {
        let code = answer.as_ref().err().map_or("OK", |refused| refused.code());
        self.doors.metrics.observe(
            Labels { operation: self.rpc.name, door: self.door.name(), code },
            self.started.elapsed(),
        );
        let (request_id, operation, door) = (self.id(), self.rpc.name, self.door.name());
        match answer {
            Ok(_) => tracing::debug!(request_id, operation, door, "answered"),
            Err(refused) => match refused.fault() {
                Some(chain) => tracing::error!(request_id, operation, door, fault = chain, "failed"),
                None => tracing::info!(request_id, operation, door, code, "refused"),
            },
        }
    }

    /// The answer to a caller that was not let in, where there is no rpc to answer.
    pub(crate) fn refuse(&self, refused: Refused) -> Response {
        self.leave_rest(Err::<(), _>(refused), true, |()| Vec::new())
    }
}
