//! Threads of lower priority: for connections without valid credentials and, lower still, for bulk work (large requests,
//! large answers and streams). They use the processor time that other threads leave.

use std::future::{Future, poll_fn};
use std::io;
use std::num::NonZero;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinSet;

/// Added to the niceness of the threads. Our choice: every five steps reduce the share of a busy thread to a third, and
/// threads of higher priority interrupt it. So a log-in does not wait for imports and lists of others.
const UNAUTHENTICATED_NICENESS: i32 = 5;
const BULK_NICENESS: i32 = 10;

/// Threads of one priority. They end on drop.
pub(crate) struct Threads {
    handle: Handle,
    /// `None` only while dropping.
    runtime: Option<Runtime>,
}

impl Threads {
    /// For connections without valid credentials.
    pub(crate) fn for_unauthenticated() -> io::Result<Self> {
        Self::start("unauthenticated", UNAUTHENTICATED_NICENESS)
    }

    pub(crate) fn for_bulk() -> io::Result<Self> {
        Self::start("bulk", BULK_NICENESS)
    }

    fn start(name: &str, nicer: i32) -> io::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let runtime = Builder::new_multi_thread()
            .worker_threads(cores)
            .thread_name(name)
            .on_thread_start(move || lower_priority(nicer))
            .enable_all()
            .build()?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    pub(crate) fn handle(&self) -> Handle {
        self.handle.clone()
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // It is dropped in an asynchronous context, which must not block on threads.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// If the system does not allow it, the threads have normal priority.
fn lower_priority(by: i32) {
    let thread = Some(rustix::thread::gettid());
    if let Ok(nice) = rustix::process::getpriority_process(thread) {
        let _ = rustix::process::setpriority_process(thread, nice + by);
    }
}

type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The state of work that started in other threads.
enum StartedWork<T> {
    Done(T),
    GoesOn(Work<T>),
}

/// Runs work in the threads for unauthenticated connections until `is_trusted`, then in those of the caller. `None` if it
/// panicked.
pub(crate) async fn run_until_trusted<T: Send + 'static>(
    unauthenticated: &Handle,
    is_trusted: Arc<AtomicBool>,
    mut work: Work<T>,
) -> Option<T> {
    // A `JoinSet`, so that dropping this future aborts the work.
    let mut there = JoinSet::new();
    let begun = async move {
        let ended = poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending if is_trusted.load(Ordering::Relaxed) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        });
        match ended.await {
            Some(done) => StartedWork::Done(done),
            None => StartedWork::GoesOn(work),
        }
    };
    there.spawn_on(begun, unauthenticated);
    match there.join_next().await?.ok()? {
        StartedWork::Done(done) => Some(done),
        StartedWork::GoesOn(work) => Some(work.await),
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
        let (unauthenticated, is_trusted) =
            (Threads::for_unauthenticated().unwrap(), Arc::new(AtomicBool::new(false)));
        let before = nice();
        let trust = is_trusted.clone();
        let work = async move {
            let first = nice();
            trust.store(true, Ordering::Relaxed);
            tokio::task::yield_now().await;
            [first, nice()]
        };
        let seen = run_until_trusted(&unauthenticated.handle(), is_trusted, Box::pin(work)).await.unwrap();
        assert_eq!(seen, [before + UNAUTHENTICATED_NICENESS, before]);
    }
}
