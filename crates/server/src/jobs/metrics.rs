//! Metrics of jobs.

use std::sync::atomic::AtomicI64;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use strongroom_storage::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    job: &'static str,
}

/// When each job last succeeded, and how often it has failed.
#[derive(Clone, Default)]
pub(crate) struct JobMetrics {
    last_success: Family<Labels, Gauge<i64, AtomicI64>>,
    failures: Family<Labels, Counter>,
}

impl JobMetrics {
    pub(crate) fn register(&self, registry: &mut Registry) {
        registry.register(
            "job_last_success_time_seconds",
            "Unix time at which a job last succeeded",
            self.last_success.clone(),
        );
        registry.register("job_failures", "Runs of a job that failed", self.failures.clone());
    }

    pub(super) fn count_success(&self, job: &'static str, now: Timestamp) {
        self.last_success.get_or_create(&Labels { job }).set(now.whole_seconds());
        // So that a scrape shows 0 before the first failure.
        drop(self.failures.get_or_create(&Labels { job }));
    }

    pub(super) fn count_failure(&self, job: &'static str) {
        self.failures.get_or_create(&Labels { job }).inc();
    }
}
