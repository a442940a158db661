//! The only place where a command reads its environment.

#![allow(clippy::disallowed_methods, reason = "the environment of a command is read here")]

use std::ffi::OsString;

use zeroize::Zeroizing;

use super::credentials::{Credentials, Proof};
use crate::failure::CommandError;

/// The prefix of our variables. `run` removes them from the environment of its program.
pub const OWN_VARIABLES: &str = "STRONGROOM_";

/// The variables in `--help` that have no flag, because other users of a machine can see flags.
pub const ENVIRONMENT_HELP: &str = "Credentials in the environment. They are never flags, because other users of a machine can \
    see flags:\n  \
    STRONGROOM_TOKEN     a token\n  \
    STRONGROOM_PASSWORD  a password, with STRONGROOM_USER_NAME and STRONGROOM_DOMAIN_NAME";

/// The value of a variable; an empty one counts as not set.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Names of all environment variables of this process.
pub fn inherited() -> impl Iterator<Item = OsString> {
    std::env::vars_os().map(|(name, _)| name)
}

/// Credentials in the environment: a token, or a user with a password.
pub fn credentials() -> Result<Option<Credentials>, CommandError> {
    let found = |proof| Ok(Some(Credentials { endpoint: None, ca_certificate: None, proof }));
    if let Some(token) = variable("STRONGROOM_TOKEN") {
        return found(Proof::Token(Zeroizing::new(token)));
    }
    let Some(password) = variable("STRONGROOM_PASSWORD").map(Zeroizing::new) else {
        return Ok(None);
    };
    let needed = |name| {
        let missing = format!("STRONGROOM_PASSWORD is set, but {name} is not. Set both.");
        variable(name).ok_or(CommandError::Usage(missing))
    };
    let (domain_name, user_name) = (needed("STRONGROOM_DOMAIN_NAME")?, needed("STRONGROOM_USER_NAME")?);
    found(Proof::Password { domain_name, user_name, password })
}
