//! Who asks: what a credentials file says. Nothing that such a file holds stands in an error.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::failure::CommandError;
use crate::private_file;

/// Who asks, and where, as far as it is said beside.
pub struct Credentials {
    pub endpoint: Option<String>,
    pub ca_certificate: Option<PathBuf>,
    pub proof: Proof,
}

pub enum Proof {
    Token(Zeroizing<String>),
    Password { domain_name: String, user_name: String, password: Zeroizing<String> },
}

#[derive(Deserialize)]
struct FirstCredentials {
    endpoint: String,
    domain_name: String,
    user_name: String,
    password: Zeroizing<String>,
}

/// Reads what the first start of a server writes.
pub fn read(path: &Path) -> Result<Credentials, CommandError> {
    let text = private_file::read(path)?;
    // The cause of a wrong file may quote it, so only the place is told.
    let found: FirstCredentials = serde_json::from_slice(&text).map_err(|error| {
        let (path, line) = (path.display(), error.line());
        CommandError::Usage(format!(
            "{path} does not hold credentials as the first start of a server writes them; look at line {line}."
        ))
    })?;
    let FirstCredentials { endpoint, domain_name, user_name, password } = found;
    let proof = Proof::Password { domain_name, user_name, password };
    Ok(Credentials { endpoint: Some(endpoint), ca_certificate: None, proof })
}
