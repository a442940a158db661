//! Stores the last access times that are in memory. A crash loses those since the last run.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use strongroom_operations::{Answer, Operations};

use super::job::{Job, MINUTE};

pub(super) struct StoreLastAccess(pub(super) Arc<Operations>);

#[async_trait]
impl Job for StoreLastAccess {
    fn name(&self) -> &'static str {
        "store_last_access_times"
    }

    async fn run(&self) -> Answer<Duration> {
        self.0.store_last_access_times().await?;
        Ok(MINUTE)
    }

    async fn stop(&self) -> Answer<()> {
        self.0.store_last_access_times().await?;
        Ok(())
    }
}
