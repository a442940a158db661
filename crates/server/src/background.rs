//! What happens without a request: a rotation of the root key that was broken off goes on, overdue secrets and expired tokens
//! are removed, and what was noted in memory is stored.

use std::sync::Arc;
use std::time::Duration;

use strongroom_access::Access;
use strongroom_operations::{Clock, Operations, chain};
use tokio::sync::oneshot;
use tokio::time::MissedTickBehavior;

use crate::process::report_unlocked_keys;

/// Time between two rounds. Overdue secrets are gone for callers at once, so for them this only bounds how long they take
/// up space; a crash forgets which values were read since the last round.
const ROUND: Duration = Duration::from_secs(60);

/// Damaged keys that one log line names. Chosen by us: enough to see what they have in common.
const MOST_NAMED: usize = 20;

/// Runs until the sender of `stopped` is gone, and then stores what is left to store.
pub(crate) async fn run(
    operations: Arc<Operations>,
    access: Arc<Access>,
    clock: Arc<dyn Clock>,
    mut stopped: oneshot::Receiver<()>,
) {
    let mut rounds = tokio::time::interval(ROUND);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let work = async {
        loop {
            rounds.tick().await;
            // Keys of projects are opened when they are first used.
            report_unlocked_keys();
            round(&operations, &access, &*clock).await;
        }
    };
    tokio::select! {
        () = work => {}
        _ = &mut stopped => {}
    }
    store_uses(&operations).await;
}

async fn round(operations: &Operations, access: &Access, clock: &dyn Clock) {
    // First, because the others may take long, and a crash forgets what is not stored.
    store_uses(operations).await;
    match operations.carry_on_rotation().await {
        Ok(None) => {}
        Ok(Some(round)) if !round.damaged.is_empty() => {
            let named: Vec<_> = round.damaged.iter().take(MOST_NAMED).map(ToString::to_string).collect();
            tracing::error!(
                damaged = round.damaged.len(),
                keys = named.join(", "),
                "a rotation of the root key cannot end, because the records of some keys are damaged; keep the key before \
                 and restore the store from a copy; trying again in a minute"
            );
        }
        Ok(Some(round)) => {
            tracing::info!(
                rewrapped = round.rewrapped,
                "a rotation of the root key has ended; the server needs the key before no more"
            );
        }
        Err(error) => tracing::error!(
            fault = chain(&error),
            "could not go on with the rotation of the root key; trying again in a minute"
        ),
    }
    match operations.purge().await {
        Ok(0) => {}
        Ok(purged) => tracing::info!(purged, "removed secrets whose time had come"),
        Err(error) => tracing::error!(fault = chain(&error), "could not purge; trying again in a minute"),
    }
    if let Err(error) = operations.forget_batches().await {
        tracing::error!(fault = chain(&error), "could not forget old batches; trying again in a minute");
    }
    if let Err(error) = operations.forget_requests().await {
        tracing::error!(fault = chain(&error), "could not forget old requests; trying again in a minute");
    }
    if let Err(error) = access.remove_expired_tokens(clock.now()).await {
        tracing::error!(fault = chain(&error), "could not remove expired tokens; trying again in a minute");
    }
}

async fn store_uses(operations: &Operations) {
    if let Err(error) = operations.store_uses().await {
        tracing::error!(
            fault = chain(&error),
            "could not store when values were read; trying again in a minute"
        );
    }
}
