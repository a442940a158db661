//! The one place where a command reads its environment.

#![allow(clippy::disallowed_methods, reason = "the environment of a command is read here")]

use std::ffi::OsString;

use zeroize::Zeroizing;

use super::credentials::{Credentials, Proof};
use crate::failure::CommandError;

/// How every variable of ours begins; none of them is handed on to another program.
pub const OWN_VARIABLES: &str = "STRONGROOM_";

/// What `--help` says about the variables that are no flags, because others can see flags.
pub const EXPLAINED: &str = "Credentials in the environment, which are never flags, because other users of a machine can \
    see flags:\n  \
    STRONGROOM_TOKEN     a token\n  \
    STRONGROOM_PASSWORD  a password, with STRONGROOM_USER_NAME and STRONGROOM_DOMAIN_NAME";

/// The value of a variable; one that is empty is none.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Names of all variables this process was given.
pub fn inherited() -> impl Iterator<Item = OsString> {
    std::env::vars_os().map(|(name, _)| name)
}

/// A token, or a user with a password.
pub fn credentials() -> Result<Option<Credentials>, CommandError> {
    let of = |proof| Ok(Some(Credentials { endpoint: None, ca_certificate: None, proof }));
    if let Some(token) = variable("STRONGROOM_TOKEN") {
        return of(Proof::Token(Zeroizing::new(token)));
    }
    let Some(password) = variable("STRONGROOM_PASSWORD").map(Zeroizing::new) else {
        return Ok(None);
    };
    let needed = |name| {
        let missing = format!("STRONGROOM_PASSWORD is given, and {name} is missing. Give both.");
        variable(name).ok_or(CommandError::Usage(missing))
    };
    let (domain_name, user_name) = (needed("STRONGROOM_DOMAIN_NAME")?, needed("STRONGROOM_USER_NAME")?);
    of(Proof::Password { domain_name, user_name, password })
}
