//! A signed change is carried out once, however often it is sent.
//!
//! Whoever has seen a signed request can send its bytes again for as long as the signature is accepted. So the commit that
//! makes the change also says that this signature was used; a second one conflicts. The answer is stored along, so that a
//! client that sends a request again because it has missed the answer gets it.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use strongroom_access::{SIGNATURE_WINDOW, SignatureId};
use strongroom_contract::safeguards::{Change as ChangeRequest, Changed};
use strongroom_storage::records::SignedRequestRecord;
use strongroom_storage::{Change, Id, Timestamp};

use crate::clock::TOLERANCE;
use crate::safeguards::Work;
use crate::{Answer, Call, Code, OperationError, Operations, PendingTransaction, Rejection};

/// Largest answer that is kept, in bytes. Chosen by us: the outcomes of some 500 secrets. What a larger batch did can be
/// looked up under its id.
const MAX_ANSWER: usize = 64 * 1024;

/// Signed changes that changed nothing and are remembered, with answers of at most [`MAX_REMEMBERED_ANSWER`] bytes: some 20
/// MB. Chosen by us.
const MAX_REMEMBERED: usize = 10_000;
const MAX_REMEMBERED_ANSWER: usize = 1_024;

/// The date of a signature has whole seconds: within one, a request sent again may as well be a new one, in milliseconds.
const SAME_SECOND: i64 = 1_000;

/// How long after its date a signature is remembered. Longer than it is accepted, because the clock may go back by twice what
/// it may differ from the trusted time.
const REMEMBERED: i64 = SIGNATURE_WINDOW + 2 * TOLERANCE;

/// Records removed at a time: few enough that callers' commits hardly wait for it. Chosen by us.
const GROUP: usize = 500;

/// A signed request that changes something.
pub struct SignedRequest {
    id: SignatureId,
    /// Whether a commit of it is on disk. A request of several commits says only with the first that it was carried out.
    recorded: AtomicBool,
}

impl SignedRequest {
    pub fn new(id: SignatureId) -> Self {
        Self { id, recorded: AtomicBool::new(false) }
    }
}

/// Signed changes that have changed nothing, so far as memory holds them. Sent again after something else has changed, they
/// might.
#[derive(Default)]
pub(crate) struct Replays(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    ends: HashMap<SignatureId, (Timestamp, End)>,
    /// The oldest first.
    order: VecDeque<SignatureId>,
}

/// How a request ended that has changed nothing.
#[derive(Clone)]
enum End {
    Rejected(Arc<Rejection>),
    Answered(Arc<[u8]>),
}

impl Replays {
    fn remember(&self, id: SignatureId, now: Timestamp, end: End) {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The first end counts: whoever sends a request over and over must not stay within the second.
        if remembered.ends.contains_key(&id) {
            return;
        }
        remembered.ends.insert(id, (now, end));
        remembered.order.push_back(id);
        if remembered.order.len() > MAX_REMEMBERED
            && let Some(oldest) = remembered.order.pop_front()
        {
            remembered.ends.remove(&oldest);
        }
    }

    /// How the request ended, unless it may be another one of the same second.
    fn end_of(&self, id: &SignatureId, now: Timestamp) -> Option<End> {
        let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (ended, end) = remembered.ends.get(id)?;
        let age = now.milliseconds().abs_diff(ended.milliseconds());
        (age >= SAME_SECOND.unsigned_abs()).then(|| end.clone())
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
        | Code::ClockInDoubt => false,
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
    /// Carries out a signed change once. Sent again, it is answered as it was the first time.
    pub(crate) async fn execute_signed<'a, R: ChangeRequest, A: Changed>(
        &'a self,
        call: &Call,
        signed: &SignedRequest,
        request: R,
        operation: impl Fn(&'a Self, Call, R) -> Work<'a, A>,
    ) -> Answer<A> {
        loop {
            if let Some(first) = self.first_answer(call, signed).await? {
                return Ok(first);
            }
            let pending = Arc::new(PendingTransaction::default());
            let tried = Call { pending: Some(pending.clone()), ..call.clone() };
            let answer = match operation(self, tried, request.clone()).await {
                Ok(answer) => answer,
                // In several commits, the first of which says that the signature was used.
                Err(OperationError::Rejected(
                    Rejection::TooLargeForOneStep | Rejection::BatchTooLarge { .. },
                )) => {
                    return operation(self, call.clone(), request).await;
                }
                Err(OperationError::Rejected(rejection)) => {
                    if depends_on_the_store(&rejection) {
                        self.replays.remember(
                            signed.id,
                            call.now,
                            End::Rejected(Arc::new(rejection.clone())),
                        );
                    }
                    return Err(rejection.into());
                }
                Err(fault @ OperationError::Internal { .. }) => return Err(fault),
            };
            let mut held = pending.take();
            if held.change.is_empty() {
                let encoded = answer.encode_to_vec();
                if encoded.len() <= MAX_REMEMBERED_ANSWER {
                    self.replays.remember(signed.id, call.now, End::Answered(encoded.into()));
                }
                return Ok(answer);
            }
            signed.put(call, &mut held.change, Some(answer.encode_to_vec()));
            if self.commit_staged(held, call.caller.project_id).await? {
                return Ok(answer);
            }
        }
    }

    /// What a signed request was answered before, if it was carried out or rejected then.
    pub(crate) async fn first_answer<A: Changed>(
        &self,
        call: &Call,
        signed: &SignedRequest,
    ) -> Answer<Option<A>> {
        let decode = |answer: &[u8]| {
            A::decode(answer)
                .map(Some)
                .map_err(OperationError::internal("reading the answer to a signed request"))
        };
        if let Some(first) = self.signed_request(signed).await? {
            return match &first.answer {
                // A path can be spelled in two ways under one signature, and then leads to another rpc.
                Some(answer) if first.operation == call.operation => decode(answer),
                Some(_) | None => Err(already_done(&first).into()),
            };
        }
        match self.replays.end_of(&signed.id, call.now) {
            Some(End::Rejected(rejection)) => Err(Rejection::clone(&rejection).into()),
            Some(End::Answered(answer)) => decode(&answer),
            None => Ok(None),
        }
    }

    /// Rejects a signed change that was carried out before, where no answer is kept.
    pub async fn reject_repeated(&self, call: &Call) -> Answer<()> {
        let Some(signed) = &call.signed else { return Ok(()) };
        match self.signed_request(signed).await? {
            Some(first) => Err(already_done(&first).into()),
            None => Ok(()),
        }
    }

    /// After each commit of a call. A conflict may be that of another copy of the same request, which has won; trying again
    /// would never end then.
    pub(crate) async fn settle_signed(&self, call: &Call, committed: bool) -> Answer<bool> {
        let Some(signed) = call.signed.as_ref().filter(|_| call.pending.is_none()) else {
            return Ok(committed);
        };
        if committed {
            signed.recorded.store(true, Ordering::Relaxed);
        } else if !signed.recorded.load(Ordering::Relaxed) {
            self.reject_repeated(call).await?;
        }
        Ok(committed)
    }

    /// Forgets signed requests whose signature is no longer accepted. Doing it twice, or at two places, does no harm.
    pub async fn forget_signed_requests(&self) -> Answer<usize> {
        let at_once = GROUP.min(self.storage.limits().operations).max(1);
        let certain = self.certain_now().await?.milliseconds();
        let (before, mut forgotten) = (Timestamp::from_milliseconds(certain.saturating_sub(REMEMBERED)), 0);
        loop {
            let old = self.view().await?.signed_requests_before(before, at_once).await;
            let old = old.map_err(OperationError::internal("looking for old signed requests"))?;
            if old.is_empty() {
                return Ok(forgotten);
            }
            let mut change = Change::new();
            old.iter().for_each(|old| change.remove_signed_request(old));
            // It relies on nothing, so it cannot conflict.
            let _committed = self.write(change).await?;
            forgotten += old.len();
        }
    }

    async fn signed_request(&self, signed: &SignedRequest) -> Answer<Option<SignedRequestRecord>> {
        let found = self.view().await?.signed_request(signed.id.date, &signed.id.hash).await;
        Ok(found.map_err(OperationError::internal("looking for a signed request"))?.map(|kept| kept.record))
    }
}

impl SignedRequest {
    /// Adds to a change that the request was carried out by it.
    pub(crate) fn put(&self, call: &Call, change: &mut Change, answer: Option<Vec<u8>>) {
        let answer = answer.filter(|answer| answer.len() <= MAX_ANSWER);
        let record = SignedRequestRecord {
            operation: call.operation.to_owned(),
            request_id: call.request_id.to_vec(),
            time: call.now.milliseconds(),
            answer,
        };
        change.put_signed_request(self.id.date, &self.id.hash, &record);
    }

    /// The same where the answer is not known yet. Does nothing after the first commit.
    pub(crate) fn put_first(&self, call: &Call, change: &mut Change) {
        if !self.recorded.load(Ordering::Relaxed) {
            self.put(call, change, None);
        }
    }
}

fn already_done(first: &SignedRequestRecord) -> Rejection {
    Rejection::AlreadyDone {
        time: Timestamp::from_milliseconds(first.time),
        request_id: Id::from_stored(&first.request_id).map(|id| id.to_string()).unwrap_or_default(),
    }
}
