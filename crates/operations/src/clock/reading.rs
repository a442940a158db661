//! What a clock shows, and what is known of it.

use strongroom_storage::Timestamp;

use crate::error::date;

/// Tells the time. The server uses the machine's clock; a test sets its own.
pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Timestamp;

    /// Time that nobody can set, to compare [`Clock::now`] with.
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

/// What the clock and the uptime were at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    pub(crate) now: i64,
    pub(crate) uptime: Uptime,
}
