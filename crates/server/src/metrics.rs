//! The metrics page, for scrapers that show an access key and its secret key as name and password, or a token.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, HeaderMap};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, text};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use strongroom_api::{Doors, Metrics};
use strongroom_operations::Operations;
use strongroom_storage::Storage;

#[derive(Clone)]
pub(crate) struct Page {
    registry: Arc<Registry>,
    doors: Doors,
}

impl Page {
    pub(crate) fn new(
        metrics: &Metrics,
        storage: Storage,
        operations: Arc<Operations>,
        doors: Doors,
    ) -> Self {
        let mut registry = Registry::with_prefix("strongroom");
        metrics.register(&mut registry);
        registry.register_collector(Box::new(Commits(storage)));
        registry.register_collector(Box::new(Scrub(operations)));
        Self { registry: Arc::new(registry), doors }
    }
}

pub(crate) async fn show(State(page): State<Page>, headers: HeaderMap) -> Response {
    if let Err(refused) = page.doors.identify(&headers).await {
        return refused;
    }
    let mut metrics = String::new();
    if text::encode(&mut metrics, &page.registry).is_err() {
        return http::StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], metrics).into_response()
}

/// How many flushes how many changes cost.
#[derive(Clone)]
struct Commits(Storage);

impl std::fmt::Debug for Commits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Commits")
    }
}

impl Collector for Commits {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let counters = self.0.counters();
        for (name, help, count) in [
            ("storage_flushes", "Durable commits of the engine, one flush each", counters.commits),
            ("storage_changes", "Changes that those commits made durable", counters.requests),
            ("storage_failures", "Commits that failed; after one, restart the server", counters.failures),
        ] {
            let counter = ConstCounter::new(count);
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)?;
        }
        Ok(())
    }
}

/// What the scrub has found, and how far it is.
struct Scrub(Arc<Operations>);

impl std::fmt::Debug for Scrub {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scrub")
    }
}

impl Collector for Scrub {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let status = self.0.scrub_status();
        let finished = status.last_finish_time.unwrap_or_default() / 1_000;
        let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        for (name, help, value) in [
            (
                "storage_damaged_records",
                "Problems that the scrub has found; above 0, restore the store",
                count(status.damaged),
            ),
            (
                "storage_scrub_records",
                "Records looked at in the pass that runs, or in the last one",
                count(status.records),
            ),
            ("storage_scrub_running", "1 while a pass runs", i64::from(status.running)),
            (
                "storage_scrub_last_finish_time_seconds",
                "Unix time at which the last whole pass ended; 0 before the first",
                finished,
            ),
        ] {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}
