//! The clock, and how far it is trusted.
//!
//! Callers see the time that the clock shows, so that what is past its date is gone at once. What cannot be undone goes
//! by [`Operations::certain_now`], which a clock that jumps does not move.

mod confirm_clock;
mod reading;
mod show_clock;
mod trust;
mod watched;

use std::sync::Arc;

use strongroom_contract::v1;
use strongroom_storage::records::ClockRecord;
use strongroom_storage::{Timestamp, Versioned, View};

use crate::{Answer, OperationError, Operations};
use reading::Reading;
use trust::Trust;

pub use reading::{Clock, ClockStatus, Uptime};
pub use trust::ClockEvent;
pub(crate) use trust::TOLERANCE;
pub(crate) use watched::WatchedClock;

/// How often the trusted time is stored, in milliseconds. Chosen by us: well below [`TOLERANCE`], so that a start right
/// after a crash trusts its clock, and seldom enough that an idle server leaves its disk alone.
const STORED_EVERY: i64 = 10 * 60 * 1_000;

impl Operations {
    /// The time that callers see. It never goes back by more than an hour.
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    /// None until the record of earlier runs was read.
    pub fn clock_status(&self) -> Option<ClockStatus> {
        self.clock.status()
    }

    /// Looks whether the clock is to be trusted. Answers what is worth a line in the log, each time once, and while the clock
    /// stays in doubt once an hour.
    pub async fn check_clock(&self) -> Answer<Option<ClockEvent>> {
        self.know_clock().await?;
        let reading = self.clock.read();
        let ahead = self.clock.trust().map(|mut trust| (trust.seen(reading), trust.check(reading)));
        if let Some((seen, Some(ClockEvent::TrustedAgain))) = ahead {
            self.end_tokens_expired_by(seen, reading).await?;
        }
        Ok(self.clock.trust_mut().as_mut().and_then(|trust| trust.check(reading)))
    }

    /// Stores the trusted time for the next start, if the last record is old.
    pub async fn store_clock(&self) -> Answer<()> {
        self.write_clock(|before, uptime| {
            let age = uptime.milliseconds.saturating_sub(before.uptime);
            before.boot != uptime.boot || !(0..STORED_EVERY).contains(&age)
        })
        .await
    }

    /// The same at an orderly stop, however recent the last record is.
    pub async fn store_clock_at_stop(&self) -> Answer<()> {
        self.write_clock(|_, _| true).await
    }

    async fn write_clock(&self, is_old: impl Fn(&ClockRecord, &Uptime) -> bool) -> Answer<()> {
        self.know_clock().await?;
        let is_old = &is_old;
        self.transact_job(|mut tx| async move {
            let before = clock_record(tx.view()).await?;
            if before.as_ref().is_none_or(|before| is_old(&before.record, &self.clock.uptime())) {
                let reading = self.clock.read();
                let record = self.clock.trust().as_ref().map(|trust| trust.record(reading));
                record.into_iter().for_each(|record| tx.change().put_clock(before.as_ref(), &record));
            }
            Ok(tx.done(()))
        })
        .await
    }

    /// The time by which things may be destroyed: what the clock shows, unless it is in doubt. Then it is the earlier one of
    /// that and the trusted time.
    pub(crate) async fn certain_now(&self) -> Answer<Timestamp> {
        self.know_clock().await?;
        let reading = self.clock.read();
        let certain = self.clock.trust().as_ref().map_or(i64::MIN, |trust| trust.certain(reading));
        Ok(Timestamp::from_milliseconds(certain))
    }

    /// Before a clock is trusted that is behind the time callers have seen: what has expired by that must not be accepted
    /// again.
    async fn end_tokens_expired_by(&self, seen: i64, reading: Reading) -> Answer<()> {
        if seen > reading.now {
            let removed = self.access.remove_expired_tokens(Timestamp::from_milliseconds(seen)).await;
            removed.map_err(OperationError::internal("removing expired tokens"))?;
        }
        Ok(())
    }

    async fn know_clock(&self) -> Answer<()> {
        if self.clock.trust().is_some() {
            return Ok(());
        }
        let record = clock_record(&self.view().await?).await?;
        let reading = self.clock.read();
        let trust = record.map_or_else(|| Trust::new(reading), |kept| Trust::resume(&kept.record, reading));
        self.clock.trust_mut().get_or_insert(trust);
        Ok(())
    }
}

async fn clock_record(view: &View) -> Answer<Option<Versioned<ClockRecord>>> {
    view.clock().await.map_err(OperationError::internal("reading the record of the clock"))
}

fn described(status: ClockStatus) -> v1::ServerClock {
    let state = if status.is_in_doubt { v1::ClockState::InDoubt } else { v1::ClockState::Trusted };
    let seconds = |left: std::time::Duration| i64::try_from(left.as_secs()).unwrap_or(i64::MAX);
    v1::ServerClock {
        time: status.time.milliseconds(),
        trusted_time: status.trusted_time.milliseconds(),
        state: state.into(),
        trusted_in_seconds: status.trusted_in.map(seconds),
    }
}
