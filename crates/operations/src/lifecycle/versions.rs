//! The values of a secret and the numbers they go by.
//!
//! Numbers rise and are never used twice. `create_time` rises strictly within a secret, though the wire carries whole
//! seconds only: existing clients take the version with the greatest one for the newest.

use strongroom_storage::Timestamp;
use strongroom_storage::records::{SecretRecord, VersionRecord};

use super::deletion::{may_change, whole_second};
use super::find::{CURRENT, version};
use super::stages;
use crate::{Limits, Rejection};

/// What a request says about a version to be stored, beside its value.
pub(crate) struct NewVersion {
    /// None at all means that it becomes the current one.
    pub(crate) stages: Vec<String>,
    /// In milliseconds since 1970, whole seconds.
    pub(crate) expire_time: Option<i64>,
    pub(crate) binary: bool,
}

/// The least that two times differ by on the wire.
const SECOND: i64 = 1_000;

/// Puts the first value under its stage.
pub(crate) fn with_first_version(mut secret: SecretRecord, binary: bool, now: Timestamp) -> SecretRecord {
    let time = whole_second(now);
    secret.create_time = time;
    secret.update_time = time;
    secret.last_version = 1;
    secret.versions = vec![VersionRecord {
        number: 1,
        create_time: time,
        expire_time: None,
        kms_key_id: secret.kms_key_id.clone(),
        binary,
    }];
    secret.stages = Vec::new();
    stages::put(&mut secret, &[CURRENT.to_owned()], 1, time);
    secret
}

/// Adds a version under the next number, `last_version` of what comes back.
pub(crate) fn add_version(
    secret: &SecretRecord,
    new: &NewVersion,
    limits: &Limits,
    now: Timestamp,
) -> Result<SecretRecord, Rejection> {
    may_change(secret)?;
    let too_many = || Rejection::TooManyVersions { name: secret.name.clone(), allowed: limits.versions };
    let number = secret.last_version.checked_add(1).ok_or_else(too_many)?;
    let time = whole_second(now);
    let newest = secret.versions.iter().map(|version| version.create_time).max();

    let mut after = secret.clone();
    after.update_time = time;
    after.last_version = number;
    after.versions.push(VersionRecord {
        number,
        create_time: newest.map_or(time, |newest| time.max(newest + SECOND)),
        expire_time: new.expire_time,
        kms_key_id: secret.kms_key_id.clone(),
        binary: new.binary,
    });
    let wanted = if new.stages.is_empty() { &[CURRENT.to_owned()] } else { new.stages.as_slice() };
    stages::put(&mut after, wanted, number, time);
    stages::within(secret, &after, limits.stages)?;
    // One at most, however low the limit is set: to lower it shall not delete what is there.
    if after.versions.len() > limits.versions {
        let idle = after.versions.iter().position(|version| !stages::any_at(&after, version.number));
        after.versions.remove(idle.ok_or_else(too_many)?);
    }
    Ok(after)
}

/// The moment has passed the rules: it lies ahead, in whole seconds.
pub(crate) fn set_expire_time(
    secret: &SecretRecord,
    asked: &str,
    expire_time: i64,
    now: Timestamp,
) -> Result<SecretRecord, Rejection> {
    may_change(secret)?;
    let number = version(secret, asked)?.number;
    let mut after = SecretRecord { update_time: whole_second(now), ..secret.clone() };
    for version in after.versions.iter_mut().filter(|version| version.number == number) {
        version.expire_time = Some(expire_time);
    }
    Ok(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_milliseconds(1_767_225_600_500);

    fn secret() -> SecretRecord {
        let record = SecretRecord {
            name: "db".to_owned(),
            kms_key_id: "csms/default".to_owned(),
            ..SecretRecord::default()
        };
        with_first_version(record, false, NOW)
    }

    fn add(secret: &SecretRecord, stages: &[&str], limits: &Limits) -> Result<SecretRecord, Rejection> {
        let stages = stages.iter().map(|stage| (*stage).to_owned()).collect();
        add_version(secret, &NewVersion { stages, expire_time: None, binary: true }, limits, NOW)
    }

    fn numbers(secret: &SecretRecord) -> Vec<u32> {
        secret.versions.iter().map(|version| version.number).collect()
    }

    #[test]
    fn a_new_secret_has_one_version_and_it_is_current() {
        let secret = secret();
        assert_eq!(secret.create_time, 1_767_225_600_000, "whole seconds");
        assert_eq!(version(&secret, "latest").unwrap().number, 1);
        assert_eq!(version(&secret, "v1").unwrap().number, 1);
        assert!(version(&secret, "v01").is_err(), "a version has one name");
        assert_eq!(
            version(&secret, "v2"),
            Err(Rejection::VersionNotFound { name: "db".to_owned(), version: "v2".to_owned() })
        );
    }

    #[test]
    fn versions_of_one_second_stay_in_order_however_many_there_are() {
        let mut secret = secret();
        for _ in 0..50 {
            secret = add(&secret, &[], &Limits::default()).unwrap();
        }
        let times: Vec<_> = secret.versions.iter().map(|version| version.create_time).collect();
        assert!(times.is_sorted_by(|one, next| one < next), "{times:?}");
        assert!(times.iter().all(|time| time % 1_000 == 0));
        assert_eq!(times.last(), Some(&(1_767_225_600_000 + 50 * 1_000)));
        assert_eq!(secret.update_time, 1_767_225_600_000);
    }

    #[test]
    fn the_oldest_version_without_a_stage_gives_way() {
        let limits = Limits { versions: 4, ..Limits::default() };
        let mut secret = secret();
        secret = add(&secret, &["kept"], &limits).unwrap();
        secret = add(&secret, &[], &limits).unwrap();
        secret = add(&secret, &[], &limits).unwrap();
        assert_eq!(numbers(&secret), [1, 2, 3, 4]);
        // Version 1 lost SYSPREVIOUS to version 3, and version 3 keeps it only until the next one.
        secret = add(&secret, &[], &limits).unwrap();
        assert_eq!(numbers(&secret), [2, 3, 4, 5], "1 gave way");
        secret = add(&secret, &[], &limits).unwrap();
        assert_eq!(numbers(&secret), [2, 4, 5, 6], "2 has a stage, 3 has lost its own in this very step");
        secret = add(&secret, &["kept"], &limits).unwrap();
        assert_eq!(numbers(&secret), [4, 5, 6, 7], "2 has lost its own to 7");
        assert_eq!(secret.last_version, 7);
    }

    #[test]
    fn with_a_stage_on_every_version_none_gives_way() {
        let limits = Limits { versions: 2, ..Limits::default() };
        let secret = add(&secret(), &["kept"], &limits).unwrap();
        assert_eq!(
            add(&secret, &["more"], &limits),
            Err(Rejection::TooManyVersions { name: "db".to_owned(), allowed: 2 })
        );
        assert_eq!(numbers(&add(&secret, &["kept"], &limits).unwrap()), [1, 3]);
    }

    #[test]
    fn a_limit_that_was_lowered_deletes_nothing_but_what_gives_way() {
        let mut secret = secret();
        for _ in 1..20 {
            secret = add(&secret, &[], &Limits::default()).unwrap();
        }
        let lowered = Limits { versions: 5, ..Limits::default() };
        assert_eq!(add(&secret, &[], &lowered).unwrap().versions.len(), 20);
    }

    #[test]
    fn a_number_is_never_used_twice() {
        let limits = Limits { versions: 1, ..Limits::default() };
        let mut secret = secret();
        for number in 2..100 {
            secret = add(&secret, &["SYSCURRENT", "SYSPREVIOUS"], &limits).unwrap();
            assert_eq!(numbers(&secret), [number]);
        }
        secret.last_version = u32::MAX;
        assert!(matches!(add(&secret, &[], &limits), Err(Rejection::TooManyVersions { .. })));
    }

    #[test]
    fn a_new_version_takes_the_key_of_the_moment_and_leaves_the_others_theirs() {
        let changed = SecretRecord { kms_key_id: "other".to_owned(), ..secret() };
        let after = add(&changed, &[], &Limits::default()).unwrap();
        let keys: Vec<_> = after.versions.iter().map(|version| version.kms_key_id.as_str()).collect();
        assert_eq!(keys, ["csms/default", "other"]);
        assert!(after.versions[1].binary && !after.versions[0].binary);
    }

    #[test]
    fn an_expiry_is_set_on_one_version() {
        let secret = add(&secret(), &[], &Limits::default()).unwrap();
        for (asked, expected) in [("v1", [Some(5_000), None]), ("latest", [None, Some(5_000)])] {
            let after = set_expire_time(&secret, asked, 5_000, NOW).unwrap();
            let expiries: Vec<_> = after.versions.iter().map(|version| version.expire_time).collect();
            assert_eq!(expiries, expected);
        }
        assert!(matches!(set_expire_time(&secret, "v3", 5_000, NOW), Err(Rejection::VersionNotFound { .. })));
    }
}
