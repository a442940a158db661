//! Bulk work: large requests, large answers, streams and connections without credentials run in threads of lower priority. They
//! use whatever the processors have left, and nobody else waits for them.

use std::future::{Future, poll_fn};
use std::io;
use std::num::NonZero;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinSet;

/// What is added to the niceness of the threads. Chosen by us: the kernel then gives a busy thread of normal priority nine
/// times as much, and lets it interrupt them when it wakes up.
const NICER: i32 = 10;

/// Tasks that a thread runs before it looks for new events and for tasks from outside. That of tokio is 61, for which others
/// would wait as many times as long as the longest task takes. Chosen by us: looking costs a fraction of a microsecond.
const EVENT_INTERVAL: u32 = 7;

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

/// What becomes of work that begins as bulk work.
enum Begun<T> {
    Done(T),
    GoesOn(Work<T>),
}

/// Does work in the threads of bulk work until `is_trusted`, and then where it was called from. `None` if it panicked.
pub(crate) async fn run_until_trusted<T: Send + 'static>(
    bulk: &Handle,
    is_trusted: Arc<AtomicBool>,
    mut work: Work<T>,
) -> Option<T> {
    // A set, so that dropping this future ends the work as well.
    let mut there = JoinSet::new();
    let begun = async move {
        let ended = poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if is_trusted.load(Ordering::Relaxed) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        });
        match ended.await {
            Some(done) => Begun::Done(done),
            None => Begun::GoesOn(work),
        }
    };
    there.spawn_on(begun, bulk);
    match there.join_next().await?.ok()? {
        Begun::Done(done) => Some(done),
        Begun::GoesOn(work) => Some(work.await),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nice() -> i32 {
        rustix::process::getpriority_process(Some(rustix::thread::gettid())).unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn work_has_lower_priority_until_it_is_trusted() {
        let (bulk, is_trusted) = (Bulk::start().unwrap(), Arc::new(AtomicBool::new(false)));
        let before = nice();
        let trust = is_trusted.clone();
        let work = async move {
            let first = nice();
            trust.store(true, Ordering::Relaxed);
            tokio::task::yield_now().await;
            [first, nice()]
        };
        let seen = run_until_trusted(&bulk.handle(), is_trusted, Box::pin(work)).await.unwrap();
        assert_eq!(seen, [before + NICER, before]);
    }
}
