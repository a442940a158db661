//! Completes a root key rotation that was interrupted.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use strongroom_operations::{Answer, Operations};

use super::job::{Job, MAX_LOGGED_RECORDS, MINUTE};

pub(super) struct CompleteRotation(pub(super) Arc<Operations>);

#[async_trait]
impl Job for CompleteRotation {
    fn name(&self) -> &'static str {
        "complete_root_key_rotation"
    }

    async fn run(&self) -> Answer<Duration> {
        let Some(round) = self.0.carry_on_rotation().await? else { return Ok(MINUTE) };
        if round.damaged.is_empty() {
            tracing::info!(
                rewrapped = round.rewrapped,
                "root key rotation complete; the previous root key is no longer needed and can be removed"
            );
            return Ok(MINUTE);
        }
        let named: Vec<_> = round.damaged.iter().take(MAX_LOGGED_RECORDS).map(ToString::to_string).collect();
        tracing::error!(
            damaged = round.damaged.len(),
            keys = named.join(", "),
            "root key rotation cannot finish because the records of some keys are damaged; keep the previous root key \
             and restore the store from a copy; trying again in a minute"
        );
        Ok(MINUTE)
    }
}
