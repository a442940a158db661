//! What a job is.

use std::time::Duration;

use async_trait::async_trait;
use strongroom_operations::Answer;

/// Time between two runs of most jobs. Secrets past their deletion date are hidden at once, so this only bounds how long they
/// use space.
pub(super) const MINUTE: Duration = Duration::from_secs(60);

/// Records named in one log line. Our choice: enough to see what they have in common.
pub(super) const MAX_LOGGED_RECORDS: usize = 20;

#[async_trait]
pub(super) trait Job: Send + Sync + 'static {
    /// For logs and metrics.
    fn name(&self) -> &'static str;

    /// Does the work once. Returns the pause until the next run.
    async fn run(&self) -> Answer<Duration>;

    /// Stores what is still in memory, when the server stops.
    async fn stop(&self) -> Answer<()> {
        Ok(())
    }
}
