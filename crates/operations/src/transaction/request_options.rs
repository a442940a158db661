//! Dry runs, the confirmation of a preview, and idempotency keys.
//!
//! An operation knows nothing of them: its transaction stages the same change, and the commit drops it, compares it with the
//! preview, or stores the answer with it.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use strongroom_contract::safeguards::{Change as ChangeRequest, Changed, Safeguards};
use strongroom_storage::records::{RequestRecord, Versioned};
use strongroom_storage::{Change, Timestamp, View};
use zeroize::Zeroizing;

use crate::journal::BATCH_KEPT_DAYS;
use crate::lifecycle::MILLISECONDS_PER_DAY;
use crate::{Answer, Call, OperationError, Operations, Rejection, RequestOptions};

/// How long the token of a dry run is valid.
const TOKEN_LIFE: i64 = 10 * 60 * 1_000;

/// How long the first answer to a `request_id` is kept: as long as a batch can be undone.
const ANSWER_LIFE: i64 = BATCH_KEPT_DAYS as i64 * MILLISECONDS_PER_DAY;

impl RequestOptions {
    /// The options of a dry run that returns no token, because it takes several transactions.
    pub(crate) fn dry_run() -> Self {
        Self { given: Safeguards { dry_run: true, ..Safeguards::default() }, ..Self::default() }
    }
}

/// An operation in progress.
pub type Execution<'a, A> = std::pin::Pin<Box<dyn Future<Output = Answer<A>> + Send + 'a>>;

impl Call {
    pub(crate) fn is_dry_run(&self) -> bool {
        self.options.as_ref().is_some_and(|options| options.given.dry_run)
    }

    /// True for a dry run, and for a call that carries out a previewed change.
    pub(crate) fn is_previewed(&self) -> bool {
        self.options
            .as_ref()
            .is_some_and(|options| options.given.dry_run || !options.given.dry_run_token.is_empty())
    }

    /// True if the call can neither be previewed nor be repeated unless it is one transaction.
    pub(crate) fn is_one_transaction(&self) -> bool {
        self.options.is_some()
    }

    /// The key of the idempotency record. It contains the user, so that nobody learns of the request ids of others.
    pub(super) fn idempotency_key(&self) -> Option<String> {
        let options = self.options.as_ref().filter(|options| !options.given.request_id.is_empty())?;
        Some(format!("{}:{}", self.caller.user_id, options.given.request_id))
    }

    pub(super) fn stores_answer(&self) -> bool {
        !self.is_dry_run() && (self.options.is_some() || self.signed.is_some())
    }

    /// Stages the records that let a repeated request get this answer again.
    ///
    /// # Errors
    /// `Internal` if the operation gave no answer although its call needs one.
    pub(super) fn stage_answer(
        &self,
        change: &mut Change,
        expired: Option<&Versioned<RequestRecord>>,
        answer: Option<Vec<u8>>,
    ) -> Answer<()> {
        if let Some(options) = &self.options {
            let no_answer = OperationError::internal("committing a request with options");
            let answer = answer.as_ref().ok_or_else(|| no_answer("the operation gave no answer"))?;
            if let Some(key) = self.idempotency_key() {
                let record = RequestRecord {
                    operation: self.operation.to_owned(),
                    fingerprint: options.fingerprint.to_vec(),
                    answer: answer.clone(),
                    expire_time: self.now.milliseconds().saturating_add(ANSWER_LIFE),
                };
                change.put_request(self.project(), &key, expired, &record);
            }
        }
        match self.signature() {
            Some(signed) if !change.is_empty() => signed.put(self, change, answer),
            Some(_) | None => {}
        }
        Ok(())
    }

    /// The answer to an earlier copy of this request.
    fn first_answer(&self) -> Option<&[u8]> {
        let of_options = self.options.as_ref().and_then(|options| options.first_answer.get());
        let of_signature = || self.signed.as_ref().and_then(|signed| signed.first_answer());
        of_options.map(Vec::as_slice).or_else(of_signature)
    }
}

impl Operations {
    /// Runs a change with its request options, and at most once where it is signed or has a `request_id`.
    pub async fn execute<'a, R: ChangeRequest, A: Changed>(
        &'a self,
        call: &Call,
        mut request: R,
        operation: impl FnOnce(&'a Self, Call, R) -> Execution<'a, A>,
    ) -> Answer<A> {
        let options = self.request_options(call, &mut request).await?;
        let call = Call { options: options.map(Into::into), ..call.clone() };
        let mut answer = operation(self, call.clone(), request).await;
        // A check before the transaction may reject now what it accepted the first time.
        if let Err(OperationError::Rejected(_)) = &answer
            && call.first_answer().is_none()
            && let Err(repeated) = self.reject_repeated_request(&call, &self.view().await?).await
        {
            answer = Err(repeated);
        }
        if let Some(first) = call.first_answer() {
            return A::decode(first).map_err(OperationError::internal("reading the answer to a request"));
        }
        if let Some(signed) = call.signature() {
            self.remember_unchanged(&call, signed, &answer);
        }
        answer
    }

    /// Takes the options out of a request, if it has any.
    async fn request_options(
        &self,
        call: &Call,
        request: &mut impl ChangeRequest,
    ) -> Answer<Option<RequestOptions>> {
        let given = request.take_safeguards();
        if given == Safeguards::default() {
            return Ok(None);
        }
        let problems = strongroom_validation::safeguards(&given.dry_run_token, &given.request_id);
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }
        // The project may be named or left out.
        request.clear_project();
        let content = Zeroizing::new(request.encode_to_vec());
        let (project, user) = (call.project(), call.caller.user_id);
        let parts = [call.operation.as_bytes(), project.as_bytes(), user.as_bytes(), &content];
        let fingerprint = self.fingerprint("request", &parts).await?;
        Ok(Some(RequestOptions { given, fingerprint, first_answer: OnceLock::new() }))
    }

    /// Compares a staged change with its preview, or adds the token to an answer that is one.
    pub(super) async fn preview(
        &self,
        call: &Call,
        options: &RequestOptions,
        change: &Change,
        answer: &mut impl Changed,
    ) -> Answer<()> {
        if !call.is_previewed() {
            return Ok(());
        }
        let preview = [&options.fingerprint[..], &change.basis(), &answer.outcome()];
        let preview = self.fingerprint("shown", &preview).await?;
        if !options.given.dry_run_token.is_empty() {
            self.check(&options.given.dry_run_token, &preview, call.now).await?;
        }
        if options.given.dry_run {
            answer.set_dry_run_token(self.token(&preview, call.now).await?);
        }
        Ok(())
    }

    /// Finds the first answer to a `request_id`, which ends this attempt. Returns an expired record, which may be replaced.
    pub(super) async fn find_request(
        &self,
        call: &Call,
        key: &str,
        view: &View,
    ) -> Answer<Option<Versioned<RequestRecord>>> {
        let Some(options) = &call.options else { return Ok(None) };
        // While the clock is in doubt nothing is carried out twice.
        let certain = self.certain_now().await?;
        let known = view.request(call.project(), key).await;
        let known = known.map_err(OperationError::internal("looking for a request"))?;
        let Some(first) = known.as_ref().filter(|known| known.record.expire_time > certain.milliseconds())
        else {
            return Ok(known);
        };
        if first.record.fingerprint != options.fingerprint {
            return Err(Rejection::RequestIdTaken { request_id: options.given.request_id.clone() }.into());
        }
        options.first_answer.get_or_init(|| first.record.answer.clone());
        Err(Rejection::AlreadyDone { time: call.now, request_id: options.given.request_id.clone() }.into())
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
