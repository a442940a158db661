//! Finding a version or a stage of a secret.

use strongroom_storage::records::{SecretRecord, StageRecord, VersionRecord};

use crate::Rejection;

/// The stage of the version that readers get.
pub(crate) const CURRENT: &str = "SYSCURRENT";

/// The number of the version that readers get.
pub(super) fn current(secret: &SecretRecord) -> Option<u32> {
    secret.stages.iter().find(|stage| stage.name == CURRENT).map(|stage| stage.version)
}

pub(crate) fn stage<'a>(secret: &'a SecretRecord, name: &str) -> Result<&'a StageRecord, Rejection> {
    let found = secret.stages.iter().find(|stage| stage.name == name);
    found.ok_or_else(|| Rejection::StageNotFound { name: secret.name.clone(), stage: name.to_owned() })
}

/// The version asked for, by number or as `latest`.
pub(crate) fn version<'a>(secret: &'a SecretRecord, asked: &str) -> Result<&'a VersionRecord, Rejection> {
    let number = if asked == "latest" { current(secret) } else { None };
    secret
        .versions
        .iter()
        .find(|version| Some(version.number) == number || version_id(version.number) == asked)
        .ok_or_else(|| Rejection::VersionNotFound { name: secret.name.clone(), version: asked.to_owned() })
}

/// A number as the wire spells it.
pub(crate) fn version_id(number: u32) -> String {
    format!("v{number}")
}
