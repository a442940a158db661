//! Background jobs: check the clock, continue an interrupted root key rotation, purge expired records, store last access
//! times, and scrub the store.

use std::sync::Arc;
use std::time::Duration;

use strongroom_operations::{ClockEvent, ClockStatus, Operations, ScrubStep, chain};
use strongroom_storage::Problem;
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior};

use crate::process::report_unlocked_keys;

/// Time between two rounds. Secrets past their deletion date are hidden at once, so this only bounds how long they use space.
/// A crash loses the access times since the last round.
const ROUND_INTERVAL: Duration = Duration::from_secs(60);

/// Pause after a step of the scrub, as a multiple of the step. Limits the scrub to 2 per cent of a core.
const SCRUB_PAUSE_FACTOR: u32 = 50;

/// Damaged records named in one log line. Our choice: enough to see what they have in common.
const MAX_LOGGED_RECORDS: usize = 20;

/// Runs until the sender of `stopped` is dropped, then stores pending times.
pub(crate) async fn run(
    operations: Arc<Operations>,
    scrub_interval: Option<Duration>,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut rounds = tokio::time::interval(ROUND_INTERVAL);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let work = async {
        loop {
            rounds.tick().await;
            // Project keys are opened on first use.
            report_unlocked_keys();
            round(&operations).await;
        }
    };
    tokio::select! {
        () = work => {}
        () = scrub(&operations, scrub_interval) => {}
        _ = &mut stopped => {}
    }
    store_access_times(&operations).await;
    if let Err(error) = operations.store_clock_at_stop().await {
        tracing::error!(
            error = chain(&error),
            "could not store the time; the next start may log_doubt its clock"
        );
    }
}

/// Checks whether the clock is trusted, and logs changes.
pub(crate) async fn check_clock(operations: &Operations) {
    match operations.check_clock().await {
        Ok(None) => {}
        Ok(Some(ClockEvent::InDoubt(status))) => log_doubt(status),
        Ok(Some(ClockEvent::Agrees)) => tracing::info!("the clock agrees with the trusted time again"),
        Ok(Some(ClockEvent::TrustedAgain)) => {
            tracing::warn!("the clock ran long enough without another jump and is trusted again");
        }
        Err(error) => tracing::error!(
            error = chain(&error),
            "could not check the clock, so nothing expired is removed; trying again in a minute"
        ),
    }
}

fn log_doubt(status: ClockStatus) {
    let [clock, trusted_time] = status.dates();
    tracing::error!(
        clock,
        trusted_time,
        offset_seconds = status.offset() / 1_000,
        trusted_in_seconds = status.trusted_in.map(|left| left.as_secs()),
        "the clock is in log_doubt: it differs from the trusted time by more than an hour, so nothing expired is removed; correct \
         the clock of the machine, or run `strongroom clock confirm` if it is right, as after the machine was off"
    );
}

async fn round(operations: &Operations) {
    check_clock(operations).await;
    // First, because the other steps may take long, and a crash loses what is not stored.
    store_access_times(operations).await;
    if let Err(error) = operations.store_clock().await {
        tracing::error!(error = chain(&error), "could not store the time; trying again in a minute");
    }
    match operations.carry_on_rotation().await {
        Ok(None) => {}
        Ok(Some(round)) if !round.damaged.is_empty() => {
            let named: Vec<_> =
                round.damaged.iter().take(MAX_LOGGED_RECORDS).map(ToString::to_string).collect();
            tracing::error!(
                damaged = round.damaged.len(),
                keys = named.join(", "),
                "root key rotation cannot finish because the records of some keys are damaged; keep the previous root key \
                 and restore the store from a copy; trying again in a minute"
            );
        }
        Ok(Some(round)) => {
            tracing::info!(
                rewrapped = round.rewrapped,
                "root key rotation complete; the previous root key is no longer needed and can be removed"
            );
        }
        Err(error) => tracing::error!(
            error = chain(&error),
            "could not continue the root key rotation; trying again in a minute"
        ),
    }
    match operations.purge().await {
        Ok(0) => {}
        Ok(purged) => tracing::info!(purged, "purged secrets past their deletion date"),
        Err(error) => tracing::error!(
            error = chain(&error),
            "could not purge secrets past their deletion date; trying again in a minute"
        ),
    }
    if let Err(error) = operations.delete_expired_batches().await {
        tracing::error!(error = chain(&error), "could not delete expired batches; trying again in a minute");
    }
    if let Err(error) = operations.delete_expired_requests().await {
        tracing::error!(
            error = chain(&error),
            "could not delete expired request ids; trying again in a minute"
        );
    }
    if let Err(error) = operations.delete_expired_signatures().await {
        tracing::error!(
            error = chain(&error),
            "could not delete expired signatures; trying again in a minute"
        );
    }
    if let Err(error) = operations.delete_expired_tokens().await {
        tracing::error!(error = chain(&error), "could not remove expired tokens; trying again in a minute");
    }
}

/// Scrubs the whole store once per interval. Never returns; does nothing without an interval.
async fn scrub(operations: &Operations, interval: Option<Duration>) {
    let Some(interval) = interval else { return std::future::pending().await };
    let interval = i64::try_from(interval.as_millis()).unwrap_or(i64::MAX);
    loop {
        let began = Instant::now();
        let pause = match operations.scrub_step(interval).await {
            Ok(ScrubStep::NotDue) => ROUND_INTERVAL,
            Ok(ScrubStep::Looked { problems, finished }) => {
                let pause = began.elapsed() * SCRUB_PAUSE_FACTOR;
                report(operations, &problems, finished);
                if finished {
                    scrub_blocks(operations).await;
                }
                pause
            }
            Err(error) => {
                tracing::error!(error = chain(&error), "could not scrub the store; trying again in a minute");
                ROUND_INTERVAL
            }
        };
        #[allow(clippy::disallowed_methods, reason = "the pause is what bounds the work")]
        tokio::time::sleep(pause).await;
    }
}

/// Scrubs the blocks of the file below the records.
async fn scrub_blocks(operations: &Operations) {
    let mut next = Some(0);
    while let Some(from) = next {
        let began = Instant::now();
        match operations.scrub_blocks(from) {
            Ok(scrubbed) => {
                if !scrubbed.damaged.is_empty() {
                    tracing::error!(
                        blocks = ?scrubbed.damaged,
                        "the file of the store is damaged; stop the server, run `strongroom store check`, and move the store to \
                         another disk"
                    );
                }
                next = scrubbed.next;
            }
            Err(error) => {
                tracing::error!(
                    error = chain(&error),
                    "could not scrub the file of the store; trying again with the next scrub"
                );
                return;
            }
        }
        #[allow(clippy::disallowed_methods, reason = "the pause is what bounds the work")]
        tokio::time::sleep(began.elapsed() * SCRUB_PAUSE_FACTOR).await;
    }
}

fn report(operations: &Operations, problems: &[Problem], finished: bool) {
    for problem in problems.iter().take(MAX_LOGGED_RECORDS) {
        tracing::error!(
            record = problem.record,
            kind = problem.kind.word(),
            details = problem.details,
            "the store is damaged; stop the server, run `strongroom store check`, and restore the store from a backup or \
             salvage it with `strongroom store salvage`"
        );
    }
    if problems.len() > MAX_LOGGED_RECORDS {
        tracing::error!(more = problems.len() - MAX_LOGGED_RECORDS, "more records nearby are damaged");
    }
    let status = operations.scrub_status();
    if finished {
        match status.damaged {
            0 => tracing::info!(records = status.records, "scrub complete: no damage found"),
            damaged => {
                tracing::error!(records = status.records, damaged, "scrub complete: the store is damaged")
            }
        }
    }
}

async fn store_access_times(operations: &Operations) {
    if let Err(error) = operations.store_uses().await {
        tracing::error!(error = chain(&error), "could not store last access times; trying again in a minute");
    }
}
