//! What makes a change safe to press: a dry run first, then exactly what it showed, and nothing done twice.
//!
//! An operation knows nothing of this. Asked with a safeguard it runs as a trial: what it would commit is kept, and
//! committed here, together with the request's name and first answer, or dropped.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use strongroom_contract::safeguards::{Change as ChangeRequest, Changed, Safeguards};
use strongroom_storage::records::{Kept, RequestRecord};
use strongroom_storage::{Change, Id, Timestamp};
use zeroize::Zeroizing;

use crate::batches::report::BATCH_KEPT_DAYS;
use crate::counts::Reservation;
use crate::keys::ToSeal;
use crate::life_cycle::MILLISECONDS_PER_DAY;
use crate::{Answer, Call, Denial, Operations, Refusal};

/// How long what a dry run showed can be asked for.
const TOKEN_LIFE: i64 = 10 * 60 * 1_000;

/// How long the answer to a named request is given again: as long as a batch can be taken back.
const ANSWER_LIFE: i64 = BATCH_KEPT_DAYS as i64 * MILLISECONDS_PER_DAY;

/// Requests forgotten at a time: few enough that callers' commits hardly wait for it. Chosen by us.
const GROUP: usize = 100;

/// A call whose commit is kept back.
#[derive(Default)]
pub struct Trial {
    dry_run: bool,
    /// Whether it is one, or does exactly what one has shown.
    shown: bool,
    held: Mutex<Option<Held>>,
}

/// A commit that was not made yet, and what is counted with it.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) change: Change,
    /// Room for secrets, and how many of them the change stores.
    pub(crate) stored: Option<(Reservation, usize)>,
    /// How many secrets the change removes.
    pub(crate) removed: usize,
    /// Keys that the change makes or uses. Those that are made keep their room among the project's keys.
    pub(crate) keys: Vec<(String, ToSeal)>,
}

impl Trial {
    /// One of which nothing shall come.
    pub(crate) fn dry_run() -> Self {
        Self { dry_run: true, ..Self::default() }
    }

    /// A trial has one commit: what is done in several steps can neither be shown before nor be done as a whole.
    pub(crate) fn hold(&self, held: Held) -> Result<(), Refusal> {
        let mut place = self.held();
        if place.is_some() {
            return Err(Refusal::TooLargeForOneStep);
        }
        *place = Some(held);
        Ok(())
    }

    pub(crate) fn keep(&self, keys: Vec<(String, ToSeal)>) {
        self.held().get_or_insert_default().keys.extend(keys);
    }

    pub(crate) fn take(&self) -> Held {
        self.held().take().unwrap_or_default()
    }

    fn held(&self) -> MutexGuard<'_, Option<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call {
    /// Whether what is committed may never come to be, so that nothing may be remembered of it.
    pub(crate) fn is_trial(&self) -> bool {
        self.trial.is_some()
    }

    pub(crate) fn is_dry_run(&self) -> bool {
        self.trial.as_ref().is_some_and(|trial| trial.dry_run)
    }

    /// Whether the caller is shown what would be done, or has been.
    pub(crate) fn is_shown(&self) -> bool {
        self.trial.as_ref().is_some_and(|trial| trial.shown)
    }
}

/// What a request asks for besides its safeguards, and who does.
struct Asked<'a> {
    call: &'a Call,
    project: Id,
    fingerprint: [u8; 32],
}

/// What is known of the name of a request.
enum Named<A> {
    /// What the request was answered.
    Answered(A),
    /// Nothing, or only a request whose time has come.
    Before(Option<Kept<RequestRecord>>),
}

impl Asked<'_> {
    /// What the request is stored under. An id belongs to the user who has used it: others learn nothing from using it too.
    fn name(&self, request_id: &str) -> String {
        format!("{}:{request_id}", self.call.caller.user_id)
    }

    fn known(&self, answer: &impl Changed) -> RequestRecord {
        RequestRecord {
            operation: self.call.operation.to_owned(),
            fingerprint: self.fingerprint.to_vec(),
            answer: answer.encode_to_vec(),
            expire_time: self.call.now.milliseconds().saturating_add(ANSWER_LIFE),
        }
    }
}

impl Operations {
    /// Does a change with the safeguards that its request asks for.
    pub async fn safely<'a, R: ChangeRequest, A: Changed>(
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
            return Err(Refusal::Invalid(problems).into());
        }
        let asked = self.asked(call, &request).await?;
        // A request id is remembered longer than a signature is accepted, so it protects a signed change as well.
        let is_named = !safeguards.request_id.is_empty();
        let signed = call.signed.as_ref().filter(|_| !is_named && !safeguards.dry_run);
        loop {
            if let Some(signed) = signed
                && let Some(first) = self.first_answer(call, signed).await?
            {
                return Ok(first);
            }
            let named = match self.named(&asked, &safeguards.request_id).await? {
                Named::Answered(first) => return Ok(first),
                Named::Before(named) => named,
            };
            let dry_run = safeguards.dry_run;
            let shown = dry_run || !safeguards.dry_run_token.is_empty();
            let trial = Arc::new(Trial { dry_run, shown, ..Trial::default() });
            let tried = Call { trial: Some(trial.clone()), ..call.clone() };
            let mut answer = operation(self, tried, request.clone()).await?;
            let mut held = trial.take();
            let shown = [&asked.fingerprint[..], &held.change.basis(), &answer.outcome()];
            let shown = self.fingerprint("shown", &shown).await?;
            if !safeguards.dry_run_token.is_empty() {
                self.check(&safeguards.dry_run_token, &shown, call.now).await?;
            }
            if safeguards.dry_run {
                answer.set_dry_run_token(self.token(&shown, call.now).await?);
                return Ok(answer);
            }
            if let Some(signed) = signed.filter(|_| !held.change.is_empty()) {
                signed.put(call, &mut held.change, Some(answer.encode_to_vec()));
            }
            if is_named {
                let known = asked.known(&answer);
                let name = asked.name(&safeguards.request_id);
                held.change.put_request(asked.project, &name, named.as_ref(), &known);
            }
            if held.change.is_empty() || self.commit_held(held, asked.project).await? {
                return Ok(answer);
            }
        }
    }

    /// Forgets the requests whose time has come. Doing it twice, or at two places, does no harm.
    pub async fn forget_requests(&self) -> Answer<usize> {
        // A request is two operations: the record and its entry by time.
        let at_once = GROUP.min(self.storage.limits().operations / 2).max(1);
        let (now, mut forgotten) = (self.certain_now().await?, 0);
        loop {
            let expired = self.view().await?.expired_requests(now, at_once).await;
            let expired = expired.map_err(Denial::fault("looking for expired requests"))?;
            if expired.is_empty() {
                return Ok(forgotten);
            }
            let mut change = Change::new();
            for request in &expired {
                change.remove_request(request);
            }
            // After a conflict the next turn sees what has moved.
            if self.write(change).await? {
                forgotten += expired.len();
            }
        }
    }

    async fn asked<'a>(&self, call: &'a Call, request: &impl ChangeRequest) -> Answer<Asked<'a>> {
        let Call { caller, operation, .. } = call;
        let mut request = request.clone();
        request.clear_project();
        let request = Zeroizing::new(request.encode_to_vec());
        let parts = [operation.as_bytes(), caller.project_id.as_bytes(), caller.user_id.as_bytes(), &request];
        let fingerprint = self.fingerprint("request", &parts).await?;
        Ok(Asked { call, project: caller.project_id, fingerprint })
    }

    /// What is known of a request of this name.
    async fn named<A: Changed>(&self, asked: &Asked<'_>, request_id: &str) -> Answer<Named<A>> {
        if request_id.is_empty() {
            return Ok(Named::Before(None));
        }
        // Where the clock is in doubt nothing is done twice.
        let certain = self.certain_now().await?;
        let known = self.view().await?.request(asked.project, &asked.name(request_id)).await;
        let known = known.map_err(Denial::fault("looking for a request"))?;
        let Some(first) = known
            .as_ref()
            .map(|known| &known.record)
            .filter(|first| first.expire_time > certain.milliseconds())
        else {
            return Ok(Named::Before(known));
        };
        if first.fingerprint != asked.fingerprint {
            return Err(Refusal::RequestIdTaken { request_id: request_id.to_owned() }.into());
        }
        let answer = A::decode(first.answer.as_slice());
        Ok(Named::Answered(answer.map_err(Denial::fault("reading the answer to a request"))?))
    }

    pub(crate) async fn commit_held(&self, held: Held, project: Id) -> Answer<bool> {
        let committed = match held.stored {
            Some((reservation, stored)) => {
                self.write_stored(held.change, reservation, stored).await?.is_none()
            }
            None if held.removed > 0 => {
                self.write_removed(held.change, [(project, held.removed)].into()).await?
            }
            None => self.write(held.change).await?,
        };
        if committed {
            self.keys.remember_stored(project, held.keys);
        }
        Ok(committed)
    }

    /// Milliseconds of the time of issue, then a keyed hash of that and of what was shown.
    async fn token(&self, shown: &[u8; 32], now: Timestamp) -> Answer<String> {
        let issued = now.milliseconds().to_be_bytes();
        let mut bytes = issued.to_vec();
        bytes.extend_from_slice(&self.fingerprint("dry run", &[&issued, shown]).await?);
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    async fn check(&self, token: &str, shown: &[u8; 32], now: Timestamp) -> Answer<()> {
        let token = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
        let Some((issued, hash)) = token.split_first_chunk() else {
            return Err(Refusal::ChangedSinceShown.into());
        };
        let is_ours = self.access.is_fingerprint(hash, &labelled("dry run", &[issued, shown])).await;
        if !is_ours.map_err(Denial::fault("reading the key of fingerprints"))? {
            return Err(Refusal::ChangedSinceShown.into());
        }
        // Replicas' clocks may differ a little, so what comes from the future is not refused.
        if now.milliseconds().saturating_sub(i64::from_be_bytes(*issued)) > TOKEN_LIFE {
            return Err(Refusal::ShownTooLongAgo.into());
        }
        Ok(())
    }

    async fn fingerprint(&self, what: &str, parts: &[&[u8]]) -> Answer<[u8; 32]> {
        let fingerprint = self.access.fingerprint(&labelled(what, parts)).await;
        fingerprint.map_err(Denial::fault("reading the key of fingerprints"))
    }
}

/// Parts that are hashed for different ends never make the same hash.
fn labelled<'a>(what: &'a str, parts: &[&'a [u8]]) -> Vec<&'a [u8]> {
    ["strongroom safeguards".as_bytes(), what.as_bytes()].into_iter().chain(parts.iter().copied()).collect()
}

/// An operation at work.
pub type Work<'a, A> = std::pin::Pin<Box<dyn Future<Output = Answer<A>> + Send + 'a>>;
