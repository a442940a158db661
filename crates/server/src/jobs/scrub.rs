//! Scrubs the store: verifies all records and blocks once per interval.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use strongroom_operations::{Answer, Operations, ScrubStep};
use strongroom_storage::Problem;
use tokio::time::Instant;

use super::job::{Job, MAX_LOGGED_RECORDS, MINUTE};

/// Pause after a step, as a multiple of the step. Limits the scrub to 2 per cent of a core.
const PAUSE_FACTOR: u32 = 50;

pub(super) struct Scrub {
    operations: Arc<Operations>,
    /// In milliseconds.
    interval: i64,
}

impl Scrub {
    pub(super) fn new(operations: Arc<Operations>, interval: Duration) -> Self {
        Self { operations, interval: i64::try_from(interval.as_millis()).unwrap_or(i64::MAX) }
    }

    /// Verifies the blocks of the file below the records.
    async fn scrub_blocks(&self) -> Answer<()> {
        let mut next = Some(0);
        while let Some(from) = next {
            let began = Instant::now();
            let scrubbed = self.operations.scrub_blocks(from)?;
            if !scrubbed.damaged.is_empty() {
                tracing::error!(
                    blocks = ?scrubbed.damaged,
                    "the file of the store is damaged; stop the server, run `strongroom store check`, and move the store to \
                     another disk"
                );
            }
            next = scrubbed.next;
            #[allow(clippy::disallowed_methods, reason = "the pause is what bounds the work")]
            tokio::time::sleep(began.elapsed() * PAUSE_FACTOR).await;
        }
        Ok(())
    }

    fn report(&self, problems: &[Problem], finished: bool) {
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
        let status = self.operations.scrub_status();
        match (finished, status.damaged) {
            (false, _) => {}
            (true, 0) => tracing::info!(records = status.records, "scrub complete: no damage found"),
            (true, damaged) => {
                tracing::error!(records = status.records, damaged, "scrub complete: the store is damaged");
            }
        }
    }
}

#[async_trait]
impl Job for Scrub {
    fn name(&self) -> &'static str {
        "scrub_store"
    }

    async fn run(&self) -> Answer<Duration> {
        let began = Instant::now();
        let ScrubStep::Looked { problems, finished } = self.operations.scrub_step(self.interval).await?
        else {
            return Ok(MINUTE);
        };
        let pause = began.elapsed() * PAUSE_FACTOR;
        self.report(&problems, finished);
        if finished {
            self.scrub_blocks().await?;
        }
        Ok(pause)
    }
}
