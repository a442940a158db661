//! Looking for damage: every record is verified, compared with the records around it, and every value opened. A scrub does that
//! step by step while the server runs; the check of a stopped store does it in one go.

use async_trait::async_trait;
use strongroom_sealing::Place;
use strongroom_storage::records::ScrubRecord;
use strongroom_storage::{Inspection, PlacedValue, Problem, Scrubbed, ValueOpener};

use super::scrub_progress::Progress;
use crate::{Answer, OperationError, Operations};

/// Records looked at in one step. Chosen by us: a step takes a millisecond or two, so that callers hardly wait for it.
const STEP_RECORDS: usize = 200;

/// Blocks of the store's file looked at in one step. Chosen by us: 256 KiB, which a disk reads in a millisecond.
const STEP_BLOCKS: u64 = 64;

/// Time between two writes of how far the scrub is. A crash repeats the work of this time at most.
const SAVE_MILLISECONDS: i64 = 60_000;

/// What one step of the scrub has done.
pub enum ScrubStep {
    /// The last pass is not old enough yet.
    NotDue,
    /// A part was looked at; `finished` at the end of the store.
    Looked { problems: Vec<Problem>, finished: bool },
}

/// What is known from the scrub.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScrubStatus {
    pub running: bool,
    /// Looked at in the pass that runs, or in the last one.
    pub records: u64,
    /// Problems of the last whole pass, or of the one that runs when it has found more already.
    pub damaged: u64,
    /// In milliseconds since 1970; none before the first pass has come to its end.
    pub last_finish_time: Option<i64>,
}

impl Operations {
    /// Looks at the records from `from` on, at most `limit` of them, and opens the values among them.
    pub async fn inspect(&self, from: &[u8], limit: usize) -> Answer<Inspection> {
        let mut inspection = self.view().await?.inspect(from, limit).await;
        for value in std::mem::take(&mut inspection.values) {
            if !self.opens(&value).await {
                inspection.problems.push(value.problem());
            }
        }
        Ok(inspection)
    }

    /// One step of the scrub. A pass begins when the last one began `interval` milliseconds ago, and goes on after a restart
    /// where it was.
    pub async fn scrub_step(&self, interval: i64) -> Answer<ScrubStep> {
        let now = self.clock.now();
        let known = self.scrub.progress().clone();
        let mut progress = match known {
            Some(progress) => progress,
            None => Progress { record: self.stored_scrub().await, saved: now },
        };
        let record = &mut progress.record;
        if !record.running {
            // A clock that was set back must not put the scrub off for ever.
            let is_due = record.start_time == 0 || (now.milliseconds() - record.start_time).abs() >= interval;
            if !is_due {
                *self.scrub.progress() = Some(progress);
                return Ok(ScrubStep::NotDue);
            }
            let start_time = now.milliseconds();
            let ScrubRecord { last_finish_time, last_damaged, .. } = *record;
            *record = ScrubRecord {
                running: true,
                start_time,
                last_finish_time,
                last_damaged,
                ..ScrubRecord::default()
            };
        }
        let Inspection { next, records, problems, .. } = self.inspect(&record.next, STEP_RECORDS).await?;
        record.records += u64::try_from(records).unwrap_or_default();
        record.damaged += u64::try_from(problems.len()).unwrap_or_default();
        let finished = next.is_none();
        if finished {
            record.running = false;
            record.last_finish_time = now.milliseconds();
            record.last_damaged = record.damaged;
        }
        record.next = next.unwrap_or_default();
        let is_old = (now.milliseconds() - progress.saved.milliseconds()).abs() >= SAVE_MILLISECONDS;
        let saves = finished || is_old;
        if saves {
            progress.saved = now;
        }
        let record = progress.record.clone();
        *self.scrub.progress() = Some(progress);
        if saves {
            let record = &record;
            self.transact_job(|mut tx| async move {
                tx.change().put_scrub(record);
                Ok(tx.done(()))
            })
            .await?;
        }
        Ok(ScrubStep::Looked { problems, finished })
    }

    /// Verifies some blocks of the store's file, from this one on. Records are read from memory where they are cached, and that
    /// hides what the disk has lost since.
    pub fn scrub_blocks(&self, from: u64) -> Answer<Scrubbed> {
        self.storage
            .scrub(from, STEP_BLOCKS)
            .map_err(OperationError::internal("verifying the blocks of the store"))
    }

    pub fn scrub_status(&self) -> ScrubStatus {
        let progress = self.scrub.progress();
        let Some(Progress { record, .. }) = progress.as_ref() else { return ScrubStatus::default() };
        ScrubStatus {
            running: record.running,
            records: record.records,
            damaged: record.damaged.max(record.last_damaged),
            last_finish_time: Some(record.last_finish_time).filter(|time| *time != 0),
        }
    }

    /// A record of the scrub that cannot be read begins a new one, which reports it.
    async fn stored_scrub(&self) -> ScrubRecord {
        let Ok(view) = self.view().await else { return ScrubRecord::default() };
        let stored = view.scrub().await.map_err(OperationError::internal("reading how far the scrub is"));
        stored.ok().flatten().map(|kept| kept.record).unwrap_or_default()
    }
}

#[async_trait]
impl ValueOpener for Operations {
    async fn opens(&self, value: &PlacedValue) -> bool {
        let PlacedValue { project, secret, version, sealed, .. } = value;
        let Ok(view) = self.view().await else { return false };
        let Ok(key) = self.keys.to_open(&view, *project, &version.kms_key_id, sealed.term()).await else {
            return false;
        };
        let place =
            Place { project: *project.as_bytes(), secret: *secret.as_bytes(), version: version.number };
        key.open(&place, sealed).is_ok()
    }
}
