//! The clock, and how far it is trusted.
//!
//! Callers see the time that the clock shows, so that what is past its date is gone at once. What cannot be undone goes
//! by [`Operations::certain_now`], which a clock that jumps does not move.

mod confirm_clock;
mod show_clock;
mod trust;

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use strongroom_contract::v1;
use strongroom_storage::records::ClockRecord;
use strongroom_storage::{Change, Timestamp, Versioned, View};

use crate::rejection::date;
use crate::{Answer, OperationError, Operations};
use trust::{Reading, Trust};

pub use trust::ClockEvent;
pub(crate) use trust::TOLERANCE;

/// How often the trusted time is stored, in milliseconds. Chosen by us: well below [`TOLERANCE`], so that a start right
/// after a crash trusts its clock, and seldom enough that an idle server leaves its disk alone.
const STORED_EVERY: i64 = 10 * 60 * 1_000;

/// Tells the time. The server's is that of the machine; a test sets its own.
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Timestamp;

    /// Time that nobody can set, to hold [`Clock::now`] against.
    fn uptime(&self) -> Uptime;
}

/// How long a machine has been running. It is compared only with uptimes of the same boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uptime {
    /// Another one after each start of the machine.
    pub boot: [u8; 16],
    /// Includes the time in which the machine was suspended.
    pub milliseconds: i64,
}

/// What is known of the clock at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockStatus {
    /// What the clock shows.
    pub time: Timestamp,
    pub trusted_time: Timestamp,
    pub is_in_doubt: bool,
    /// While it is in doubt: how long it has to run on until it is trusted by itself.
    pub trusted_in: Option<std::time::Duration>,
}

impl ClockStatus {
    /// How many milliseconds the clock is ahead of the trusted time; negative when it is behind.
    pub fn offset(&self) -> i64 {
        self.time.milliseconds().saturating_sub(self.trusted_time.milliseconds())
    }

    /// Clock and trusted time for people, in UTC and to the minute.
    pub fn dates(&self) -> [String; 2] {
        [self.time, self.trusted_time].map(date)
    }
}

/// A clock, and what is known of how far to trust it.
pub(crate) struct WatchedClock {
    clock: Arc<dyn Clock>,
    /// None until the record of earlier runs was read.
    trust: RwLock<Option<Trust>>,
}

impl WatchedClock {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, trust: RwLock::default() }
    }

    /// The time that callers see.
    pub(crate) fn now(&self) -> Timestamp {
        let reading = self.read();
        let seen = self.trust().as_ref().map_or(reading.now, |trust| trust.seen(reading));
        Timestamp::from_milliseconds(seen)
    }

    fn read(&self) -> Reading {
        Reading { now: self.clock.now().milliseconds(), uptime: self.clock.uptime() }
    }

    fn trust(&self) -> RwLockReadGuard<'_, Option<Trust>> {
        self.trust.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn trust_mut(&self) -> RwLockWriteGuard<'_, Option<Trust>> {
        self.trust.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn status(&self) -> Option<ClockStatus> {
        self.trust().as_ref().map(|trust| trust.status(self.read()))
    }
}

impl Clock for WatchedClock {
    fn now(&self) -> Timestamp {
        WatchedClock::now(self)
    }

    fn uptime(&self) -> Uptime {
        self.clock.uptime()
    }
}

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
        let view = self.view().await?;
        let before = clock_record(&view).await?;
        let uptime = self.clock.uptime();
        let is_recent = before.as_ref().is_some_and(|before| {
            let age = uptime.milliseconds.saturating_sub(before.record.uptime);
            before.record.boot == uptime.boot && (0..STORED_EVERY).contains(&age)
        });
        if is_recent {
            return Ok(());
        }
        self.write_clock(before).await
    }

    /// The same at an orderly stop, however recent the last record is.
    pub async fn store_clock_at_stop(&self) -> Answer<()> {
        let before = clock_record(&self.view().await?).await?;
        self.write_clock(before).await
    }

    async fn write_clock(&self, before: Option<Versioned<ClockRecord>>) -> Answer<()> {
        self.know_clock().await?;
        let reading = self.clock.read();
        let Some(record) = self.clock.trust().as_ref().map(|trust| trust.record(reading)) else {
            return Ok(());
        };
        let mut change = Change::new();
        change.put_clock(before.as_ref(), &record);
        // A conflict means that a confirmation was stored meanwhile, which says more.
        let _stored = self.write(change).await?;
        Ok(())
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
