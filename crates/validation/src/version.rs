//! Rules of a new version: its value, stages and expiry time.

use crate::problem::Problem;
use crate::{expire_time, value, version_stages};

/// A borrowed view of a version to store.
///
/// Has no `Debug`, because it holds a value.
#[derive(Default, Clone, Copy)]
pub struct NewVersion<'a> {
    /// A text value. An empty text is a value.
    pub secret_string: Option<&'a str>,
    /// A binary value in Base64. An empty text is a value.
    pub secret_binary: Option<&'a str>,
    pub version_stages: &'a [String],
    /// In milliseconds since 1970.
    pub expire_time: Option<i64>,
}

/// All problems of a new version. Does not check the limit of stages, which depends on the secret. `now` is in milliseconds since
/// 1970.
#[must_use]
pub fn new_version(new: &NewVersion<'_>, now: i64, max_bytes: usize) -> Vec<Problem> {
    let mut problems = value(new.secret_string, new.secret_binary, max_bytes);
    problems.extend(version_stages(new.version_stages));
    problems.extend(new.expire_time.and_then(|moment| expire_time(moment, now).err()));
    problems
}
