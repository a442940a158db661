//! What makes a change safe to press: a dry run first, then exactly what it showed, and nothing done twice.
//!
//! An operation knows nothing of this. Asked with a safeguard it runs as a trial: what it would commit is kept, and
//! committed here, together with the request's name and first answer, or dropped.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use strongroom_contract::safeguards::{Change as ChangeRequest, Changed, Safeguards};
use strongroom_storage::records::RequestRecord;
use strongroom_storage::{Change, Id, Timestamp};

use crate::counts::Reservation;
use crate::keys::ToSeal;
use crate::{Answer, Call, Denial, Operations, Refusal};

/// How long what a dry run showed can be asked for.
const TOKEN_LIFE: i64 = 10 * 60 * 1_000;

/// How long the answer to a named request is given again: as long as a batch can be taken back.
const ANSWER_LIFE: i64 = 30 * 24 * 60 * 60 * 1_000;

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
            return operation(self, call.clone(), request).await;
        }
        let problems = strongroom_validation::safeguards(&safeguards.dry_run_token, &safeguards.request_id);
        if !problems.is_empty() {
            return Err(Refusal::Invalid(problems).into());
        }
        let project = call.caller.project_id;
        let parts = [call.operation.as_bytes(), project.as_bytes(), &request.encode_to_vec()];
        let asked = Asked { call, project, fingerprint: self.fingerprint("request", &parts).await? };
        loop {
            if let Some(first) = self.first_answer(&asked, &safeguards.request_id).await? {
                return Ok(first);
            }
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
            self.name(&asked, &safeguards.request_id, &answer, &mut held.change);
            if held.change.is_empty() || self.commit_held(held, project).await? {
                return Ok(answer);
            }
        }
    }

    /// Forgets the requests whose time has come. Doing it twice, or at two places, does no harm.
    pub async fn forget_requests(&self) -> Answer<usize> {
        let (now, mut forgotten) = (self.clock.now(), 0);
        loop {
            let expired = self.view().await?.expired_requests(now, GROUP).await;
            let expired = expired.map_err(Denial::fault("looking for expired requests"))?;
            if expired.is_empty() {
                return Ok(forgotten);
            }
            let mut change = Change::new();
            for (project, request_id, expires) in &expired {
                change.remove_request(*project, request_id, *expires);
            }
            // It relies on nothing, so it cannot conflict.
            let _committed = self.write(change).await?;
            forgotten += expired.len();
        }
    }

    /// The answer that a request of this name was given, if there was one.
    async fn first_answer<A: Changed>(&self, asked: &Asked<'_>, request_id: &str) -> Answer<Option<A>> {
        if request_id.is_empty() {
            return Ok(None);
        }
        let known = self.view().await?.request(asked.project, request_id).await;
        let known = known.map_err(Denial::fault("looking for a request"))?;
        let Some(known) = known.filter(|known| known.expire_time > asked.call.now.milliseconds()) else {
            return Ok(None);
        };
        if known.fingerprint != asked.fingerprint {
            return Err(Refusal::RequestIdTaken { request_id: request_id.to_owned() }.into());
        }
        let answer = A::decode(known.answer.as_slice());
        Ok(Some(answer.map_err(Denial::fault("reading the answer to a request"))?))
    }

    fn name(&self, asked: &Asked<'_>, request_id: &str, answer: &impl Changed, change: &mut Change) {
        if request_id.is_empty() {
            return;
        }
        let known = RequestRecord {
            operation: asked.call.operation.to_owned(),
            fingerprint: asked.fingerprint.to_vec(),
            answer: answer.encode_to_vec(),
            expire_time: asked.call.now.milliseconds().saturating_add(ANSWER_LIFE),
        };
        change.put_request(asked.project, request_id, &known);
    }

    async fn commit_held(&self, held: Held, project: Id) -> Answer<bool> {
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
        let bytes = URL_SAFE_NO_PAD.decode(token).unwrap_or_default();
        let issued = bytes.first_chunk().copied().map(i64::from_be_bytes).unwrap_or_default();
        if self.token(shown, Timestamp::from_milliseconds(issued)).await? != token {
            return Err(Refusal::ChangedSinceShown.into());
        }
        // Replicas' clocks may differ a little, so what comes from the future is not refused.
        if now.milliseconds().saturating_sub(issued) > TOKEN_LIFE {
            return Err(Refusal::ShownTooLongAgo.into());
        }
        Ok(())
    }

    async fn fingerprint(&self, what: &str, parts: &[&[u8]]) -> Answer<[u8; 32]> {
        let parts: Vec<_> = ["strongroom safeguards".as_bytes(), what.as_bytes()]
            .into_iter()
            .chain(parts.iter().copied())
            .collect();
        self.access.fingerprint(&parts).await.map_err(Denial::fault("reading the key of fingerprints"))
    }
}

/// An operation at work.
pub type Work<'a, A> = std::pin::Pin<Box<dyn Future<Output = Answer<A>> + Send + 'a>>;
