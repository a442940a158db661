//! Metrics for scrapers, which authenticate with an access key and its secret key as basic authentication, or with a token.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::Extensions;
use http::header::{CONTENT_TYPE, HeaderMap};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, text};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use strongroom_access::Access;
use strongroom_api::{Api, Metrics};
use strongroom_operations::Operations;
use strongroom_storage::{Health, Storage};

use crate::connections::Connections;
use crate::jobs::JobMetrics;

#[derive(Clone)]
pub(crate) struct Page {
    registry: Arc<Registry>,
    api: Api,
}

impl Page {
    pub(crate) fn new(
        metrics: &Metrics,
        jobs: &JobMetrics,
        storage: Storage,
        api: Api,
        access: Arc<Access>,
        connections: Connections,
    ) -> Self {
        let mut registry = Registry::with_prefix("strongroom");
        metrics.register(&mut registry);
        jobs.register(&mut registry);
        registry.register_collector(Box::new(Commits(storage)));
        registry.register_collector(Box::new(Load { access, connections }));
        registry.register_collector(Box::new(TrustInClock(api.operations.clone())));
        registry.register_collector(Box::new(Scrub(api.operations.clone())));
        Self { registry: Arc::new(registry), api }
    }
}

pub(crate) async fn show(State(page): State<Page>, headers: HeaderMap, extensions: Extensions) -> Response {
    if let Err(rejected) = page.api.identify(&headers, &extensions).await {
        return rejected;
    }
    let mut metrics = String::new();
    if text::encode(&mut metrics, &page.registry).is_err() {
        return http::StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], metrics).into_response()
}

/// Commits and flushes of the store.
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

/// Queued work, and connections and requests rejected early.
struct Load {
    access: Arc<Access>,
    connections: Connections,
}

impl std::fmt::Debug for Load {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Load")
    }
}

impl Collector for Load {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let (connections, log_ins) = (self.connections.counters(), self.access.log_in_counters());
        for (name, help, number) in [
            ("connections_open", "Open connections", connections.open),
            (
                "unauthenticated_requests",
                "Requests without credentials in flight",
                connections.unauthenticated_requests,
            ),
            ("log_ins_waiting", "Log-ins that wait for their turn", log_ins.waiting),
        ] {
            let gauge = ConstGauge::new(i64::try_from(number).unwrap_or(i64::MAX));
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        counters(
            &mut encoder,
            "connections_rejected",
            "Connections closed when they were opened, by the limit that was reached",
            [("all", connections.rejected_by_all), ("address", connections.rejected_by_network)],
        )?;
        counters(
            &mut encoder,
            "connections_closed_idle",
            "Connections asked to close because too many were open and nothing was in flight on them",
            [("idle", connections.closed_idle)],
        )?;
        counters(
            &mut encoder,
            "unauthenticated_requests_rejected",
            "Requests without credentials that there was no room for",
            [("in_flight", connections.requests_rejected)],
        )?;
        counters(
            &mut encoder,
            "log_ins_rejected",
            "Log-ins rejected without looking at the password",
            [("queue", log_ins.rejected_by_queue), ("failures", log_ins.rejected_after_failures)],
        )
    }
}

fn counters<const N: usize>(
    encoder: &mut DescriptorEncoder,
    name: &str,
    help: &str,
    by_reason: [(&str, u64); N],
) -> Result<(), std::fmt::Error> {
    let family = ConstCounter::new(0_u64);
    let mut metric = encoder.encode_descriptor(name, help, None, family.metric_type())?;
    for (reason, count) in by_reason {
        ConstCounter::new(count).encode(metric.encode_family(&[("reason", reason)])?)?;
    }
    Ok(())
}
/// State of the clock, and its offset from the trusted time.
struct TrustInClock(Arc<Operations>);

impl std::fmt::Debug for TrustInClock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TrustInClock")
    }
}

impl Collector for TrustInClock {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let status = self.0.clock_status();
        let in_doubt = i64::from(status.is_none_or(|status| status.is_in_doubt));
        let offset = status.map_or(0, |status| status.offset() / 1_000);
        for (name, help, value) in [
            (
                "clock_in_doubt",
                "1 while the clock differs from the trusted time by more than an hour",
                in_doubt,
            ),
            ("clock_offset_seconds", "How far the clock is ahead of the trusted time", offset),
        ] {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}

/// Progress and findings of the scrub.
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
