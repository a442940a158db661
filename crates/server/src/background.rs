//! What happens without a request: the clock is checked, a rotation of the root key that was broken off goes on, overdue secrets and expired tokens
//! are removed, and what was noted in memory is stored.

use std::sync::Arc;
use std::time::Duration;

use strongroom_operations::{ClockEvent, ClockStatus, Operations, ScrubStep, chain};
use strongroom_storage::Problem;
use tokio::sync::oneshot;
use tokio::time::{Instant, MissedTickBehavior};

use crate::process::report_unlocked_keys;

/// Time between two rounds. Overdue secrets are gone for callers at once, so for them this only bounds how long they take
/// up space; a crash forgets which values were read since the last round.
const ROUND: Duration = Duration::from_secs(60);

/// How many times as long as a step of the scrub the pause behind it is: the scrub takes 2 per cent of a core at most.
const SCRUB_PAUSE: u32 = 50;

/// Damaged keys that one log line names. Chosen by us: enough to see what they have in common.
const MOST_NAMED: usize = 20;

/// Runs until the sender of `stopped` is gone, and then stores what is left to store.
pub(crate) async fn run(
    operations: Arc<Operations>,
    scrub_interval: Option<Duration>,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut rounds = tokio::time::interval(ROUND);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let work = async {
        loop {
            rounds.tick().await;
            // Keys of projects are opened when they are first used.
            report_unlocked_keys();
            round(&operations).await;
        }
    };
    tokio::select! {
        () = work => {}
        () = scrub(&operations, scrub_interval) => {}
        _ = &mut stopped => {}
    }
    store_uses(&operations).await;
    if let Err(error) = operations.store_clock_at_stop().await {
        tracing::error!(
            error = chain(&error),
            "could not store the time; the next start may doubt its clock"
        );
    }
}

/// Looks whether the clock is to be trusted, and says what an operator has to know.
pub(crate) async fn check_clock(operations: &Operations) {
    match operations.check_clock().await {
        Ok(None) => {}
        Ok(Some(ClockEvent::InDoubt(status))) => doubt(status),
        Ok(Some(ClockEvent::Agrees)) => tracing::info!("the clock agrees with the trusted time again"),
        Ok(Some(ClockEvent::TrustedAgain)) => {
            tracing::warn!("the clock has run long enough without another jump and is trusted again");
        }
        Err(error) => tracing::error!(
            error = chain(&error),
            "could not check the clock, so nothing is removed by its date; trying again in a minute"
        ),
    }
}

fn doubt(status: ClockStatus) {
    let [clock, trusted_time] = status.dates();
    tracing::error!(
        clock,
        trusted_time,
        offset_seconds = status.offset() / 1_000,
        trusted_in_seconds = status.trusted_in.map(|left| left.as_secs()),
        "the clock is in doubt: it differs from the trusted time by more than an hour, so nothing is removed by it; correct \
         the clock of the machine, or run `strongroom clock confirm` if it is right, as after the machine was off"
    );
}

async fn round(operations: &Operations) {
    check_clock(operations).await;
    // First, because the others may take long, and a crash forgets what is not stored.
    store_uses(operations).await;
    if let Err(error) = operations.store_clock().await {
        tracing::error!(error = chain(&error), "could not store the time; trying again in a minute");
    }
    match operations.carry_on_rotation().await {
        Ok(None) => {}
        Ok(Some(round)) if !round.damaged.is_empty() => {
            let named: Vec<_> = round.damaged.iter().take(MOST_NAMED).map(ToString::to_string).collect();
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

/// Checks the whole store once per interval. Never ends; without an interval it does nothing.
async fn scrub(operations: &Operations, interval: Option<Duration>) {
    let Some(interval) = interval else { return std::future::pending().await };
    let interval = i64::try_from(interval.as_millis()).unwrap_or(i64::MAX);
    loop {
        let began = Instant::now();
        let pause = match operations.scrub_step(interval).await {
            Ok(ScrubStep::NotDue) => ROUND,
            Ok(ScrubStep::Looked { problems, finished }) => {
                let pause = began.elapsed() * SCRUB_PAUSE;
                report(operations, &problems, finished);
                if finished {
                    scrub_blocks(operations).await;
                }
                pause
            }
            Err(error) => {
                tracing::error!(error = chain(&error), "could not scrub the store; trying again in a minute");
                ROUND
            }
        };
        #[allow(clippy::disallowed_methods, reason = "the pause is what bounds the work")]
        tokio::time::sleep(pause).await;
    }
}

/// Checks the file below the records, from its start to its end.
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
        tokio::time::sleep(began.elapsed() * SCRUB_PAUSE).await;
    }
}

fn report(operations: &Operations, problems: &[Problem], finished: bool) {
    for problem in problems.iter().take(MOST_NAMED) {
        tracing::error!(
            record = problem.record,
            kind = problem.kind.word(),
            details = problem.details,
            "the store is damaged; stop the server, run `strongroom store check`, and restore the store from a backup or save \
             what is left with `strongroom store salvage`"
        );
    }
    if problems.len() > MOST_NAMED {
        tracing::error!(more = problems.len() - MOST_NAMED, "more records nearby are damaged");
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

async fn store_uses(operations: &Operations) {
    if let Err(error) = operations.store_uses().await {
        tracing::error!(error = chain(&error), "could not store last access times; trying again in a minute");
    }
}
