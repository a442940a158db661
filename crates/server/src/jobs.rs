//! Jobs: work without a request. Each runs in a task of its own, so that a slow one delays no other.

mod clock;
mod expiry;
mod job;
mod last_access;
mod metrics;
mod purge;
mod rotation;
mod scrub;

use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use strongroom_operations::{Clock, Operations, chain};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

pub(crate) use clock::check_clock;
use job::{Job, MINUTE};
pub(crate) use metrics::JobMetrics;

/// The first and the longest pause after a failure.
const MIN_RETRY_PAUSE: Duration = Duration::from_secs(1);
const MAX_RETRY_PAUSE: Duration = MINUTE;

/// Runs all jobs until the sender of `stopped` is dropped, then stops them.
pub(crate) async fn run(
    operations: Arc<Operations>,
    scrub_interval: Option<Duration>,
    metrics: JobMetrics,
    stopped: oneshot::Receiver<()>,
) {
    let clock = operations.clock();
    let mut jobs: Vec<Arc<dyn Job>> = vec![
        Arc::new(clock::CheckClock(operations.clone())),
        Arc::new(last_access::StoreLastAccess(operations.clone())),
        Arc::new(rotation::CompleteRotation(operations.clone())),
        Arc::new(purge::Purge(operations.clone())),
        Arc::new(expiry::DeleteBatches(operations.clone())),
        Arc::new(expiry::DeleteRequests(operations.clone())),
        Arc::new(expiry::DeleteSignatures(operations.clone())),
        Arc::new(expiry::DeleteTokens(operations.clone())),
    ];
    if let Some(interval) = scrub_interval {
        jobs.push(Arc::new(scrub::Scrub::new(operations, interval)));
    }
    let mut tasks = JoinSet::new();
    for job in &jobs {
        tasks.spawn(repeat(job.clone(), clock.clone(), metrics.clone()));
    }
    let _ = stopped.await;
    tasks.shutdown().await;
    for job in jobs {
        if let Err(error) = job.stop().await {
            tracing::error!(
                job = job.name(),
                error = chain(&error),
                "could not store what a job had in memory"
            );
        }
    }
}

async fn repeat(job: Arc<dyn Job>, clock: Arc<dyn Clock>, metrics: JobMetrics) {
    let retries = || {
        let pauses =
            ExponentialBuilder::new().with_min_delay(MIN_RETRY_PAUSE).with_max_delay(MAX_RETRY_PAUSE);
        pauses.without_max_times().with_jitter().build()
    };
    let mut pauses = retries();
    loop {
        let pause = match job.run().await {
            Ok(pause) => {
                metrics.count_success(job.name(), clock.now());
                pauses = retries();
                pause
            }
            Err(error) => {
                metrics.count_failure(job.name());
                let pause = pauses.next().unwrap_or(MAX_RETRY_PAUSE);
                let retry_in_seconds = pause.as_secs();
                tracing::error!(job = job.name(), retry_in_seconds, error = chain(&error), "a job failed");
                pause
            }
        };
        #[allow(clippy::disallowed_methods, reason = "the pause is what bounds the work")]
        tokio::time::sleep(pause).await;
    }
}
