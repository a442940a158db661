//! Bulk work: large requests, streams, connections that keep a processor busy and those without credentials run in threads of
//! lower priority. They use whatever the processors have left, and nobody else waits for them.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::io;
use std::num::NonZero;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinSet;

/// What is added to the niceness of the threads. Chosen by us: the kernel then gives a busy thread of normal priority nine
/// times as much, and lets it interrupt them when it wakes up.
const NICER: i32 = 10;

/// Tasks that a thread runs before it looks for new events and for tasks from outside. That of tokio is 61, for which others
/// would wait as many times as long as the longest task takes. Chosen by us: looking costs a fraction of a microsecond.
const EVENT_INTERVAL: u32 = 7;

/// A connection that has been worked on for so long within a second is bulk work; one that has been worked on for less than
/// half of it in a whole second is so no longer. Chosen by us: 100 small requests a second take less.
const MUCH: Duration = Duration::from_millis(5);
const WINDOW: Duration = Duration::from_secs(1);

/// How long a connection is worked on before the others get their turn. Chosen by us: a dozen small requests.
const SLICE: Duration = Duration::from_micros(500);

/// A runtime for everything but bulk work.
pub fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread().enable_all().event_interval(EVENT_INTERVAL).build()
}

/// The threads of bulk work. They end when it is dropped.
pub(crate) struct Bulk {
    handle: Handle,
    /// Empty only while dropping.
    runtime: Option<Runtime>,
}

impl Bulk {
    pub(crate) fn start() -> io::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let runtime = Builder::new_multi_thread()
            .worker_threads(cores)
            .thread_name("bulk")
            .event_interval(EVENT_INTERVAL)
            .on_thread_start(lower_priority)
            .enable_all()
            .build()?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    pub(crate) fn handle(&self) -> Handle {
        self.handle.clone()
    }
}

impl Drop for Bulk {
    fn drop(&mut self) {
        // Dropped in an asynchronous context, where nobody may wait for threads.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Where the system does not allow it, bulk work is as urgent as the rest, and everything else works.
fn lower_priority() {
    let thread = Some(rustix::thread::gettid());
    if let Ok(nice) = rustix::process::getpriority_process(thread) {
        let _ = rustix::process::setpriority_process(thread, nice + NICER);
    }
}

type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Decides in which threads a connection and its requests are worked on.
#[derive(Clone)]
pub(crate) struct Placement(Arc<State>);

struct State {
    usual: Handle,
    bulk: Handle,
    is_authenticated: Arc<AtomicBool>,
    start: Instant,
    /// In nanoseconds after the start.
    window_start: AtomicU64,
    spent: AtomicU64,
    is_much: AtomicBool,
}

/// What becomes of work that may be moved to other threads.
enum Moved<T> {
    Done(T),
    On(Work<T>),
}

impl Placement {
    /// `is_authenticated` becomes true when the connection shows good credentials.
    pub(crate) fn new(usual: Handle, bulk: Handle, is_authenticated: Arc<AtomicBool>) -> Self {
        Self(Arc::new(State {
            usual,
            bulk,
            is_authenticated,
            start: Instant::now(),
            window_start: AtomicU64::new(0),
            spent: AtomicU64::new(0),
            is_much: AtomicBool::new(false),
        }))
    }

    /// Runs the work of the connection, moving it between the threads as often as it has to be.
    pub(crate) async fn run<T: Send + 'static>(&self, mut work: Work<T>) -> Option<T> {
        loop {
            let is_bulk = self.is_bulk();
            let (placement, mut there) = (self.clone(), JoinSet::new());
            let threads = if is_bulk { &self.0.bulk } else { &self.0.usual };
            there.spawn_on(async move { placement.while_bulk(is_bulk, work).await }, threads);
            work = match there.join_next().await?.ok()? {
                Moved::Done(done) => return Some(done),
                Moved::On(work) => work,
            };
        }
    }

    async fn while_bulk<T>(&self, is_bulk: bool, mut work: Work<T>) -> Moved<T> {
        let ended = poll_fn(|context| match self.spend(|| work.as_mut().poll(context)) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if self.is_bulk() == is_bulk => Poll::Pending,
            Poll::Pending => Poll::Ready(None),
        });
        match ended.await {
            Some(done) => Moved::Done(done),
            None => Moved::On(work),
        }
    }

    /// Does the work, and counts how long it took.
    fn spend<T>(&self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        SLICE_START.set(Some(start));
        let done = work();
        SLICE_START.set(None);
        self.0.spent.fetch_add(nanoseconds(start.elapsed()), Ordering::Relaxed);
        done
    }

    fn is_bulk(&self) -> bool {
        self.is_much(nanoseconds(self.0.start.elapsed())) || !self.0.is_authenticated.load(Ordering::Relaxed)
    }

    fn is_much(&self, now: u64) -> bool {
        let State { window_start, spent, is_much, .. } = &*self.0;
        let in_window = spent.load(Ordering::Relaxed);
        if in_window > nanoseconds(MUCH) {
            is_much.store(true, Ordering::Relaxed);
        }
        if now.saturating_sub(window_start.load(Ordering::Relaxed)) >= nanoseconds(WINDOW) {
            window_start.store(now, Ordering::Relaxed);
            spent.store(0, Ordering::Relaxed);
            if in_window < nanoseconds(MUCH / 2) {
                is_much.store(false, Ordering::Relaxed);
            }
        }
        is_much.load(Ordering::Relaxed)
    }
}

/// Runs the requests of a connection of HTTP/2, each in a task, as part of its work.
impl<F> hyper::rt::Executor<F> for Placement
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, task: F) {
        let placement = self.clone();
        tokio::spawn(async move { placement.run(Box::pin(task)).await });
    }
}

thread_local! {
    /// When this thread began to work on what it works on.
    static SLICE_START: Cell<Option<Instant>> = const { Cell::new(None) };
}

fn is_slice_over() -> bool {
    SLICE_START.get().is_some_and(|start| start.elapsed() >= SLICE)
}

/// Lets the others have their turn, if it is time. To be called once for each request: a client may send any number at once.
pub(crate) async fn end_slice() {
    if is_slice_over() {
        tokio::task::yield_now().await;
    }
}

/// A connection that gives no more to read when it is time for the others.
pub(crate) struct Sliced<S>(pub(crate) S);

impl<S: AsyncRead + Unpin> AsyncRead for Sliced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if is_slice_over() {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Sliced<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nice() -> i32 {
        rustix::process::getpriority_process(Some(rustix::thread::gettid())).unwrap()
    }

    #[tokio::test]
    async fn the_work_of_a_second_decides() {
        let usual = Handle::current();
        let placement = Placement::new(usual.clone(), usual, Arc::new(AtomicBool::new(true)));
        let ms = |ms| nanoseconds(Duration::from_millis(ms));
        let spend = |spent| placement.0.spent.fetch_add(ms(spent), Ordering::Relaxed);
        spend(5);
        assert!(!placement.is_much(ms(10)));
        spend(1);
        assert!(placement.is_much(ms(20)));
        assert!(placement.is_much(ms(1_000)), "the second was busy");
        spend(3);
        assert!(placement.is_much(ms(2_000)), "the next one was not calm");
        spend(2);
        assert!(!placement.is_much(ms(3_000)));
    }

    #[tokio::test(flavor = "multi_thread")]
    #[allow(clippy::disallowed_methods, reason = "time has to pass")]
    async fn work_without_credentials_or_without_end_has_lower_priority() {
        let (bulk, is_authenticated) = (Bulk::start().unwrap(), Arc::new(AtomicBool::new(false)));
        let placement = Placement::new(Handle::current(), bulk.handle(), is_authenticated.clone());
        let before = nice();
        let work = async move {
            let anonymous = nice();
            is_authenticated.store(true, Ordering::Relaxed);
            tokio::task::yield_now().await;
            let authenticated = nice();
            let start = Instant::now();
            while start.elapsed() < 2 * MUCH {}
            tokio::task::yield_now().await;
            let busy = nice();
            for _ in 0..30 {
                tokio::time::sleep(WINDOW / 10).await;
            }
            [anonymous, authenticated, busy, nice()]
        };
        let seen = placement.run(Box::pin(work)).await.unwrap();
        assert_eq!(seen, [before + NICER, before, before + NICER, before]);
    }

    #[tokio::test]
    async fn a_slice_ends_reading() {
        let handle = Handle::current();
        let placement = Placement::new(handle.clone(), handle, Arc::default());
        let mut reader = Sliced(&b"never ending"[..]);
        let mut context = Context::from_waker(std::task::Waker::noop());
        let mut read = |bytes: &mut [u8]| {
            let mut buffer = ReadBuf::new(bytes);
            Pin::new(&mut reader).poll_read(&mut context, &mut buffer).is_ready()
        };
        placement.spend(|| {
            assert!(read(&mut [0; 4]));
            let start = Instant::now();
            while start.elapsed() < SLICE {}
            assert!(!read(&mut [0; 4]));
        });
        placement.spend(|| assert!(read(&mut [0; 4])));
    }
}
