//! Checks whether the clock is trusted, and stores the trusted time for the next start.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use strongroom_operations::{Answer, ClockEvent, ClockStatus, Operations};

use super::job::{Job, MINUTE};
use crate::process::report_unlocked_keys;

pub(super) struct CheckClock(pub(super) Arc<Operations>);

#[async_trait]
impl Job for CheckClock {
    fn name(&self) -> &'static str {
        "check_clock"
    }

    async fn run(&self) -> Answer<Duration> {
        // Project keys are opened on first use, so this is not known at the start.
        report_unlocked_keys();
        check_clock(&self.0).await?;
        self.0.store_clock().await?;
        Ok(MINUTE)
    }

    async fn stop(&self) -> Answer<()> {
        self.0.store_clock_at_stop().await
    }
}

/// Checks the clock, and logs changes of its trust.
pub(crate) async fn check_clock(operations: &Operations) -> Answer<()> {
    match operations.check_clock().await? {
        None => {}
        Some(ClockEvent::InDoubt(status)) => log_doubt(status),
        Some(ClockEvent::Agrees) => tracing::info!("the clock agrees with the trusted time again"),
        Some(ClockEvent::TrustedAgain) => {
            tracing::warn!("the clock ran long enough without another jump and is trusted again");
        }
    }
    Ok(())
}

fn log_doubt(status: ClockStatus) {
    let [clock, trusted_time] = status.dates();
    tracing::error!(
        clock,
        trusted_time,
        offset_seconds = status.offset() / 1_000,
        trusted_in_seconds = status.trusted_in.map(|left| left.as_secs()),
        "the clock is in doubt: it differs from the trusted time by more than an hour, so nothing expired is removed; correct \
         the clock of the machine, or run `strongroom clock confirm` if it is right, as after the machine was off"
    );
}
