//! Credentials files. Errors never quote their content.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::failure::CommandError;
use crate::private_file;

/// The identity of the caller and, if the source names them, the server and its CA certificate.
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

/// Reads a file such as the first start of a server writes.
pub fn read(path: &Path) -> Result<Credentials, CommandError> {
    let text = private_file::read(path)?;
    // The parser error may quote the file, so only the line is reported.
    let found: FirstCredentials = serde_json::from_slice(&text).map_err(|error| {
        let (path, line) = (path.display(), error.line());
        CommandError::Usage(format!(
            "{path} is not a credentials file as the first start of a server writes it. Check line {line}."
        ))
    })?;
    let FirstCredentials { endpoint, domain_name, user_name, password } = found;
    let proof = Proof::Password { domain_name, user_name, password };
    Ok(Credentials { endpoint: Some(endpoint), ca_certificate: None, proof })
}
