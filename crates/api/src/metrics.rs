//! What the transports count: requests and how long they took, by operation, transport and code.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// None of them comes from a request, so nobody can make them many or put a value into them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Labels {
    pub(crate) operation: &'static str,
    pub(crate) transport: &'static str,
    pub(crate) code: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Operation {
    operation: &'static str,
}

pub struct Metrics {
    requests: Family<Labels, Counter>,
    seconds: Family<Operation, Histogram, fn() -> Histogram>,
}

impl Default for Metrics {
    fn default() -> Self {
        // 50 microseconds to 1.6 seconds: a cached read to an import of the largest batch.
        let histogram: fn() -> Histogram = || Histogram::new(exponential_buckets(0.000_05, 2.0, 16));
        Self { requests: Family::default(), seconds: Family::new_with_constructor(histogram) }
    }
}

impl Metrics {
    pub fn register(&self, registry: &mut Registry) {
        registry.register(
            "requests",
            "Requests answered, by operation, transport and code",
            self.requests.clone(),
        );
        registry.register("request_seconds", "Time to answer, by operation", self.seconds.clone());
    }

    pub(crate) fn observe(&self, labels: Labels, took: Duration) {
        self.seconds.get_or_create(&Operation { operation: labels.operation }).observe(took.as_secs_f64());
        self.requests.get_or_create(&labels).inc();
    }
}
