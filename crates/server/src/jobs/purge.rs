//! Removes secrets past their deletion date.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use strongroom_operations::{Answer, Operations};

use super::job::{Job, MINUTE};

pub(super) struct Purge(pub(super) Arc<Operations>);

#[async_trait]
impl Job for Purge {
    fn name(&self) -> &'static str {
        "purge_secrets"
    }

    async fn run(&self) -> Answer<Duration> {
        let purged = self.0.purge().await?;
        if purged > 0 {
            tracing::info!(purged, "purged secrets past their deletion date");
        }
        Ok(MINUTE)
    }
}
