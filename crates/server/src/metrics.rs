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
use strongroom_storage::{Health, Storage};

#[derive(Clone)]
pub(crate) struct Page {
    registry: Arc<Registry>,
    doors: Doors,
}

impl Page {
    pub(crate) fn new(metrics: &Metrics, storage: Storage, doors: Doors) -> Self {
        let mut registry = Registry::with_prefix("strongroom");
        metrics.register(&mut registry);
        registry.register_collector(Box::new(Commits(storage)));
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
            ("storage_failures", "Commits that failed", counters.failures),
        ] {
            let counter = ConstCounter::new(count);
            counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)?;
        }
        let health = self.0.health();
        for (name, help, is_so) in [
            ("storage_writable", "1 while changes are taken", !matches!(health, Health::ReadOnly { .. })),
            ("storage_damaged", "1 once a damaged block was read", matches!(health, Health::Damaged { .. })),
        ] {
            let gauge = ConstGauge::new(i64::from(is_so));
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}
