//! The file with the first credentials, and files that only their owner may read.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::Serialize;
use strongroom_access::Credentials;
use zeroize::Zeroizing;

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
    write_private(path, &json(endpoint, credentials)?)
}

/// What stands in the file.
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
    // Large enough never to grow, which would leave copies behind.
    let mut text = Zeroizing::new(Vec::with_capacity(4_096));
    serde_json::to_writer_pretty(&mut *text, &contents)?;
    Ok(text)
}

/// Writes a file of mode 0600 and does not come back before it is on disk. A crash in between leaves the old one, or none.
pub(crate) fn write_private(path: &Path, contents: &[u8]) -> std::io::Result<()> {
    let unfinished = path.with_extension("unfinished");
    let _ = std::fs::remove_file(&unfinished);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
    file.write_all(contents)?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)?;
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
