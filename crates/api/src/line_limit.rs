//! Bounds how much rejected requests write into the log, so that a flood of them does not fill the disk.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Lines in each span of time. Chosen by us: enough to see what goes wrong; at 250 bytes a line 430 MB a day.
const LINES: u32 = 200;
const SPAN: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(crate) struct LineLimit(Mutex<Span>);

#[derive(Default)]
struct Span {
    start: Option<Instant>,
    lines: u32,
    left_out: u64,
}

/// What to do with a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) is_written: bool,
    /// Lines that were left out in the span before this one, to be told once.
    pub(crate) left_out: u64,
}

impl LineLimit {
    pub(crate) fn count(&self, now: Instant) -> Verdict {
        let mut span = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = span.start.is_none_or(|start| now.saturating_duration_since(start) >= SPAN);
        let left_out = if is_over { span.left_out } else { 0 };
        if is_over {
            *span = Span { start: Some(now), lines: 0, left_out: 0 };
        }
        let is_written = span.lines < LINES;
        span.lines += u32::from(is_written);
        span.left_out += u64::from(!is_written);
        Verdict { is_written, left_out }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_beyond_the_limit_are_counted_and_told_once() {
        let (limit, start) = (LineLimit::default(), Instant::now());
        let written = (0..1_000).filter(|_| limit.count(start).is_written).count();
        assert_eq!(written, 200);
        let just_before = start + SPAN - Duration::from_millis(1);
        assert_eq!(limit.count(just_before), Verdict { is_written: false, left_out: 0 });
        assert_eq!(limit.count(start + SPAN), Verdict { is_written: true, left_out: 801 });
        assert_eq!(limit.count(start + SPAN), Verdict { is_written: true, left_out: 0 });
    }
}
