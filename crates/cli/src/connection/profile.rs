//! The profiles file of a user: servers and credentials, each under a name.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};
use zeroize::Zeroizing;

use super::credentials::{self, Credentials, Proof};
use super::environment::variable;
use crate::failure::CommandError;
use crate::private_file;

/// The profile that is used when none is named.
const DEFAULT: &str = "default";

/// One table of the file. It has exactly one kind of credentials.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    endpoint: Option<String>,
    ca_certificate: Option<PathBuf>,
    /// A file such as the first start of a server writes.
    credentials: Option<PathBuf>,
    token: Option<Zeroizing<String>>,
    domain_name: Option<String>,
    user_name: Option<String>,
    password: Option<Zeroizing<String>>,
}

pub fn named(name: &str) -> Result<Credentials, CommandError> {
    let path = path()?;
    match read(&path, name)? {
        Some(profile) => profile.credentials(name, &path),
        None => Err(CommandError::Usage(format!("{} has no profile `{name}`.", path.display()))),
    }
}

/// The default profile, if the file is there and has one.
pub fn default() -> Result<Option<Credentials>, CommandError> {
    let Ok(path) = path() else { return Ok(None) };
    if !path.exists() {
        return Ok(None);
    }
    let profile = read(&path, DEFAULT)?;
    profile.map(|profile| profile.credentials(DEFAULT, &path)).transpose()
}

impl Profile {
    /// The kinds of credentials in the profile, each named by a key that is in the file.
    fn credential_kinds(&self) -> Vec<&'static str> {
        let of_password = [
            ("`password`", self.password.is_some()),
            ("`user_name`", self.user_name.is_some()),
            ("`domain_name`", self.domain_name.is_some()),
        ];
        let given = |key: &(&'static str, bool)| key.1.then_some(key.0);
        let others = [("`credentials`", self.credentials.is_some()), ("`token`", self.token.is_some())];
        others.iter().filter_map(given).chain(of_password.iter().find_map(given)).collect()
    }

    /// Relative paths are resolved against the folder of the profiles file.
    fn credentials(self, name: &str, path: &Path) -> Result<Credentials, CommandError> {
        let kinds = self.credential_kinds();
        if kinds.len() > 1 {
            return Err(CommandError::Usage(format!(
                "the profile `{name}` in {} has {} kinds of credentials: {}. Keep one of them.",
                path.display(),
                kinds.len(),
                kinds.join(" and ")
            )));
        }
        let ca_certificate = self.ca_certificate.map(|file| path.with_file_name(file));
        let proof = match (self.credentials, self.token, self.domain_name, self.user_name, self.password) {
            (Some(file), None, None, None, None) => {
                let found = credentials::read(&path.with_file_name(file))?;
                return Ok(Credentials {
                    endpoint: self.endpoint.or(found.endpoint),
                    ca_certificate,
                    proof: found.proof,
                });
            }
            (None, Some(token), None, None, None) => Proof::Token(token),
            (None, None, Some(domain_name), Some(user_name), Some(password)) => {
                Proof::Password { domain_name, user_name, password }
            }
            _ => {
                return Err(CommandError::Usage(format!(
                    "the profile `{name}` in {} has no complete credentials. It needs one of `credentials`, `token`, or \
                     `domain_name` with `user_name` and `password`.",
                    path.display()
                )));
            }
        };
        Ok(Credentials { endpoint: self.endpoint, ca_certificate, proof })
    }
}

/// Reads one profile. Mistakes in the others are ignored.
fn read(path: &Path, name: &str) -> Result<Option<Profile>, CommandError> {
    let bytes = private_file::read(path)?;
    let wrong = |line: usize| {
        CommandError::Usage(format!(
            "{}: mistake in line {line}. Each profile is a table with `endpoint`, `ca_certificate`, and `credentials`, \
             `token`, or `domain_name`, `user_name` and `password`. All of them are text.",
            path.display()
        ))
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong(1))?;
    // The parser error quotes the file, so only the line is reported.
    let at_line = |error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start);
        wrong(1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count())
    };
    let profile = DeTable::parse(text).map_err(at_line)?.into_inner().remove(name);
    let read = |profile: Spanned<DeValue<'_>>| Profile::deserialize(ValueDeserializer::from(profile));
    profile.map(read).transpose().map_err(at_line)
}

fn path() -> Result<PathBuf, CommandError> {
    let folder = variable("XDG_CONFIG_HOME").map(PathBuf::from);
    let folder = folder.or_else(|| variable("HOME").map(|home| Path::new(&home).join(".config")));
    let folder = folder.ok_or_else(|| {
        CommandError::Usage(
            "HOME is not set, so there is no folder to look for profiles in. Set HOME.".to_owned(),
        )
    })?;
    Ok(folder.join("strongroom/profiles.toml"))
}
