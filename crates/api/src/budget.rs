//! How many bytes requests and their answers may hold in memory: in all, and for each caller.
//!
//! A request is charged for its bytes as they arrive, for what decoding makes of them, and for its answer until that is
//! written. What does not fit is rejected with `TooManyRequests`, before it is read or before its operation runs.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use strongroom_access::Caller;
use tokio::sync::{Notify, Semaphore};
use tokio::time::timeout;

use crate::error::ApiError;

/// How many bytes may be in flight. An operator sets both.
#[derive(Debug, Clone, Copy)]
pub struct InFlight {
    /// Of all requests and answers together.
    pub total: usize,
    /// Of one caller.
    pub caller: usize,
}

/// What a request costs at least: its headers, its tasks, its buffers. Chosen by us: above what a small request was seen to
/// take, and one charge then holds most requests with their answers.
const REQUEST: usize = 16 * 1024;

/// The same for a caller without credentials. Chosen by us: thousands can be logging in while others stall.
const ANONYMOUS_REQUEST: usize = 2 * 1024;

/// A request or an answer up to this size is small. Chosen by us: above the largest value and its JSON.
const SMALL: usize = 256 * 1024;

/// The share of every limit that only small requests may use, one in this many. Large uploads and answers that nobody reads
/// then leave room for everything else.
const SMALL_SHARE: usize = 4;

/// The share of the total that callers without credentials may use together, one in this many.
const ANONYMOUS_SHARE: usize = 32;

/// The share of a caller's limit that a large answer is charged while its operation runs, one in this many: 4 MiB by default,
/// more than a page of 1,000 secrets takes.
const LARGE_ANSWER_SHARE: usize = 32;

/// How long a stream waits for room to read on, and how many streams do at a time. Chosen by us: as long as a client may pause.
/// What HTTP/2 has received for a stream that waits is in nobody's budget, up to the window of its connection.
const STREAM_WAIT: Duration = Duration::from_secs(30);
const STREAMS_WAITING: usize = 32;

/// How long a request for a large answer waits for room, and how many of one caller do at a time. Chosen by us: longer than most
/// requests take; few enough to leave the share of small requests to small ones.
const WAIT: Duration = Duration::from_secs(5);
const WAITING: usize = 64;

/// What an open stream is charged beside its messages: its tasks, its buffers, and answers on their way. Chosen by us: above what
/// the outcomes of two groups of an import take.
const STREAM: usize = 512 * 1024;

/// The share of a caller's limit that its open streams may be charged, one in this many: 64 streams by default.
const STREAMS_SHARE: usize = 4;

/// Items of a page where the request asks for no number: those of most lists.
const DEFAULT_ITEMS: usize = 50;

/// What an item of an answer may take. Chosen by us: a secret with the longest description and a dozen tags, or the JSON of the
/// longest value.
const ITEM: usize = 4 * 1024;
const VALUE: usize = 48 * 1024;

/// When to try again. Chosen by us: most of what is in flight ends within a second.
const RETRY_AFTER_SECONDS: u64 = 1;

/// How large the answer to a request may be, as far as the request tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnswerSize {
    Small,
    /// At most so many bytes.
    Bytes(usize),
    Large,
}

impl AnswerSize {
    /// Of so many items without values.
    pub(crate) fn of_limit(limit: Option<i32>) -> Self {
        // What is below one is rejected by its operation.
        let items = limit.map_or(DEFAULT_ITEMS, |limit| usize::try_from(limit).unwrap_or_default());
        Self::Bytes(items.saturating_mul(ITEM))
    }

    /// Of one value for each element.
    pub(crate) fn of_list(elements: usize) -> Self {
        Self::Bytes(elements.saturating_mul(VALUE))
    }

    pub(crate) fn is_small(self) -> bool {
        self.bytes(usize::MAX) < SMALL
    }

    fn bytes(self, large: usize) -> usize {
        match self {
            Self::Small => 0,
            Self::Bytes(bytes) => bytes.min(large),
            Self::Large => large,
        }
    }
}

/// Who pays for a request.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Payer {
    /// The user with this id.
    Caller([u8; 16]),
    /// All whose signature can only be checked once the body is there. Knowing the name of somebody's access key must not be
    /// enough to use up what that user may have in flight.
    Signers,
    /// All who send no credentials.
    Anyone,
}

impl From<&Caller> for Payer {
    fn from(caller: &Caller) -> Self {
        Self::Caller(*caller.user_id.as_bytes())
    }
}

#[derive(Clone)]
pub(crate) struct Budget(Arc<Shared>);

struct Shared {
    limits: InFlight,
    used: Mutex<Used>,
    given_back: Notify,
    /// Who holds it may wait to read on.
    waiting: Semaphore,
}

#[derive(Default)]
struct Used {
    total: usize,
    payers: HashMap<Payer, Share>,
}

/// What one payer holds.
#[derive(Default)]
struct Share {
    bytes: usize,
    streams: usize,
    /// Requests that wait for room.
    waiting: usize,
}

impl Share {
    fn is_unused(&self) -> bool {
        self.bytes == 0 && self.streams == 0 && self.waiting == 0
    }
}

impl Budget {
    pub(crate) fn new(limits: InFlight) -> Self {
        Self(Arc::new(Shared {
            limits,
            used: Mutex::default(),
            given_back: Notify::new(),
            waiting: Semaphore::new(STREAMS_WAITING),
        }))
    }

    /// The charge of a request, for what every request costs.
    pub(crate) fn open(&self, payer: Payer) -> Result<Charge, ApiError> {
        let charge = Charge::new(self.0.clone(), payer, false, 0);
        charge.take(match payer {
            Payer::Caller(_) | Payer::Signers => REQUEST,
            Payer::Anyone => ANONYMOUS_REQUEST,
        })?;
        Ok(charge)
    }

    /// Makes the charge of a request that of a stream, of which a caller may have only so many open.
    pub(crate) fn take_stream(&self, charge: &mut Charge) -> Result<(), ApiError> {
        charge.take(STREAM)?;
        let most = self.0.limit(charge.payer) / STREAMS_SHARE / STREAM;
        let mut used = self.0.used();
        let share = used.share(charge.payer);
        if share.streams >= most {
            return Err(ApiError::TooManyRequests {
                sentence: format!(
                    "This caller has {most} streams open, as many as it may. End one of them, or try again in a second."
                ),
                retry_after_seconds: RETRY_AFTER_SECONDS,
            });
        }
        share.streams += 1;
        charge.is_stream = true;
        Ok(())
    }

    /// Charges for an answer before it is made, so that nothing is done and then not answered. Who asks for a large one waits
    /// a while for room, which also limits how many are made at once.
    pub(crate) async fn take_answer(&self, charge: &Charge, size: AnswerSize) -> Result<(), ApiError> {
        let bytes = size.bytes(self.0.limits.caller / LARGE_ANSWER_SHARE);
        charge.answer.store(bytes, Ordering::Relaxed);
        match size.is_small() {
            true => charge.take(bytes),
            false => Ok(charge.take_in_turn(bytes).await?),
        }
    }
}

/// Bytes charged to somebody, given back on drop.
pub(crate) struct Charge {
    shared: Arc<Shared>,
    payer: Payer,
    /// It leaves to small requests what is theirs, however small it is itself.
    is_large: bool,
    is_stream: bool,
    bytes: AtomicUsize,
    /// Those of them that are for the answer.
    answer: AtomicUsize,
}

/// Why a charge cannot grow.
enum Over {
    /// Others hold what there is.
    Now,
    /// It would be too large even if it were alone.
    Ever { most: usize },
}

impl From<Over> for ApiError {
    fn from(over: Over) -> Self {
        match over {
            Over::Now => Self::TooManyRequests {
                sentence: "The server holds as many bytes of requests and answers as it may, in all or for this caller. \
                           Send less at the same time, and try again in a second."
                    .to_owned(),
                retry_after_seconds: RETRY_AFTER_SECONDS,
            },
            Over::Ever { most } => Self::Body(format!(
                "The request would take more than {most} bytes of memory, the most this server spends on one. Send fewer \
                 entries at a time."
            )),
        }
    }
}

impl Charge {
    fn new(shared: Arc<Shared>, payer: Payer, is_large: bool, bytes: usize) -> Self {
        let (bytes, answer) = (AtomicUsize::new(bytes), AtomicUsize::new(0));
        Self { shared, payer, is_large, is_stream: false, bytes, answer }
    }

    /// Charges more bytes, if there is room for them now.
    pub(crate) fn take(&self, bytes: usize) -> Result<(), ApiError> {
        Ok(self.grow(bytes)?)
    }

    /// Charges more bytes. A stream that has no room for them is read no further for a while.
    pub(crate) async fn take_or_wait(&self, bytes: usize) -> Result<(), ApiError> {
        match self.grow(bytes) {
            Err(Over::Now) => {
                let _turn = self.shared.waiting.try_acquire().map_err(|_| Over::Now)?;
                Ok(self.take_within(STREAM_WAIT, bytes).await?)
            }
            taken => Ok(taken?),
        }
    }

    /// Waits for room, unless too many of the same payer do.
    async fn take_in_turn(&self, bytes: usize) -> Result<(), Over> {
        match self.grow(bytes) {
            Err(Over::Now) => {
                let _waiting = Waiting::start(self).ok_or(Over::Now)?;
                self.take_within(WAIT, bytes).await
            }
            taken => taken,
        }
    }

    async fn take_within(&self, time: Duration, bytes: usize) -> Result<(), Over> {
        let waited = timeout(time, async {
            loop {
                let given_back = self.shared.given_back.notified();
                match self.grow(bytes) {
                    Err(Over::Now) => given_back.await,
                    taken => return taken,
                }
            }
        });
        waited.await.unwrap_or(Err(Over::Now))
    }

    fn grow(&self, bytes: usize) -> Result<(), Over> {
        if bytes == 0 {
            return Ok(());
        }
        let held = self.bytes();
        self.shared.take(self.payer, bytes, self.is_large || held.saturating_add(bytes) > SMALL, held)?;
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        Ok(())
    }

    /// A part of it as a charge of its own.
    pub(crate) fn split(&self, bytes: usize) -> Self {
        let bytes = bytes.min(self.bytes());
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.part(bytes)
    }

    /// Gives back what is neither for the answer nor what every request costs.
    pub(crate) fn shrink_to_answer(&self) {
        self.shrink_to(REQUEST + self.answer.load(Ordering::Relaxed));
    }

    /// Gives back what is beyond so many bytes.
    pub(crate) fn shrink_to(&self, bytes: usize) {
        let before = self.bytes.fetch_min(bytes, Ordering::Relaxed);
        self.shared.give_back(self.payer, before.saturating_sub(bytes));
    }

    /// A charge of its own for an answer: of what was charged for it before, and of what is over, whether there is room for it
    /// or not. What was charged for it and not needed is given back.
    fn of_answer(&self, bytes: usize) -> Self {
        let reserved = self.answer.swap(0, Ordering::Relaxed);
        let answer = self.split(bytes.min(reserved));
        self.shrink_to(self.bytes() - (reserved - answer.bytes()).min(self.bytes()));
        let over = bytes - answer.bytes();
        if over > 0 {
            self.shared.used().add(self.payer, over);
            answer.bytes.fetch_add(over, Ordering::Relaxed);
        }
        answer
    }

    /// An empty charge of the same payer, for a part of a stream.
    pub(crate) fn empty(&self) -> Self {
        self.part(0)
    }

    /// A charge of the same payer that holds so many bytes already.
    fn part(&self, bytes: usize) -> Self {
        Self::new(self.shared.clone(), self.payer, true, bytes)
    }

    /// The same charge for another payer, if that one has room for it.
    pub(crate) fn moved_to(mut self, payer: Payer) -> Result<Self, ApiError> {
        self.shared.transfer(self.payer, payer, self.bytes())?;
        self.payer = payer;
        Ok(self)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        if self.is_stream {
            let mut used = self.shared.used();
            used.share(self.payer).streams -= 1;
            used.forget_unused(self.payer);
        }
        self.shared.give_back(self.payer, self.bytes());
    }
}

/// Until it is dropped, a request of the payer waits.
struct Waiting<'a>(&'a Charge);

impl<'a> Waiting<'a> {
    fn start(charge: &'a Charge) -> Option<Self> {
        let mut used = charge.shared.used();
        let share = used.share(charge.payer);
        (share.waiting < WAITING).then(|| {
            share.waiting += 1;
            Self(charge)
        })
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut used = self.0.shared.used();
        used.share(self.0.payer).waiting -= 1;
        used.forget_unused(self.0.payer);
    }
}

impl Shared {
    /// Charges more bytes to a request that holds some already.
    fn take(&self, payer: Payer, bytes: usize, is_large: bool, held: usize) -> Result<(), Over> {
        let own = held.saturating_add(bytes);
        let (most, total) = (share(self.limit(payer), is_large), share(self.limits.total, is_large));
        if own > most.min(total) {
            return Err(Over::Ever { most: most.min(total) });
        }
        let mut used = self.used();
        if used.total.saturating_add(bytes) > total {
            return Err(Over::Now);
        }
        let of_payer = used.share(payer);
        if of_payer.bytes.saturating_add(bytes) > most {
            used.forget_unused(payer);
            return Err(Over::Now);
        }
        of_payer.bytes += bytes;
        used.total += bytes;
        Ok(())
    }

    fn transfer(&self, from: Payer, to: Payer, bytes: usize) -> Result<(), Over> {
        let mut used = self.used();
        if from != to && used.of(to).saturating_add(bytes) > share(self.limit(to), bytes > SMALL) {
            return Err(Over::Now);
        }
        used.remove(from, bytes);
        used.add(to, bytes);
        Ok(())
    }

    fn limit(&self, payer: Payer) -> usize {
        match payer {
            Payer::Caller(_) | Payer::Signers => self.limits.caller,
            Payer::Anyone => self.limits.total / ANONYMOUS_SHARE,
        }
    }

    fn give_back(&self, payer: Payer, bytes: usize) {
        if bytes == 0 {
            return;
        }
        self.used().remove(payer, bytes);
        self.given_back.notify_waiters();
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The part of a limit that a request may use.
fn share(limit: usize, is_large: bool) -> usize {
    if is_large { limit - limit / SMALL_SHARE } else { limit }
}

impl Used {
    fn of(&self, payer: Payer) -> usize {
        self.payers.get(&payer).map_or(0, |share| share.bytes)
    }

    fn share(&mut self, payer: Payer) -> &mut Share {
        self.payers.entry(payer).or_default()
    }

    fn add(&mut self, payer: Payer, bytes: usize) {
        self.total = self.total.saturating_add(bytes);
        let share = self.share(payer);
        share.bytes = share.bytes.saturating_add(bytes);
    }

    fn remove(&mut self, payer: Payer, bytes: usize) {
        self.total = self.total.saturating_sub(bytes);
        let share = self.share(payer);
        share.bytes = share.bytes.saturating_sub(bytes);
        if share.is_unused() {
            self.payers.remove(&payer);
        }
    }

    fn forget_unused(&mut self, payer: Payer) {
        if self.payers.get(&payer).is_some_and(Share::is_unused) {
            self.payers.remove(&payer);
        }
    }
}

/// Bytes of an answer with their charge, which lasts until the connection has written the last of them.
pub(crate) fn charged(bytes: impl AsRef<[u8]> + Send + 'static, charge: &Charge) -> Bytes {
    let charge = charge.of_answer(bytes.as_ref().len());
    Bytes::from_owner(Charged { bytes, _charge: charge })
}

struct Charged<B> {
    bytes: B,
    _charge: Charge,
}

impl<B: AsRef<[u8]>> AsRef<[u8]> for Charged<B> {
    fn as_ref(&self) -> &[u8] {
        self.bytes.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1024 * 1024;
    const ALICE: Payer = Payer::Caller([1; 16]);
    const BOB: Payer = Payer::Caller([2; 16]);

    fn budget() -> Budget {
        Budget::new(InFlight { total: 16 * MIB, caller: 8 * MIB })
    }

    fn is_too_many<T>(taken: &Result<T, ApiError>) -> bool {
        matches!(taken, Err(ApiError::TooManyRequests { .. }))
    }

    #[test]
    fn callers_have_a_limit_each_and_one_together() {
        let budget = budget();
        let [first, second, of_bob] = [ALICE, ALICE, BOB].map(|payer| budget.open(payer).unwrap());
        first.take(4 * MIB).unwrap();
        assert!(is_too_many(&second.take(3 * MIB)));
        second.take(MIB).unwrap();
        of_bob.take(5 * MIB).unwrap();
        let of_carol = budget.open(Payer::Caller([3; 16])).unwrap();
        assert!(is_too_many(&of_carol.take(5 * MIB)), "of all together");
        drop(first);
        of_carol.take(5 * MIB).unwrap();
        drop((second, of_bob, of_carol));
        let used = budget.0.used();
        assert_eq!((used.total, used.payers.len()), (0, 0));
    }

    #[test]
    fn large_requests_leave_room_for_small_ones() {
        let budget = budget();
        let large = budget.open(ALICE).unwrap();
        large.take(6 * MIB - REQUEST).unwrap();
        let small: Vec<_> = (0..8).map(|_| budget.open(ALICE).unwrap()).collect();
        small.iter().for_each(|charge| charge.take(SMALL - REQUEST).unwrap());
        assert!(is_too_many(&budget.open(ALICE)));
        assert!(budget.open(BOB).is_ok());
    }

    #[test]
    fn a_charge_moves_to_the_caller_whose_signature_was_right() {
        let budget = budget();
        let signed = budget.open(Payer::Signers).unwrap();
        signed.take(5 * MIB).unwrap();
        let signed = signed.moved_to(ALICE).unwrap();
        assert_eq!(budget.0.used().total, 5 * MIB + REQUEST);
        let another = budget.open(Payer::Signers).unwrap();
        another.take(5 * MIB).unwrap();
        assert!(is_too_many(&another.moved_to(ALICE)));
        drop(signed);
        assert_eq!(budget.0.used().total, 0);
    }

    #[test]
    fn open_streams_leave_room_for_other_large_requests() {
        let budget = budget();
        let open = || {
            let mut charge = budget.open(ALICE).unwrap();
            budget.take_stream(&mut charge).map(|()| charge)
        };
        let streams: Vec<_> = (0..4).map(|_| open().unwrap()).collect();
        assert!(is_too_many(&open()));
        budget.open(ALICE).unwrap().take(3 * MIB).unwrap();
        drop(streams);
        open().unwrap();
        assert!(budget.0.used().payers.is_empty(), "nothing is kept of callers that have gone");
    }

    #[tokio::test(start_paused = true)]
    async fn few_requests_wait_for_a_large_answer_and_small_ones_do_not() {
        let budget = budget();
        let held = budget.open(ALICE).unwrap();
        held.take(6 * MIB - REQUEST).unwrap();
        let ask = async |size| {
            let charge = budget.open(ALICE).unwrap();
            budget.take_answer(&charge, size).await.map(|()| charge)
        };
        let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(ask(AnswerSize::Large))).collect();
        for request in &mut waiting {
            assert!(
                std::future::poll_fn(|context| std::task::Poll::Ready(
                    request.as_mut().poll(context).is_pending()
                ))
                .await
            );
        }
        assert!(is_too_many(&ask(AnswerSize::Large).await), "one more does not wait");
        ask(AnswerSize::of_limit(Some(50))).await.unwrap();
        drop(held);
        for request in waiting {
            request.await.unwrap();
        }
        assert!(budget.0.used().payers.is_empty());
    }

    #[test]
    fn what_can_never_fit_is_not_worth_another_try() {
        let charge = budget().open(ALICE).unwrap();
        assert!(matches!(charge.take(7 * MIB), Err(ApiError::Body(_))));
    }

    #[test]
    fn answers_are_charged_until_the_last_of_them_is_written() {
        let budget = budget();
        let charge = budget.open(ALICE).unwrap();
        let mut answer = charged(vec![0; MIB], &charge);
        drop(charge);
        let last = answer.split_off(MIB - 1);
        drop(answer);
        assert_eq!(budget.0.used().total, MIB);
        drop(last);
        assert_eq!(budget.0.used().total, 0);
    }

    #[tokio::test]
    async fn an_answer_uses_what_was_charged_for_it() {
        let budget = budget();
        let charge = budget.open(ALICE).unwrap();
        budget.take_answer(&charge, AnswerSize::of_limit(Some(50))).await.unwrap();
        assert_eq!(budget.0.used().total, REQUEST + 50 * ITEM);
        let answer = charged(vec![0; 1_000], &charge);
        assert_eq!(budget.0.used().total, REQUEST + 1_000, "the rest was given back");
        let more = charged(vec![0; MIB], &charge);
        assert_eq!(budget.0.used().total, REQUEST + 1_000 + MIB);
        drop((charge, answer, more));
        assert_eq!(budget.0.used().total, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_gets_what_is_given_back() {
        let budget = budget();
        let (held, waiting) = (budget.open(ALICE).unwrap(), budget.open(ALICE).unwrap());
        held.take(5 * MIB).unwrap();
        assert!(is_too_many(&waiting.take_or_wait(5 * MIB).await), "nothing was given back in time");
        let (taken, ()) = tokio::join!(waiting.take_or_wait(5 * MIB), async { drop(held) });
        taken.unwrap();
    }
}
