//! Threads of lower priority, for what others shall not wait for: connections that have shown no good credentials, and below
//! them bulk work, which is large requests, large answers and streams. They use whatever the processors have left.

use std::future::{Future, poll_fn};
use std::io;
use std::num::NonZero;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinSet;

/// What is added to the niceness of the threads. Chosen by us: with each step of five the kernel gives a busy thread a third, and
/// lets one of higher priority interrupt it. A log-in waits neither for the imports nor for the lists of others.
const OF_NEWCOMERS: i32 = 5;
const OF_BULK: i32 = 10;

/// Threads of one priority. They end when it is dropped.
pub(crate) struct Threads {
    handle: Handle,
    /// Empty only while dropping.
    runtime: Option<Runtime>,
}

impl Threads {
    /// For connections that have shown no good credentials.
    pub(crate) fn for_newcomers() -> io::Result<Self> {
        Self::start("newcomers", OF_NEWCOMERS)
    }

    pub(crate) fn for_bulk() -> io::Result<Self> {
        Self::start("bulk", OF_BULK)
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
        // Dropped in an asynchronous context, where nobody may wait for threads.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Where the system does not allow it, they are as urgent as the rest, and everything else works.
fn lower_priority(by: i32) {
    let thread = Some(rustix::thread::gettid());
    if let Ok(nice) = rustix::process::getpriority_process(thread) {
        let _ = rustix::process::setpriority_process(thread, nice + by);
    }
}

type Work<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// What becomes of work that begins in other threads.
enum Begun<T> {
    Done(T),
    GoesOn(Work<T>),
}

/// Does work in the threads of newcomers until `is_trusted`, and then where it was called from. `None` if it panicked.
pub(crate) async fn run_until_trusted<T: Send + 'static>(
    newcomers: &Handle,
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
    there.spawn_on(begun, newcomers);
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
        let (newcomers, is_trusted) = (Threads::for_newcomers().unwrap(), Arc::new(AtomicBool::new(false)));
        let before = nice();
        let trust = is_trusted.clone();
        let work = async move {
            let first = nice();
            trust.store(true, Ordering::Relaxed);
            tokio::task::yield_now().await;
            [first, nice()]
        };
        let seen = run_until_trusted(&newcomers.handle(), is_trusted, Box::pin(work)).await.unwrap();
        assert_eq!(seen, [before + OF_NEWCOMERS, before]);
    }
}
