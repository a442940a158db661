//! Dry runs, confirmation of a preview, and idempotent requests.
//!
//! An operation knows nothing of them. A request with `dry_run`, `dry_run_token` or `request_id` runs in a pending transaction:
//! its change is staged, and then dropped, compared with the preview, or committed together with the idempotency record.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use strongroom_contract::safeguards::{Change as ChangeRequest, Changed, Safeguards};
use strongroom_storage::records::{RequestRecord, Versioned};
use strongroom_storage::{Change, Id, Timestamp};
use zeroize::Zeroizing;

use crate::batches::report::BATCH_KEPT_DAYS;
use crate::counts::Reservation;
use crate::keys::ToSeal;
use crate::life_cycle::MILLISECONDS_PER_DAY;
use crate::{Answer, Call, OperationError, Operations, Rejection};

/// How long the token of a dry run is valid.
const TOKEN_LIFE: i64 = 10 * 60 * 1_000;

/// How long the first answer to a `request_id` is kept: as long as a batch can be undone.
const ANSWER_LIFE: i64 = BATCH_KEPT_DAYS as i64 * MILLISECONDS_PER_DAY;

/// Idempotency records deleted per commit. Chosen by us: few enough that callers hardly wait for it.
const GROUP: usize = 100;

/// The change of a call that stages its commit instead of making it.
#[derive(Default)]
pub struct PendingTransaction {
    dry_run: bool,
    /// True for a dry run, and for a call that carries out a previewed change.
    previewed: bool,
    staged: Mutex<Option<StagedChange>>,
}

/// A change that is not committed yet, with its quota.
#[derive(Default)]
pub(crate) struct StagedChange {
    pub(crate) change: Change,
    /// The quota reserved for new secrets, and how many the change stores.
    pub(crate) stored: Option<(Reservation, usize)>,
    /// How many secrets the change removes.
    pub(crate) removed: usize,
    /// Keys that the change creates or uses. New ones keep their reservation in the quota of keys.
    pub(crate) keys: Vec<(String, ToSeal)>,
}

impl PendingTransaction {
    /// One that is never committed.
    pub(crate) fn dry_run() -> Self {
        Self { dry_run: true, ..Self::default() }
    }

    /// Stages the one change of this transaction.
    ///
    /// # Errors
    /// `TooLargeForOneStep` for a second change: what needs several commits can neither be previewed nor be atomic.
    pub(crate) fn stage(&self, staged: StagedChange) -> Result<(), Rejection> {
        let mut place = self.staged();
        if place.is_some() {
            return Err(Rejection::TooLargeForOneStep);
        }
        *place = Some(staged);
        Ok(())
    }

    pub(crate) fn keep(&self, keys: Vec<(String, ToSeal)>) {
        self.staged().get_or_insert_default().keys.extend(keys);
    }

    pub(crate) fn take(&self) -> StagedChange {
        self.staged().take().unwrap_or_default()
    }

    fn staged(&self) -> MutexGuard<'_, Option<StagedChange>> {
        self.staged.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call {
    /// True if the change is only staged, so that nothing about it may be cached yet.
    pub(crate) fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    pub(crate) fn is_dry_run(&self) -> bool {
        self.pending.as_ref().is_some_and(|pending| pending.dry_run)
    }

    /// True for a dry run, and for a call that carries out a previewed change.
    pub(crate) fn is_previewed(&self) -> bool {
        self.pending.as_ref().is_some_and(|pending| pending.previewed)
    }
}

/// What identifies a request: its caller, its project, and a keyed hash of its content.
struct RequestIdentity<'a> {
    call: &'a Call,
    project: Id,
    fingerprint: [u8; 32],
}

/// What is stored under a `request_id`.
enum IdempotencyState<A> {
    /// The request was answered before.
    Answered(A),
    /// Nothing, or an expired record.
    New(Option<Versioned<RequestRecord>>),
}

impl RequestIdentity<'_> {
    /// The key of the idempotency record. It contains the user, so that nobody learns of the request ids of others.
    fn idempotency_key(&self, request_id: &str) -> String {
        format!("{}:{request_id}", self.call.caller.user_id)
    }

    fn record(&self, answer: &impl Changed) -> RequestRecord {
        RequestRecord {
            operation: self.call.operation.to_owned(),
            fingerprint: self.fingerprint.to_vec(),
            answer: answer.encode_to_vec(),
            expire_time: self.call.now.milliseconds().saturating_add(ANSWER_LIFE),
        }
    }
}

impl Operations {
    /// Runs a change with its request options: `dry_run`, `dry_run_token` and `request_id`.
    pub async fn execute<'a, R: ChangeRequest, A: Changed>(
        &'a self,
        call: &Call,
        mut request: R,
        operation: impl Fn(&'a Self, Call, R) -> Work<'a, A>,
    ) -> Answer<A> {
        let safeguards = request.take_safeguards();
        if safeguards == Safeguards::default() {
            return match &call.signed {
                Some(signed) => self.execute_signed(call, signed, request, operation).await,
                None => operation(self, call.clone(), request).await,
            };
        }
        let problems = strongroom_validation::safeguards(&safeguards.dry_run_token, &safeguards.request_id);
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }
        let identity = self.identity(call, &request).await?;
        // A request id is remembered longer than a signature is accepted, so it protects a signed change as well.
        let has_request_id = !safeguards.request_id.is_empty();
        let signed = call.signed.as_ref().filter(|_| !has_request_id && !safeguards.dry_run);
        loop {
            if let Some(signed) = signed
                && let Some(first) = self.first_answer(call, signed).await?
            {
                return Ok(first);
            }
            let stored = match self.idempotency_state(&identity, &safeguards.request_id).await? {
                IdempotencyState::Answered(first) => return Ok(first),
                IdempotencyState::New(stored) => stored,
            };
            let dry_run = safeguards.dry_run;
            let previewed = dry_run || !safeguards.dry_run_token.is_empty();
            let pending =
                Arc::new(PendingTransaction { dry_run, previewed, ..PendingTransaction::default() });
            let staging = Call { pending: Some(pending.clone()), ..call.clone() };
            let mut answer = operation(self, staging, request.clone()).await?;
            let mut staged = pending.take();
            let preview = [&identity.fingerprint[..], &staged.change.basis(), &answer.outcome()];
            let preview = self.fingerprint("shown", &preview).await?;
            if !safeguards.dry_run_token.is_empty() {
                self.check(&safeguards.dry_run_token, &preview, call.now).await?;
            }
            if safeguards.dry_run {
                answer.set_dry_run_token(self.token(&preview, call.now).await?);
                return Ok(answer);
            }
            if let Some(signed) = signed.filter(|_| !staged.change.is_empty()) {
                signed.put(call, &mut staged.change, Some(answer.encode_to_vec()));
            }
            if has_request_id {
                let record = identity.record(&answer);
                let name = identity.idempotency_key(&safeguards.request_id);
                staged.change.put_request(identity.project, &name, stored.as_ref(), &record);
            }
            if staged.change.is_empty() || self.commit_staged(staged, identity.project).await? {
                return Ok(answer);
            }
        }
    }

    /// Deletes expired idempotency records and returns how many. Safe to run twice or on several replicas.
    pub async fn delete_expired_requests(&self) -> Answer<usize> {
        // Each record has an index entry by time.
        let at_once = GROUP.min(self.storage.limits().operations / 2).max(1);
        let (now, mut deleted) = (self.certain_now().await?, 0);
        loop {
            let expired = self.view().await?.expired_requests(now, at_once).await;
            let expired = expired.map_err(OperationError::internal("looking for expired requests"))?;
            if expired.is_empty() {
                return Ok(deleted);
            }
            let mut change = Change::new();
            for request in &expired {
                change.remove_request(request);
            }
            // After a conflict the next pass reads again.
            if self.write(change).await? {
                deleted += expired.len();
            }
        }
    }

    async fn identity<'a>(
        &self,
        call: &'a Call,
        request: &impl ChangeRequest,
    ) -> Answer<RequestIdentity<'a>> {
        let Call { caller, operation, .. } = call;
        let mut request = request.clone();
        request.clear_project();
        let request = Zeroizing::new(request.encode_to_vec());
        let parts = [operation.as_bytes(), caller.project_id.as_bytes(), caller.user_id.as_bytes(), &request];
        let fingerprint = self.fingerprint("request", &parts).await?;
        Ok(RequestIdentity { call, project: caller.project_id, fingerprint })
    }

    async fn idempotency_state<A: Changed>(
        &self,
        identity: &RequestIdentity<'_>,
        request_id: &str,
    ) -> Answer<IdempotencyState<A>> {
        if request_id.is_empty() {
            return Ok(IdempotencyState::New(None));
        }
        // Where the clock is in doubt nothing is done twice.
        let certain = self.certain_now().await?;
        let known = self.view().await?.request(identity.project, &identity.idempotency_key(request_id)).await;
        let known = known.map_err(OperationError::internal("looking for a request"))?;
        let Some(first) = known
            .as_ref()
            .map(|known| &known.record)
            .filter(|first| first.expire_time > certain.milliseconds())
        else {
            return Ok(IdempotencyState::New(known));
        };
        if first.fingerprint != identity.fingerprint {
            return Err(Rejection::RequestIdTaken { request_id: request_id.to_owned() }.into());
        }
        let answer = A::decode(first.answer.as_slice());
        Ok(IdempotencyState::Answered(
            answer.map_err(OperationError::internal("reading the answer to a request"))?,
        ))
    }

    pub(crate) async fn commit_staged(&self, staged: StagedChange, project: Id) -> Answer<bool> {
        let committed = match staged.stored {
            Some((reservation, stored)) => {
                self.write_stored(staged.change, reservation, stored).await?.is_none()
            }
            None if staged.removed > 0 => {
                self.write_removed(staged.change, [(project, staged.removed)].into()).await?
            }
            None => self.write(staged.change).await?,
        };
        if committed {
            self.keys.remember_stored(project, staged.keys);
        }
        Ok(committed)
    }

    /// Milliseconds of the time of issue, then a keyed hash of that and of the preview.
    async fn token(&self, preview: &[u8; 32], now: Timestamp) -> Answer<String> {
        let issued = now.milliseconds().to_be_bytes();
        let mut bytes = issued.to_vec();
        bytes.extend_from_slice(&self.fingerprint("dry run", &[&issued, preview]).await?);
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    async fn check(&self, token: &str, preview: &[u8; 32], now: Timestamp) -> Answer<()> {
        let token = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
        let Some((issued, hash)) = token.split_first_chunk() else {
            return Err(Rejection::ChangedSinceShown.into());
        };
        let is_ours = self.access.is_fingerprint(hash, &labelled("dry run", &[issued, preview])).await;
        if !is_ours.map_err(OperationError::internal("reading the key of fingerprints"))? {
            return Err(Rejection::ChangedSinceShown.into());
        }
        // Replicas' clocks may differ a little, so what comes from the future is not rejected.
        if now.milliseconds().saturating_sub(i64::from_be_bytes(*issued)) > TOKEN_LIFE {
            return Err(Rejection::ShownTooLongAgo.into());
        }
        Ok(())
    }

    async fn fingerprint(&self, what: &str, parts: &[&[u8]]) -> Answer<[u8; 32]> {
        let fingerprint = self.access.fingerprint(&labelled(what, parts)).await;
        fingerprint.map_err(OperationError::internal("reading the key of fingerprints"))
    }
}

/// Parts that are hashed for different ends never make the same hash.
fn labelled<'a>(what: &'a str, parts: &[&'a [u8]]) -> Vec<&'a [u8]> {
    ["strongroom safeguards".as_bytes(), what.as_bytes()].into_iter().chain(parts.iter().copied()).collect()
}

/// An operation at work.
pub type Work<'a, A> = std::pin::Pin<Box<dyn Future<Output = Answer<A>> + Send + 'a>>;
