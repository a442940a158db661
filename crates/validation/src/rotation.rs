//! Rules of rotation: period, instance and function.
//!
//! Which fields are required depends on the type of the secret and on whether it rotates automatically.

use crate::characters::Plain;
use crate::limits::{
    MAX_ROTATION_CONFIG, MAX_ROTATION_FUNC_URN, MAX_ROTATION_PERIOD, MAX_ROTATION_SECONDS,
    MIN_ROTATION_SECONDS,
};
use crate::problem::{Code, Problem};
use crate::rotation_config::RotationConfig;

/// The type of a secret, as far as it matters for rotation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any value.
    Common,
    /// The account of a database instance.
    Account,
    /// An unknown type, for which no rule applies.
    Unknown,
}

/// Parses a whole number with the unit `d`, `h`, `m` or `s` into seconds.
pub fn rotation_period_seconds(period: &str) -> Result<u64, Problem> {
    let (Some(digits), Some(unit)) = (period.get(..period.len().saturating_sub(1)), unit_seconds(period))
    else {
        return Err(malformed_period());
    };
    if digits.is_empty() || period.len() > MAX_ROTATION_PERIOD || !digits.bytes().all(|b| b.is_ascii_digit())
    {
        return Err(malformed_period());
    }
    // Digits fail to parse only if the number is too large, so the period is too long.
    let seconds = digits.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(unit);
    if !(MIN_ROTATION_SECONDS..=MAX_ROTATION_SECONDS).contains(&seconds) {
        return Err(Problem::new(
            "rotation_period",
            Code::OutOfRange,
            "The rotation period is not between 6 hours and 365 days. Choose one from 6h to 365d.",
        ));
    }
    Ok(seconds)
}

fn unit_seconds(period: &str) -> Option<u64> {
    match period.as_bytes().last()? {
        b'd' => Some(86_400),
        b'h' => Some(3_600),
        b'm' => Some(60),
        b's' => Some(1),
        _ => None,
    }
}

fn malformed_period() -> Problem {
    Problem::new(
        "rotation_period",
        Code::Malformed,
        "The rotation period is not a whole number followed by d, h, m or s. Write it like 7d or 12h.",
    )
}

pub(crate) fn judge_period(period: &str, auto_rotation: bool, problems: &mut Vec<Problem>) {
    if !period.is_empty() {
        problems.extend(rotation_period_seconds(period).err());
    } else if auto_rotation {
        problems.push(Problem::new(
            "rotation_period",
            Code::Required,
            "Automatic rotation needs a rotation_period. Give one like 7d, or set auto_rotation to false.",
        ));
    }
}

pub(crate) fn judge_config(config: &str, kind: Kind, problems: &mut Vec<Problem>) {
    let mut reject =
        |code, message: &'static str| problems.push(Problem::new("rotation_config", code, message));
    // Count bytes first: a text within the limit in bytes is within the limit in characters.
    if config.len() > MAX_ROTATION_CONFIG && config.chars().count() > MAX_ROTATION_CONFIG {
        reject(Code::TooLong, "The rotation_config is longer than 1,024 characters. Shorten it.");
    }
    match kind {
        // The configuration is not used for this type, so any text is accepted.
        Kind::Common | Kind::Unknown => return,
        Kind::Account => {}
    }
    if config.is_empty() {
        return reject(
            Code::Required,
            "The types RDS-FG and GaussDB-FG need a rotation_config. Write it like \
             {\"InstanceId\":\"...\",\"SecretSubType\":\"SingleUser\"}.",
        );
    }
    let Some(config) = RotationConfig::read(config) else {
        return reject(
            Code::Malformed,
            "The rotation_config is not a JSON object. Write it like \
             {\"InstanceId\":\"...\",\"SecretSubType\":\"SingleUser\"}.",
        );
    };
    if config.instance_id.is_none() {
        reject(Code::Required, "The rotation_config names no instance. Give its identifier as InstanceId.");
    }
    if !matches!(config.secret_sub_type.as_deref(), Some("SingleUser" | "MultiUser")) {
        reject(
            Code::NotOneOf,
            "The SecretSubType in the rotation_config is unknown. Use SingleUser or MultiUser.",
        );
    }
}

pub(crate) fn judge_function(urn: &str, auto_rotation: bool, kind: Kind, problems: &mut Vec<Problem>) {
    if urn.is_empty() && auto_rotation && kind == Kind::Common {
        problems.push(Problem::new(
            "rotation_func_urn",
            Code::Required,
            "Automatic rotation of a COMMON secret needs a function. Give rotation_func_urn, or set auto_rotation to \
             false.",
        ));
    }
    Plain {
        field: "rotation_func_urn",
        // `!` precedes an alias, and `@` occurs in package names.
        others: b"_:./-!@",
        max: MAX_ROTATION_FUNC_URN,
        too_long: "The rotation_func_urn is longer than 255 characters. Shorten it.",
        bad_characters: "The rotation_func_urn has characters that are not allowed. Use only letters a to z or A to Z, \
                         digits, '_', ':', '.', '/', '-', '!' and '@'.",
    }
    .judge(urn, problems);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn periods() {
        let fifty = format!("{}7d", "0".repeat(48));
        for (period, seconds) in [
            ("6h", 21_600),
            ("360m", 21_600),
            ("21600s", 21_600),
            ("1d", 86_400),
            ("24h", 86_400),
            ("007d", 604_800),
            ("365d", 31_536_000),
            ("8760h", 31_536_000),
            ("31536000s", 31_536_000),
            (fifty.as_str(), 604_800),
        ] {
            assert_eq!(rotation_period_seconds(period), Ok(seconds), "{period}");
        }
        let long = format!("0{fifty}");
        for (period, code) in [
            ("5h", Code::OutOfRange),
            ("359m", Code::OutOfRange),
            ("21599s", Code::OutOfRange),
            ("366d", Code::OutOfRange),
            ("8761h", Code::OutOfRange),
            ("31536001s", Code::OutOfRange),
            ("0d", Code::OutOfRange),
            ("18446744073709551615d", Code::OutOfRange),
            // Overflows to one day.
            ("144115188075855873d", Code::OutOfRange),
            ("99999999999999999999999999d", Code::OutOfRange),
            ("", Code::Malformed),
            ("d", Code::Malformed),
            ("7", Code::Malformed),
            ("7D", Code::Malformed),
            ("7w", Code::Malformed),
            ("1.5d", Code::Malformed),
            ("-7d", Code::Malformed),
            ("+7d", Code::Malformed),
            (" 7d", Code::Malformed),
            ("7 d", Code::Malformed),
            ("7d ", Code::Malformed),
            ("1d12h", Code::Malformed),
            ("٧d", Code::Malformed),
            ("7é", Code::Malformed),
            (long.as_str(), Code::Malformed),
        ] {
            assert_eq!(rotation_period_seconds(period).map_err(|p| p.code), Err(code), "{period}");
        }
    }

    proptest! {
        #[test]
        fn period_in_range_is_accepted(seconds in MIN_ROTATION_SECONDS..=MAX_ROTATION_SECONDS) {
            prop_assert_eq!(rotation_period_seconds(&format!("{seconds}s")), Ok(seconds));
        }

        #[test]
        fn no_period_panics(period in any::<String>()) {
            let _ = rotation_period_seconds(&period);
        }
    }
}
