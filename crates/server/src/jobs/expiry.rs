//! Delete records that are kept for a limited time.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use strongroom_operations::{Answer, Operations};

use super::job::{Job, MINUTE};

pub(super) struct DeleteBatches(pub(super) Arc<Operations>);

#[async_trait]
impl Job for DeleteBatches {
    fn name(&self) -> &'static str {
        "delete_expired_batches"
    }

    async fn run(&self) -> Answer<Duration> {
        self.0.delete_expired_batches().await?;
        Ok(MINUTE)
    }
}

pub(super) struct DeleteRequests(pub(super) Arc<Operations>);

#[async_trait]
impl Job for DeleteRequests {
    fn name(&self) -> &'static str {
        "delete_expired_requests"
    }

    async fn run(&self) -> Answer<Duration> {
        self.0.delete_expired_requests().await?;
        Ok(MINUTE)
    }
}

pub(super) struct DeleteSignatures(pub(super) Arc<Operations>);

#[async_trait]
impl Job for DeleteSignatures {
    fn name(&self) -> &'static str {
        "delete_expired_signatures"
    }

    async fn run(&self) -> Answer<Duration> {
        self.0.delete_expired_signatures().await?;
        Ok(MINUTE)
    }
}

pub(super) struct DeleteTokens(pub(super) Arc<Operations>);

#[async_trait]
impl Job for DeleteTokens {
    fn name(&self) -> &'static str {
        "delete_expired_tokens"
    }

    async fn run(&self) -> Answer<Duration> {
        self.0.delete_expired_tokens().await?;
        Ok(MINUTE)
    }
}
