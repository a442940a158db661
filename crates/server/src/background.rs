//! What happens without a request: a rotation of the root key that was broken off goes on, and overdue secrets and expired
//! tokens are removed.

use std::sync::Arc;
use std::time::Duration;

use strongroom_access::Access;
use strongroom_operations::{Clock, Operations, chain};
use tokio::time::MissedTickBehavior;

/// Time between two rounds. Overdue secrets are gone for callers at once, so this only bounds how long they take up space.
const ROUND: Duration = Duration::from_secs(60);

pub(crate) async fn run(operations: Arc<Operations>, access: Arc<Access>, clock: Arc<dyn Clock>) {
    let mut rounds = tokio::time::interval(ROUND);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        match operations.carry_on_rotation().await {
            Ok(None) => {}
            Ok(Some(rewrapped)) => {
                tracing::info!(
                    rewrapped,
                    "a rotation of the root key has ended; the key before is of no use any more"
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
        if let Err(error) = access.remove_expired_tokens(clock.now()).await {
            tracing::error!(
                fault = chain(&error),
                "could not remove expired tokens; trying again in a minute"
            );
        }
    }
}
