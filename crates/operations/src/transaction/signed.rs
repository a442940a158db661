//! A signed change is carried out once, however often it is sent.
//!
//! Whoever has seen a signed request can send its bytes again for as long as the signature is accepted. So the commit that
//! makes the change also stores the signature; a second one conflicts. The answer is stored with it, for a client that
//! repeats a request because it missed the answer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use strongroom_access::{SIGNATURE_WINDOW, SignatureId};
use strongroom_contract::safeguards::Changed;
use strongroom_storage::records::SignedRequestRecord;
use strongroom_storage::{Change, Id, Timestamp, View};

use super::unchanged::{End, MAX_REMEMBERED_ANSWER};
use crate::clock::TOLERANCE;
use crate::{Answer, Call, Code, OperationError, Operations, Rejection, SignedRequest};

/// Largest answer that is kept, in bytes. Chosen by us: the outcomes of some 500 secrets. What a larger batch did can be
/// looked up under its id.
const MAX_ANSWER: usize = 64 * 1024;

/// How long after its date a signature is remembered. Longer than it is accepted, because the clock may go back by twice what
/// it may differ from the trusted time.
pub(crate) const SIGNATURE_KEPT: i64 = SIGNATURE_WINDOW + 2 * TOLERANCE;

impl SignedRequest {
    pub fn new(id: SignatureId) -> Self {
        Self { id, recorded: AtomicBool::new(false), first_answer: OnceLock::new() }
    }

    pub(super) fn first_answer(&self) -> Option<&[u8]> {
        self.first_answer.get().map(Vec::as_slice)
    }

    /// Adds to a change that the request was carried out by it.
    pub(super) fn put(&self, call: &Call, change: &mut Change, answer: Option<Vec<u8>>) {
        let answer = answer.filter(|answer| answer.len() <= MAX_ANSWER);
        let record = SignedRequestRecord {
            operation: call.operation.to_owned(),
            request_id: call.request_id.to_vec(),
            time: call.now.milliseconds(),
            answer,
        };
        change.put_signed_request(self.id.date, &self.id.hash, &record);
    }
}

impl Call {
    /// The signature that the next commit has to store, if there is one. A `request_id` replaces it, because it is kept
    /// longer, and a dry run may be repeated.
    pub(super) fn signature(&self) -> Option<&SignedRequest> {
        let signed = self.signed.as_deref().filter(|signed| !signed.recorded.load(Ordering::Relaxed))?;
        (!self.is_dry_run() && self.idempotency_key().is_none()).then_some(signed)
    }

    pub(super) fn note_committed(&self) {
        if let Some(signed) = &self.signed {
            signed.recorded.store(true, Ordering::Relaxed);
        }
    }
}

/// Whether the same request would be rejected for the same reason only as long as nothing else changes. One that breaks the
/// rules always does, and one that was not decided on has to be sent again.
fn depends_on_the_store(rejection: &Rejection) -> bool {
    if matches!(rejection, Rejection::Invalid(_)) {
        return false;
    }
    match rejection.code() {
        Code::TooManyRequests
        | Code::StoreUnavailable
        | Code::OutcomeUnknown
        | Code::StoreDamaged
        | Code::ClockInDoubt
        | Code::Aborted => false,
        Code::InvalidParameter
        | Code::InvalidRequest
        | Code::PendingDeletion
        | Code::SecretNotFound
        | Code::AlreadyScheduled
        | Code::NotScheduled
        | Code::NotFound
        | Code::BuiltInStage
        | Code::TooManySecrets
        | Code::TooManyStages
        | Code::StagesOverQuota
        | Code::SealingFailed
        | Code::Forbidden
        | Code::Unauthenticated => true,
    }
}

impl Operations {
    /// Ends an attempt of a signed request that was carried out, or answered without a change, before.
    pub(super) async fn reject_repeated_signature(
        &self,
        call: &Call,
        signed: &SignedRequest,
        view: &View,
    ) -> Answer<()> {
        let found = view.signed_request(signed.id.date, &signed.id.hash).await;
        let found = found.map_err(OperationError::internal("looking for a signed request"))?;
        if let Some(first) = found.map(|found| found.record) {
            let rejection = already_done(&first);
            // A path can be spelled in two ways under one signature, and then leads to another rpc.
            let answer = first.answer.filter(|_| first.operation == call.operation);
            answer.into_iter().for_each(|answer| drop(signed.first_answer.set(answer)));
            return Err(rejection.into());
        }
        match self.unchanged.end_of(&signed.id, call.now) {
            Some(End::Rejected(rejection)) => Err(Rejection::clone(&rejection).into()),
            Some(End::Answered(answer)) => {
                drop(signed.first_answer.set(answer.to_vec()));
                let request_id = Id::new(call.request_id).to_string();
                Err(Rejection::AlreadyDone { time: call.now, request_id }.into())
            }
            None => Ok(()),
        }
    }

    /// Rejects a signed change that was carried out before, where no answer is kept.
    pub async fn reject_repeated(&self, call: &Call) -> Answer<()> {
        match call.signature() {
            Some(signed) => self.reject_repeated_signature(call, signed, &self.view().await?).await,
            None => Ok(()),
        }
    }

    /// Remembers the end of a signed request that has changed nothing.
    pub(super) fn remember_unchanged(
        &self,
        call: &Call,
        signed: &SignedRequest,
        answer: &Answer<impl Changed>,
    ) {
        let end = match answer {
            Ok(answer) => Some(answer.encode_to_vec())
                .filter(|encoded| encoded.len() <= MAX_REMEMBERED_ANSWER)
                .map(|encoded| End::Answered(encoded.into())),
            Err(OperationError::Rejected(rejection)) if depends_on_the_store(rejection) => {
                Some(End::Rejected(Arc::new(rejection.clone())))
            }
            Err(_) => None,
        };
        end.into_iter().for_each(|end| self.unchanged.remember(signed.id, call.now, end));
    }
}

fn already_done(first: &SignedRequestRecord) -> Rejection {
    Rejection::AlreadyDone {
        time: Timestamp::from_milliseconds(first.time),
        request_id: Id::from_stored(&first.request_id).map(|id| id.to_string()).unwrap_or_default(),
    }
}
