//! Private files: keys and credentials.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::process::geteuid;
use zeroize::Zeroizing;

use crate::start_error::StartError;

const ROOT: u32 = 0;
const GROUP_MAY_READ: u32 = 0o040;
const ANYBODY_ELSE: u32 = 0o077;
const OTHERS_MAY_WRITE: u32 = 0o022;

/// Reads a key file. Rejects one that others can read or write. Follows links and checks the target.
pub(crate) fn read(path: &Path, doing: &'static str) -> Result<Zeroizing<Vec<u8>>, StartError> {
    let mut file = File::open(path).map_err(StartError::file(doing, path))?;
    let metadata = file.metadata().map_err(StartError::file(doing, path))?;
    // Metadata of the opened file, so that the checked file is the one that is read.
    check_mode(path, geteuid().as_raw(), metadata.uid(), metadata.mode())?;
    // Large enough not to grow: growing would leave copies behind.
    let length = usize::try_from(metadata.len()).unwrap_or_default();
    let mut contents = Zeroizing::new(Vec::with_capacity(length.saturating_add(1)));
    file.read_to_end(&mut contents).map_err(StartError::file(doing, path))?;
    Ok(contents)
}

/// The same check for a file that is not read, if it exists.
pub(crate) fn check(path: &Path) -> Result<(), StartError> {
    match std::fs::metadata(path) {
        Ok(metadata) => check_mode(path, geteuid().as_raw(), metadata.uid(), metadata.mode()),
        Err(_) => Ok(()),
    }
}

/// The rule of PostgreSQL: private to the user of the server, or owned by root and readable by a group, which is how
/// orchestrators provide keys to processes. A server that runs as root accepts files of any owner, because in a container
/// they often belong to a user of the host.
fn check_mode(path: &Path, server: u32, owner: u32, mode: u32) -> Result<(), StartError> {
    if ![server, ROOT].contains(&owner) && server != ROOT {
        return Err(StartError::ForeignFile { path: path.to_owned(), owner, server });
    }
    let allowed = if owner == ROOT && server != ROOT { GROUP_MAY_READ } else { 0 };
    match mode & ANYBODY_ELSE & !allowed {
        0 => Ok(()),
        _ => Err(StartError::NotPrivate { path: path.to_owned(), mode: mode & 0o777 }),
    }
}

/// Warns about a data folder or store that others can read or write. It is not rejected, because container volumes and
/// restored copies often have wider modes, and no value can be read there without the root key.
pub(crate) fn warn_if_open(path: &Path, private: &'static str) {
    let Ok(metadata) = std::fs::metadata(path) else { return };
    let mode = metadata.mode() & 0o777;
    if mode & ANYBODY_ELSE != 0 {
        let may = if mode & OTHERS_MAY_WRITE != 0 { "read and change" } else { "read" };
        tracing::warn!(
            path = %path.display(),
            mode = format!("{mode:03o}"),
            "other users of this machine may {may} this; run: chmod {private} {}",
            path.display()
        );
    }
}

/// Writes a file of mode 0600 and returns when it is on disk. A crash in between leaves the old file, or none.
pub(crate) fn write(path: &Path, contents: &[u8]) -> std::io::Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_file_must_be_private_or_owned_by_root_with_group_read() {
        const SERVER: u32 = 1_000;
        let is_allowed =
            |server, owner, mode: u32| check_mode(Path::new("key"), server, owner, 0o100_000 | mode).is_ok();
        for server in [SERVER, ROOT] {
            assert!(is_allowed(server, server, 0o600) && is_allowed(server, server, 0o400));
            for mode in [0o640, 0o604, 0o620, 0o601, 0o666] {
                assert!(!is_allowed(server, server, mode), "{mode:o}");
            }
        }
        assert!(is_allowed(SERVER, ROOT, 0o640) && is_allowed(SERVER, ROOT, 0o440));
        assert!(!is_allowed(SERVER, ROOT, 0o644) && !is_allowed(SERVER, ROOT, 0o660));
        assert!(!is_allowed(SERVER, SERVER + 1, 0o600), "another user could change it");
        assert!(is_allowed(ROOT, SERVER, 0o600) && !is_allowed(ROOT, SERVER, 0o640));
    }
}
