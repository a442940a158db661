//! Parses dates and times of RFC 3339 without a calendar library, because the crate has no dependencies.

const DAY: i64 = 24 * 60 * 60 * 1_000;
const MINUTE: i64 = 60 * 1_000;

/// Start of a day (UTC) or a time, and start of the next, in milliseconds since 1970.
pub(super) fn read(text: &str) -> Option<(i64, i64)> {
    let mut reader = Reader(text.as_bytes());
    let start = reader.day()?.checked_mul(DAY)?;
    if reader.0.is_empty() {
        return Some((start, start + DAY));
    }
    reader.one_of(b"Tt")?;
    let moment = start + reader.time()? - reader.offset()?;
    reader.0.is_empty().then_some((moment, moment + 1))
}

/// The unread rest.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn one_of(&mut self, wanted: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        wanted.contains(first).then(|| {
            self.0 = rest;
            *first
        })
    }

    /// A number with this number of digits, at most `most`.
    fn number(&mut self, digits: usize, most: i64) -> Option<i64> {
        let mut number = 0;
        for _ in 0..digits {
            number = number * 10 + i64::from(self.one_of(b"0123456789")? - b'0');
        }
        (number <= most).then_some(number)
    }

    /// Days since 1970. Years start in March here, so that the leap day is the last day of its year.
    fn day(&mut self) -> Option<i64> {
        let year = self.number(4, 9_999)?;
        self.one_of(b"-")?;
        let month = self.number(2, 12).filter(|month| *month > 0)?;
        self.one_of(b"-")?;
        let leaps = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let most = match month {
            2 if leaps => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        let day = self.number(2, most).filter(|day| *day > 0)?;

        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
        // From March on, every five months have 153 days.
        let day_of_year = (153 * month + 2) / 5 + day - 1;
        // There are 719,468 days between March of the year 0 and 1970.
        Some(365 * year + leap_days + day_of_year - 719_468)
    }

    /// Milliseconds since midnight, truncated.
    fn time(&mut self) -> Option<i64> {
        let hour = self.number(2, 23)?;
        self.one_of(b":")?;
        let minute = self.number(2, 59)?;
        self.one_of(b":")?;
        let second = self.number(2, 59)?;
        let mut fraction = 0;
        if self.one_of(b".").is_some() {
            let mut unit = 100;
            fraction = self.number(1, 9)? * unit;
            while let Some(digit) = self.number(1, 9) {
                unit /= 10;
                fraction += digit * unit;
            }
        }
        Some((hour * 60 + minute) * MINUTE + second * 1_000 + fraction)
    }

    /// Offset from UTC in milliseconds.
    fn offset(&mut self) -> Option<i64> {
        let sign = match self.one_of(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Some(0),
        };
        let hour = self.number(2, 23)?;
        self.one_of(b":")?;
        Some(sign * (hour * 60 + self.number(2, 59)?) * MINUTE)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::format_description::well_known::Rfc3339;
    use time::{Date, OffsetDateTime};

    use super::*;

    #[test]
    fn days_and_times_are_parsed() {
        for (text, read_as) in [
            ("1970-01-01", Some((0, DAY))),
            ("2026-12-01T08:30:00Z", Some((1_796_113_800_000, 1_796_113_800_001))),
            ("2026-12-01t08:30:00.5z", Some((1_796_113_800_500, 1_796_113_800_501))),
            ("2026-12-01T08:30:00.123456+08:30", Some((1_796_083_200_123, 1_796_083_200_124))),
            ("0000-01-01T00:00:00+23:59", Some((-62_167_305_540_000, -62_167_305_539_999))),
            ("2024-02-29", Some((1_709_164_800_000, 1_709_251_200_000))),
            ("2026-02-29", None),
            ("1900-02-29", None),
            ("2026-13-01", None),
            ("2026-00-01", None),
            ("2026-04-31", None),
            ("2026-04-00", None),
            ("2026-4-1", None),
            ("20260401", None),
            ("2026-12-01T08:30", None),
            ("2026-12-01T08:30:00", None),
            ("2026-12-01T24:00:00Z", None),
            ("2026-12-01T08:60:00Z", None),
            ("2026-12-01T08:30:60Z", None),
            ("2026-12-01T08:30:00.Z", None),
            ("2026-12-01T08:30:00Zx", None),
            ("2026-12-01T08:30:00+8:00", None),
            ("2026-12-01 08:30:00Z", None),
            ("", None),
            ("٢٠٢٦-12-01", None),
        ] {
            assert_eq!(read(text), read_as, "{text}");
        }
    }

    #[test]
    fn every_day_of_the_calendar_is_parsed() {
        let mut date = Date::from_calendar_date(0, time::Month::January, 1).unwrap();
        while date.year() < 10_000 {
            let start = date.midnight().assume_utc().unix_timestamp() * 1_000;
            assert_eq!(read(&date.to_string()), Some((start, start + DAY)), "{date}");
            let Some(next) = date.next_day() else { break };
            date = next;
        }
    }

    proptest! {
        #[test]
        fn times_agree_with_a_calendar_library(ms in -62_135_596_800_000_i64..253_402_300_799_000, hours in -23_i8..24) {
            let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).unwrap();
            let offset = time::UtcOffset::from_hms(hours, 0, 0).unwrap();
            if let Some(moment) = moment.checked_to_offset(offset).filter(|moment| (0..10_000).contains(&moment.year())) {
                prop_assert_eq!(read(&moment.format(&Rfc3339).unwrap()), Some((ms, ms + 1)));
            }
        }

        #[test]
        fn arbitrary_text_does_not_panic(text: String) {
            let _ = read(&text);
        }
    }
}
