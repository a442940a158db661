//! The time form of signatures, `YYYYMMDDTHHMMSSZ`, and the window in which a signature counts.

use strongroom_storage::Timestamp;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::errors::Unauthenticated;

/// How far the date of a signature may be from now, on either side, in milliseconds. Observed at the documented service:
/// 15 minutes and 1 second are rejected.
pub const SIGNATURE_WINDOW: i64 = 15 * 60 * 1_000;

const FORM: StaticFormatDescription = format_description!("[year][month][day]T[hour][minute][second]Z");
const FORM_LENGTH: usize = 16;

/// The date. Rejects what is none, and a date too far from `now` on either side.
pub(crate) fn check(text: &str, now: Timestamp) -> Result<Timestamp, Unauthenticated> {
    let signed = seconds(text).ok_or(Unauthenticated::Malformed {
        problem: "X-Sdk-Date does not have the form YYYYMMDDTHHMMSSZ",
    })?;
    if now.whole_seconds().abs_diff(signed) > SIGNATURE_WINDOW.unsigned_abs() / 1_000 {
        return Err(Unauthenticated::Expired { signature_time: text.to_owned(), server_time: render(now) });
    }
    Ok(Timestamp::from_milliseconds(signed.saturating_mul(1_000)))
}

fn seconds(text: &str) -> Option<i64> {
    // The parser would take a sign, and a year of another length with it.
    if text.len() != FORM_LENGTH || !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let time = PrimitiveDateTime::parse(text, FORM).ok()?;
    Some(time.assume_utc().unix_timestamp())
}

/// Empty for a time that has no calendar form, which no clock shows.
fn render(now: Timestamp) -> String {
    OffsetDateTime::from_unix_timestamp(now.whole_seconds())
        .ok()
        .and_then(|time| time.format(FORM).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_768_478_400; // 2026-01-15T12:00:00Z

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_milliseconds(seconds * 1_000 + 999)
    }

    #[test]
    fn a_signature_counts_for_a_quarter_of_an_hour_either_way() {
        let signed = "20260115T120000Z";
        for skew in [0, 900, -900] {
            assert_eq!(
                check(signed, at(NOON + skew)),
                Ok(Timestamp::from_milliseconds(NOON * 1_000)),
                "{skew}"
            );
        }
        for skew in [901, -901, 960, -960, 86_400, -86_400] {
            assert!(matches!(check(signed, at(NOON + skew)), Err(Unauthenticated::Expired { .. })), "{skew}");
        }
        assert_eq!(
            check(signed, at(NOON + 901)).unwrap_err().to_string(),
            "Incorrect IAM authentication information: calc aksk signature fail:signature expired, \
             signature time:20260115T120000Z,server time:20260115T121501Z",
        );
    }

    #[test]
    fn only_the_exact_form_is_a_date() {
        let wrong = [
            "",
            "20260115T120000",
            "20260115T120000z",
            "2026-01-15T12:00:00Z",
            "20260230T120000Z",
            "20260115T250000Z",
            "20260115T120060Z",
            "+0260115T120000Z",
            "20260115T1200 0Z",
            "２026115T120000Z",
        ];
        for text in wrong {
            assert!(matches!(check(text, at(NOON)), Err(Unauthenticated::Malformed { .. })), "{text}");
        }
    }
}
