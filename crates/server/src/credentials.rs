//! The file with the first credentials.

use std::path::Path;

use serde::Serialize;
use strongroom_access::Credentials;
use zeroize::Zeroizing;

use crate::private_file;

#[derive(Serialize)]
struct Contents<'a> {
    endpoint: &'a str,
    project_id: String,
    project_name: &'a str,
    domain_id: String,
    domain_name: &'a str,
    user_name: &'a str,
    password: &'a str,
    access_key: &'a str,
    secret_key: &'a str,
}

pub(crate) fn write(path: &Path, endpoint: &str, credentials: &Credentials) -> std::io::Result<()> {
    private_file::write(path, &json(endpoint, credentials)?)
}

/// The content of the file.
pub(crate) fn json(endpoint: &str, credentials: &Credentials) -> std::io::Result<Zeroizing<Vec<u8>>> {
    let contents = Contents {
        endpoint,
        project_id: credentials.project_id.to_string(),
        project_name: &credentials.project_name,
        domain_id: credentials.domain_id.to_string(),
        domain_name: &credentials.domain_name,
        user_name: &credentials.user_name,
        password: &credentials.password,
        access_key: &credentials.access_key,
        secret_key: &credentials.secret_key,
    };
    // Large enough not to grow: growing would leave copies behind.
    let mut text = Zeroizing::new(Vec::with_capacity(4_096));
    serde_json::to_writer_pretty(&mut *text, &contents)?;
    Ok(text)
}
