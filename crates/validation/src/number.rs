//! Recovery windows, page limits and expiry times.

use crate::limits::{
    DEFAULT_BATCH_LIMIT, DEFAULT_LIST_LIMIT, DEFAULT_OUTCOME_LIMIT, DEFAULT_WINDOW_DAYS, MAX_BATCH_LIMIT,
    MAX_EXPIRE_TIME, MAX_LIST_LIMIT, MAX_WINDOW_DAYS, MIN_WINDOW_DAYS,
};
use crate::problem::{Code, Problem};

/// The window of a scheduled deletion in days.
pub fn recovery_window(days: Option<i32>) -> Result<u32, Problem> {
    let Some(days) = days else { return Ok(DEFAULT_WINDOW_DAYS) };
    match u32::try_from(days) {
        Ok(days) if (MIN_WINDOW_DAYS..=MAX_WINDOW_DAYS).contains(&days) => Ok(days),
        _ => Err(Problem::new(
            "recovery_window_in_days",
            Code::OutOfRange,
            "The recovery window is not between 7 and 30 days. Give 7 to 30, or nothing for 30.",
        )),
    }
}

/// The limit of a page.
pub fn list_limit(limit: Option<i32>) -> Result<u32, Problem> {
    page(
        limit,
        DEFAULT_LIST_LIMIT,
        MAX_LIST_LIMIT,
        "The limit is not between 1 and 1,000. Give 1 to 1,000, or nothing for 50.",
    )
}

/// The limit of a page of batches.
pub fn batch_limit(limit: Option<i32>) -> Result<u32, Problem> {
    page(
        limit,
        DEFAULT_BATCH_LIMIT,
        MAX_BATCH_LIMIT,
        "The limit is not between 1 and 100. Give 1 to 100, or nothing for 20.",
    )
}

/// The limit of a page of outcomes.
pub fn outcome_limit(limit: Option<i32>) -> Result<u32, Problem> {
    page(
        limit,
        DEFAULT_OUTCOME_LIMIT,
        MAX_LIST_LIMIT,
        "The limit is not between 1 and 1,000. Give 1 to 1,000, or nothing for 100.",
    )
}

fn page(given: Option<i32>, default: u32, most: u32, otherwise: &'static str) -> Result<u32, Problem> {
    let Some(limit) = given else { return Ok(default) };
    let limit = u32::try_from(limit).ok().filter(|limit| (1..=most).contains(limit));
    limit.ok_or_else(|| Problem::new("limit", Code::OutOfRange, otherwise))
}

/// The index of the first outcome of a page.
pub fn outcome_offset(offset: i32) -> Result<u32, Problem> {
    let message = "The offset is below 0. Give the index of the first outcome to see.";
    u32::try_from(offset).map_err(|_| Problem::new("offset", Code::OutOfRange, message))
}

/// The expiry time of a version, rounded down to whole seconds. Both times are in milliseconds since 1970.
pub fn expire_time(moment: i64, now: i64) -> Result<i64, Problem> {
    if !(0..=MAX_EXPIRE_TIME).contains(&moment) {
        return Err(Problem::new(
            "expire_time",
            Code::OutOfRange,
            "The expire_time is not between 0 and 9,999,999,999,999. Give a future time in milliseconds since 1970.",
        ));
    }
    // The time is stored in whole seconds, so the whole second must be in the future.
    let kept = moment - moment % 1_000;
    if kept <= now {
        return Err(Problem::new(
            "expire_time",
            Code::OutOfRange,
            "The expire_time is not later than now. Give a future time in milliseconds since 1970; it is stored in whole seconds.",
        ));
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows() {
        for (days, window) in [(None, Some(30)), (Some(7), Some(7)), (Some(30), Some(30))] {
            assert_eq!(recovery_window(days).ok(), window);
        }
        for days in [i32::MIN, -7, 0, 6, 31, i32::MAX] {
            assert_eq!(recovery_window(Some(days)).map_err(|p| p.code), Err(Code::OutOfRange), "{days}");
        }
    }

    #[test]
    fn pages() {
        for (limit, items) in [(None, Some(50)), (Some(1), Some(1)), (Some(1_000), Some(1_000))] {
            assert_eq!(list_limit(limit).ok(), items);
        }
        for limit in [i32::MIN, -1, 0, 1_001, i32::MAX] {
            assert_eq!(list_limit(Some(limit)).map_err(|p| p.code), Err(Code::OutOfRange), "{limit}");
        }
    }

    #[test]
    fn expiries() {
        let now = 1_767_225_600_500;
        for (moment, kept) in [
            (1_767_225_601_000, 1_767_225_601_000),
            (1_767_225_601_999, 1_767_225_601_000),
            (MAX_EXPIRE_TIME, 9_999_999_999_000),
        ] {
            assert_eq!(expire_time(moment, now).ok(), Some(kept));
        }
        let seconds = 1_798_761_600;
        for moment in [i64::MIN, -1, 0, seconds, now, 1_767_225_600_999, MAX_EXPIRE_TIME + 1, i64::MAX] {
            assert_eq!(expire_time(moment, now).map_err(|p| p.code), Err(Code::OutOfRange), "{moment}");
        }
    }
}
