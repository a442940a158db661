//! The file with a person's servers, each under a name of its own.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};
use zeroize::Zeroizing;

use super::credentials::{self, Credentials, Proof};
use super::environment::variable;
use crate::failure::CommandError;
use crate::private_file;

/// The profile that is taken when none is named.
const DEFAULT: &str = "default";

/// One table of the file. How the caller proves who it is stands in exactly one way.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    endpoint: Option<String>,
    ca_certificate: Option<PathBuf>,
    /// A file as the first start of a server writes it.
    credentials: Option<PathBuf>,
    token: Option<Zeroizing<String>>,
    domain_name: Option<String>,
    user_name: Option<String>,
    password: Option<Zeroizing<String>>,
}

/// The profile of that name.
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
    /// The ways in which it says who the caller is, each by a key that stands in the file.
    fn ways(&self) -> Vec<&'static str> {
        let of_password = [
            ("`password`", self.password.is_some()),
            ("`user_name`", self.user_name.is_some()),
            ("`domain_name`", self.domain_name.is_some()),
        ];
        let given = |key: &(&'static str, bool)| key.1.then_some(key.0);
        let others = [("`credentials`", self.credentials.is_some()), ("`token`", self.token.is_some())];
        others.iter().filter_map(given).chain(of_password.iter().find_map(given)).collect()
    }

    /// Files it names lie beside it, unless their whole path is given.
    fn credentials(self, name: &str, path: &Path) -> Result<Credentials, CommandError> {
        let ways = self.ways();
        if ways.len() > 1 {
            return Err(CommandError::Usage(format!(
                "the profile `{name}` in {} says who you are in {} ways: with {}. Keep one of them.",
                path.display(),
                ways.len(),
                ways.join(" and with ")
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
                    "the profile `{name}` in {} needs one of `credentials`, `token`, or the three of `domain_name`, \
                     `user_name` and `password`.",
                    path.display()
                )));
            }
        };
        Ok(Credentials { endpoint: self.endpoint, ca_certificate, proof })
    }
}

/// One profile of the file. What is wrong with the others is no concern of whoever asked for this one.
fn read(path: &Path, name: &str) -> Result<Option<Profile>, CommandError> {
    let bytes = private_file::read(path)?;
    let wrong = |line: usize| {
        CommandError::Usage(format!(
            "{} is not right in line {line}. Each profile is a table with `endpoint`, `ca_certificate`, and `credentials`, \
             `token`, or `domain_name`, `user_name` and `password`, all of them text.",
            path.display()
        ))
    };
    let text = std::str::from_utf8(&bytes).map_err(|_| wrong(1))?;
    // The cause of a wrong file quotes it, so only the place is told.
    let placed = |error: toml::de::Error| {
        let at = error.span().map_or(0, |span| span.start);
        wrong(1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count())
    };
    let profile = DeTable::parse(text).map_err(placed)?.into_inner().remove(name);
    let read = |profile: Spanned<DeValue<'_>>| Profile::deserialize(ValueDeserializer::from(profile));
    profile.map(read).transpose().map_err(placed)
}

fn path() -> Result<PathBuf, CommandError> {
    let folder = variable("XDG_CONFIG_HOME").map(PathBuf::from);
    let folder = folder.or_else(|| variable("HOME").map(|home| Path::new(&home).join(".config")));
    let folder = folder.ok_or_else(|| {
        CommandError::Usage("there is no home folder to look for profiles in. Set HOME.".to_owned())
    })?;
    Ok(folder.join("strongroom/profiles.toml"))
}
