//! How far a clock is trusted, as pure functions of what was trusted before and of one reading.
//!
//! The trusted time is a reading of the clock that was believed, counted on by the uptime of the machine, which nobody can
//! set. Where the clock differs from it by more than an hour, one of the two is wrong, and only a person can say which.
//!
//! Somebody who can set the clock gains nothing: it is believed again by itself after a day for each hour of its jump, so it
//! runs at most a twenty-fourth faster than real time, and is in doubt all the while. The same bound holds for many small
//! steps, because the trusted time follows the clock once a day and by an hour at most. After 30 days everything that was
//! there before the jump has come to its date in truth, so waiting any longer would protect nothing.

use std::time::Duration;

use strongroom_storage::Timestamp;
use strongroom_storage::records::ClockRecord;

use super::reading::{ClockStatus, Reading};
use crate::lifecycle::MILLISECONDS_PER_DAY;

const HOUR: i64 = 60 * 60 * 1_000;

/// How far the clock may be from the trusted time. Chosen by us: more than corrections of a running clock and restarts of a
/// machine take, and much less than the shortest window of a deletion, seven days.
pub(crate) const TOLERANCE: i64 = HOUR;

/// How long a clock has to run undisturbed for each hour of its jump.
const WAIT_PER_HOUR: i64 = 24;

/// No longer than the longest window of anything that is removed by its date.
const MAX_WAIT: i64 = 30 * MILLISECONDS_PER_DAY;

/// How often the trusted time follows a clock that is within the tolerance.
const FOLLOWED_EVERY: i64 = MILLISECONDS_PER_DAY;

/// How often it is said that a clock is in doubt.
const SAID_EVERY: i64 = HOUR;

/// What happened to the trust in a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockEvent {
    /// It has jumped, or is still in doubt an hour after that was said.
    InDoubt(ClockStatus),
    /// It agrees with the trusted time again.
    Agrees,
    /// It has run undisturbed for long enough.
    TrustedAgain,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Trust {
    /// The trusted time at some uptime.
    time: i64,
    uptime: i64,
    /// The uptime at which the trusted time followed the clock last.
    followed: i64,
    doubt: Option<Doubt>,
}

#[derive(Debug, Clone, Copy)]
struct Doubt {
    /// How far the clock was ahead when the doubt began.
    offset: i64,
    /// The uptime at which it began, and how long it has lasted in earlier runs.
    since: i64,
    before: i64,
    said: Option<i64>,
}

impl Doubt {
    fn lasted(&self, uptime: i64) -> i64 {
        self.before.saturating_add(uptime.saturating_sub(self.since))
    }
}

impl Trust {
    /// Trusts this reading.
    pub(crate) fn new(Reading { now, uptime }: Reading) -> Self {
        Self { time: now, uptime: uptime.milliseconds, followed: uptime.milliseconds, doubt: None }
    }

    /// What an earlier run has left. Within one boot of the machine the time between is known; after another boot it is not,
    /// so a clock that has moved on may be right and is in doubt all the same.
    pub(crate) fn resume(record: &ClockRecord, reading: Reading) -> Self {
        let uptime = reading.uptime.milliseconds;
        let is_same_boot = record.boot == reading.uptime.boot && record.uptime <= uptime;
        let counted = if is_same_boot { uptime - record.uptime } else { 0 };
        let mut trust = Self { time: record.time.saturating_add(counted), ..Self::new(reading) };
        if !trust.doubts(reading) {
            // The time between is known within one boot, so the clock is held against it further on.
            return if is_same_boot { trust } else { Self::new(reading) };
        }
        let offset = trust.offset(reading);
        let is_the_same =
            record.offset.is_some_and(|before| before.abs_diff(offset) <= TOLERANCE.unsigned_abs());
        let before = if is_the_same { record.doubted.saturating_add(counted) } else { 0 };
        trust.doubt = Some(Doubt { offset, since: uptime, before, said: None });
        trust
    }

    /// Takes a reading into account.
    pub(crate) fn check(&mut self, reading: Reading) -> Option<ClockEvent> {
        let uptime = reading.uptime.milliseconds;
        if !self.doubts(reading) {
            if self.doubt.take().is_some() {
                return Some(ClockEvent::Agrees);
            }
            if uptime.saturating_sub(self.followed) >= FOLLOWED_EVERY {
                *self = Self::new(reading);
            }
            return None;
        }
        let offset = self.offset(reading);
        let known = self.doubt.filter(|doubt| doubt.offset.abs_diff(offset) <= TOLERANCE.unsigned_abs());
        let mut doubt = known.unwrap_or(Doubt { offset, since: uptime, before: 0, said: None });
        if doubt.lasted(uptime) >= wait(doubt.offset) {
            *self = Self::new(reading);
            return Some(ClockEvent::TrustedAgain);
        }
        let is_said = doubt.said.is_some_and(|said| uptime.saturating_sub(said) < SAID_EVERY);
        if !is_said {
            doubt.said = Some(uptime);
        }
        self.doubt = Some(doubt);
        (!is_said).then(|| ClockEvent::InDoubt(self.status(reading)))
    }

    /// The time that callers see. A clock that has gone back does not take it along: what has expired stays expired, and what
    /// is new comes after what is old.
    pub(crate) fn seen(&self, reading: Reading) -> i64 {
        match self.offset(reading) < -TOLERANCE {
            true => self.counted(reading),
            false => reading.now,
        }
    }

    /// The time by which things may be destroyed. Where the clock is in doubt, both it and the trusted time have to say so:
    /// the trusted time may be the wrong one.
    pub(crate) fn certain(&self, reading: Reading) -> i64 {
        match self.doubts(reading) {
            true => reading.now.min(self.counted(reading)),
            false => reading.now,
        }
    }

    pub(crate) fn status(&self, reading: Reading) -> ClockStatus {
        let is_in_doubt = self.doubts(reading);
        let trusted_in = is_in_doubt.then(|| {
            let (uptime, offset) = (reading.uptime.milliseconds, self.offset(reading));
            let lasted = self.doubt.map_or(0, |doubt| doubt.lasted(uptime));
            Duration::from_millis(wait(offset).saturating_sub(lasted).max(0).unsigned_abs())
        });
        ClockStatus {
            time: Timestamp::from_milliseconds(reading.now),
            trusted_time: Timestamp::from_milliseconds(self.counted(reading)),
            is_in_doubt,
            trusted_in,
        }
    }

    /// What the next start needs.
    pub(crate) fn record(&self, reading: Reading) -> ClockRecord {
        let uptime = reading.uptime.milliseconds;
        ClockRecord {
            time: self.counted(reading),
            boot: reading.uptime.boot.to_vec(),
            uptime,
            offset: self.doubt.map(|doubt| doubt.offset),
            doubted: self.doubt.map_or(0, |doubt| doubt.lasted(uptime)),
        }
    }

    fn counted(&self, reading: Reading) -> i64 {
        self.time.saturating_add(reading.uptime.milliseconds.saturating_sub(self.uptime))
    }

    fn offset(&self, reading: Reading) -> i64 {
        reading.now.saturating_sub(self.counted(reading))
    }

    fn doubts(&self, reading: Reading) -> bool {
        self.offset(reading).unsigned_abs() > TOLERANCE.unsigned_abs()
    }
}

/// How long a clock has to run undisturbed after a jump.
fn wait(offset: i64) -> i64 {
    offset.saturating_abs().saturating_mul(WAIT_PER_HOUR).min(MAX_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Uptime;

    const NOW: i64 = 1_767_225_600_000;
    const DAY: i64 = MILLISECONDS_PER_DAY;
    const BOOT: [u8; 16] = [1; 16];

    fn at(now: i64, uptime: i64) -> Reading {
        Reading { now: NOW + now, uptime: Uptime { boot: BOOT, milliseconds: uptime } }
    }

    fn after_boot(now: i64) -> Reading {
        Reading { now: NOW + now, uptime: Uptime { boot: [2; 16], milliseconds: 1_000 } }
    }

    #[test]
    fn a_clock_that_runs_with_the_uptime_is_trusted() {
        let mut trust = Trust::new(at(0, 0));
        for passed in [0, 1, HOUR, DAY, 400 * DAY] {
            assert_eq!(trust.check(at(passed, passed)), None);
            assert_eq!(trust.certain(at(passed, passed)), NOW + passed);
        }
    }

    #[test]
    fn an_hour_is_tolerated_either_way_and_no_more() {
        let trust = Trust::new(at(0, 0));
        for (offset, doubted) in
            [(HOUR, false), (HOUR + 1, true), (-HOUR, false), (-HOUR - 1, true), (i64::MAX - NOW, true)]
        {
            assert_eq!(trust.status(at(offset, 0)).is_in_doubt, doubted, "{offset}");
        }
    }

    #[test]
    fn callers_see_a_clock_that_is_ahead_and_nothing_is_destroyed_by_it() {
        let trust = Trust::new(at(0, 0));
        let ahead = at(31 * DAY + 2_000, 2_000);
        assert_eq!((trust.seen(ahead), trust.certain(ahead)), (NOW + 31 * DAY + 2_000, NOW + 2_000));
    }

    #[test]
    fn callers_do_not_see_a_clock_that_has_gone_back() {
        let trust = Trust::new(at(0, 0));
        let back = at(-31 * DAY + 2_000, 2_000);
        assert_eq!((trust.seen(back), trust.certain(back)), (NOW + 2_000, NOW - 31 * DAY + 2_000));
        let corrected = at(-HOUR, 0);
        assert_eq!(trust.seen(corrected), NOW - HOUR, "a small correction is followed");
    }

    #[test]
    fn a_jump_is_said_at_once_and_then_once_an_hour() {
        let mut trust = Trust::new(at(0, 0));
        let said: Vec<_> = (0..180)
            .filter(|minute| trust.check(at(DAY + minute * 60_000, minute * 60_000)).is_some())
            .collect();
        assert_eq!(said, [0, 60, 120]);
        assert_eq!(trust.check(at(4 * HOUR, 4 * HOUR)), Some(ClockEvent::Agrees));
        assert_eq!(trust.check(at(4 * HOUR, 4 * HOUR)), None);
    }

    #[test]
    fn a_clock_is_trusted_by_itself_after_a_day_for_each_hour_of_its_jump() {
        for (jump, days) in [(2 * HOUR, 2), (-2 * HOUR, 2), (10 * HOUR, 10), (DAY, 24), (365 * DAY, 30)] {
            let mut trust = Trust::new(at(0, 0));
            assert!(matches!(trust.check(at(jump, 0)), Some(ClockEvent::InDoubt(_))));
            let just_before = days * DAY - 1;
            let status = trust.status(at(jump + just_before, just_before));
            assert_eq!((status.is_in_doubt, status.trusted_in), (true, Some(Duration::from_millis(1))));
            assert!(!matches!(
                trust.check(at(jump + just_before, just_before)),
                Some(ClockEvent::TrustedAgain)
            ));
            let then = at(jump + days * DAY, days * DAY);
            assert_eq!(trust.check(then), Some(ClockEvent::TrustedAgain));
            assert_eq!(trust.certain(then), then.now);
        }
    }

    #[test]
    fn another_jump_begins_the_wait_anew() {
        let mut trust = Trust::new(at(0, 0));
        trust.check(at(2 * HOUR, 0));
        trust.check(at(2 * HOUR + DAY, DAY));
        trust.check(at(4 * HOUR + DAY, DAY));
        let at_first_end = at(4 * HOUR + 2 * DAY, 2 * DAY);
        assert!(!matches!(trust.check(at_first_end), Some(ClockEvent::TrustedAgain)));
        assert!(trust.status(at_first_end).is_in_doubt);
    }

    /// However it is moved, in steps that nobody notices, the clock gains an hour a day at most.
    #[test]
    fn small_steps_gain_an_hour_a_day_at_most() {
        let (mut trust, mut gained) = (Trust::new(at(0, 0)), 0);
        for minute in 0..10 * 24 * 60 {
            let uptime = minute * 60_000;
            while !trust.doubts(at(uptime + gained + 60_000, uptime)) {
                gained += 60_000;
            }
            assert_eq!(trust.check(at(uptime + gained, uptime)), None);
        }
        assert_eq!(gained, 10 * HOUR);
    }

    #[test]
    fn a_restart_goes_on_from_the_record() {
        let record = Trust::new(at(0, 5_000)).record(at(0, 5_000));
        let week = 7 * DAY;
        let same_boot = Trust::resume(&record, at(week, 5_000 + week));
        assert!(!same_boot.doubts(at(week, 5_000 + week)), "how long the process was down is known");
        let set_meanwhile = Trust::resume(&record, at(2 * week, 5_000 + week));
        assert_eq!(set_meanwhile.certain(at(2 * week, 5_000 + week)), NOW + week);

        for (down, doubted) in [(0, false), (HOUR, false), (HOUR + 1, true), (week, true), (-week, true)] {
            let trust = Trust::resume(&record, after_boot(down));
            assert_eq!(trust.doubts(after_boot(down)), doubted, "{down}");
        }
        let off = Trust::resume(&record, after_boot(week));
        assert_eq!((off.seen(after_boot(week)), off.certain(after_boot(week))), (NOW + week, NOW));
        let dead_battery = Trust::resume(&record, after_boot(-NOW));
        assert_eq!((dead_battery.seen(after_boot(-NOW)), dead_battery.certain(after_boot(-NOW))), (NOW, 0));
    }

    #[test]
    fn restarts_gain_nothing() {
        let (mut trust, mut uptime) = (Trust::new(at(0, 0)), 0);
        for _ in 0..100 {
            uptime += 1_000;
            let ahead = at(uptime + HOUR, uptime);
            trust.check(ahead);
            trust = Trust::resume(&trust.record(ahead), ahead);
        }
        assert!(trust.doubts(at(uptime + HOUR + 1, uptime)));
    }

    #[test]
    fn a_doubt_goes_on_after_a_restart() {
        let mut trust = Trust::new(at(0, 0));
        trust.check(at(2 * HOUR, 0));
        let record = trust.record(at(2 * HOUR + DAY, DAY));
        let mut again = Trust::resume(&record, at(2 * HOUR + DAY + HOUR, DAY + HOUR));
        let then = at(2 * HOUR + 2 * DAY, 2 * DAY);
        assert_eq!(again.check(then), Some(ClockEvent::TrustedAgain));

        let moved = Trust::resume(&record, at(9 * HOUR + DAY, DAY));
        assert_eq!(moved.doubt.unwrap().before, 0, "another jump");
    }
}
