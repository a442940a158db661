//! Files that only their owner may read: keys and credentials.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::process::geteuid;
use zeroize::Zeroizing;

use crate::start::StartError;

const ROOT: u32 = 0;
const GROUP_MAY_READ: u32 = 0o040;
const ANYBODY_ELSE: u32 = 0o077;
const OTHERS_MAY_WRITE: u32 = 0o022;

/// Reads a file of keys, unless somebody else may read or write it as well. A link is followed: what counts is the file.
pub(crate) fn read(path: &Path, doing: &'static str) -> Result<Zeroizing<Vec<u8>>, StartError> {
    let mut file = File::open(path).map_err(StartError::file(doing, path))?;
    let metadata = file.metadata().map_err(StartError::file(doing, path))?;
    // Of the opened file, so that no other one is read than was checked.
    check_mode(path, geteuid().as_raw(), metadata.uid(), metadata.mode())?;
    // Large enough never to grow, which would leave copies behind.
    let length = usize::try_from(metadata.len()).unwrap_or_default();
    let mut contents = Zeroizing::new(Vec::with_capacity(length.saturating_add(1)));
    file.read_to_end(&mut contents).map_err(StartError::file(doing, path))?;
    Ok(contents)
}

/// The same check of a file that is not read, if it is there.
pub(crate) fn check(path: &Path) -> Result<(), StartError> {
    match std::fs::metadata(path) {
        Ok(metadata) => check_mode(path, geteuid().as_raw(), metadata.uid(), metadata.mode()),
        Err(_) => Ok(()),
    }
}

/// As PostgreSQL has it: private to the user of the server, or owned by root and readable by a group, which is how
/// orchestrators hand keys to a process that is not root. A server that runs as root takes files of any owner: in a
/// container they often belong to a user of the host.
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

/// Warns of a data folder or store that somebody else may read or write. Rejecting would break set-ups that work: volumes of
/// containers are often made with wider modes, and a restored copy has the mode of the tool that restored it. No value
/// can be read there without the root key.
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

/// Writes a file of mode 0600 and does not come back before it is on disk. A crash in between leaves the old one, or none.
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
    fn a_key_may_be_read_by_its_owner_only_or_by_a_group_that_root_chose() {
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
