//! One call of an operation.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use strongroom_access::{Caller, ClientNetwork, SignatureId};
use strongroom_contract::safeguards::Safeguards;
use strongroom_storage::{Id, Timestamp};

use crate::{Answer, Rejection};

/// Who makes a call, and what ties its answer, its log lines and its audit record together.
#[derive(Clone)]
pub struct Call {
    pub caller: Caller,
    /// Where it comes from.
    pub network: ClientNetwork,
    pub request_id: [u8; 16],
    /// When it was made: one call sees one moment.
    pub now: Timestamp,
    /// Name of the rpc.
    pub operation: &'static str,
    /// The permission that the contract demands of its caller.
    pub permission: &'static str,
    /// The event that the contract names for the audit record.
    pub event: &'static str,
    /// Present for a change with a dry run, the confirmation of one, or a `request_id`.
    pub options: Option<Arc<RequestOptions>>,
    /// Present for a signed change, which is carried out once however often it is sent.
    pub signed: Option<Arc<SignedRequest>>,
}

impl Call {
    /// The project that everything in this call is about.
    pub fn project(&self) -> Id {
        self.caller.project_id
    }

    /// Checks the project that a request names. It may leave it out.
    ///
    /// # Errors
    /// `OtherProject` for any project but the caller's.
    pub fn verify_project(&self, requested: &str) -> Answer<()> {
        match requested.is_empty() || requested == self.project().to_string() {
            true => Ok(()),
            false => Err(Rejection::OtherProject.into()),
        }
    }
}

/// The fields `dry_run`, `dry_run_token` and `request_id` of a request.
#[derive(Default)]
pub struct RequestOptions {
    pub(crate) given: Safeguards,
    /// Keyed hash of the operation, the caller and the content of the request.
    pub(crate) fingerprint: [u8; 32],
    /// Encoded, if the request was answered before.
    pub(crate) first_answer: OnceLock<Vec<u8>>,
}

/// A signed request that changes something.
pub struct SignedRequest {
    pub(crate) id: SignatureId,
    /// True once a commit of it is durable. Of several commits only the first stores the signature.
    pub(crate) recorded: AtomicBool,
    /// Encoded, if the request was answered before.
    pub(crate) first_answer: OnceLock<Vec<u8>>,
}
