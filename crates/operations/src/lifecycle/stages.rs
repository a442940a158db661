//! Stages: labels, each on one version of a secret.
//!
//! `SYSCURRENT` is always on exactly one; what it leaves becomes `SYSPREVIOUS`. The table of cases below counts the rules
//! as the documentation of the service does.

use strongroom_storage::Timestamp;
use strongroom_storage::records::{SecretRecord, StageRecord};

use super::deletion::{may_change, whole_second};
use super::find::{CURRENT, current, stage, version};
use crate::Rejection;

/// The stage of the version that readers got before.
const PREVIOUS: &str = "SYSPREVIOUS";

/// Points a stage at a version, whether the secret has it already or not.
pub(crate) fn set_stage(
    secret: &SecretRecord,
    name: &str,
    asked: &str,
    allowed: usize,
    now: Timestamp,
) -> Result<SecretRecord, Rejection> {
    may_change(secret)?;
    let number = version(secret, asked)?.number;
    let time = whole_second(now);
    let mut after = SecretRecord { update_time: time, ..secret.clone() };
    put(&mut after, &[name.to_owned()], number, time);
    within(secret, &after, allowed)?;
    Ok(after)
}

pub(crate) fn delete_stage(
    secret: &SecretRecord,
    name: &str,
    now: Timestamp,
) -> Result<SecretRecord, Rejection> {
    may_change(secret)?;
    if matches!(name, CURRENT | PREVIOUS) {
        return Err(Rejection::BuiltInStage { stage: name.to_owned() });
    }
    stage(secret, name)?;
    let mut after = SecretRecord { update_time: whole_second(now), ..secret.clone() };
    after.stages.retain(|stage| stage.name != name);
    Ok(after)
}

/// Whether a version has a stage, so that it does not give way.
pub(super) fn any_at(secret: &SecretRecord, version: u32) -> bool {
    secret.stages.iter().any(|stage| stage.version == version)
}

/// Puts these stages on one version, each taken from where it was. What `SYSCURRENT` leaves becomes `SYSPREVIOUS`, unless
/// that one has been given a place as well.
pub(super) fn put(secret: &mut SecretRecord, names: &[String], version: u32, time: i64) {
    let left = current(secret).filter(|left| *left != version);
    for name in names {
        point(secret, name, version, time);
    }
    let given = |name: &str| names.iter().any(|given| given == name);
    if let Some(left) = left.filter(|_| given(CURRENT) && !given(PREVIOUS)) {
        point(secret, PREVIOUS, left, time);
    }
}

/// Whether the secret has no more stages than it may. More than that, from before the limit was lowered, may stay.
pub(super) fn within(before: &SecretRecord, after: &SecretRecord, allowed: usize) -> Result<(), Rejection> {
    let needed = after.stages.len();
    if needed > allowed && needed > before.stages.len() {
        return Err(Rejection::TooManyStages { name: after.name.clone(), needed, allowed });
    }
    Ok(())
}

fn point(secret: &mut SecretRecord, name: &str, version: u32, time: i64) {
    match secret.stages.iter_mut().find(|stage| stage.name == name) {
        Some(stage) => (stage.version, stage.update_time) = (version, time),
        None => secret.stages.push(StageRecord { name: name.to_owned(), version, update_time: time }),
    }
}

#[cfg(test)]
mod tests;
