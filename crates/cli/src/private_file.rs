//! Files that hold secrets: readable by their owner only, and written completely or not at all.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tokio::signal::unix::{SignalKind, signal};
use zeroize::Zeroizing;

use crate::failure::CommandError;

/// Reads a file with credentials. Rejects one that other users can read: they may have read it already.
pub fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let failed = |source| CommandError::Read { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_file() && metadata.permissions().mode() & 0o077 != 0 {
        let path = path.display();
        return Err(CommandError::Usage(format!(
            "other users can read {path}, which holds credentials. Run `chmod 600 {path}`, and change the credentials if \
             somebody may have read them."
        )));
    }
    // Large enough not to grow: growing would leave copies behind.
    let size = usize::try_from(metadata.len()).unwrap_or_default();
    let mut bytes = Zeroizing::new(Vec::with_capacity(size.saturating_add(1)));
    file.read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// True if the path is an ordinary file, not a link to one.
pub fn exists(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|there| there.is_file())
}

/// Writes a file of mode 0600. Replaces an ordinary file if `overwrite` is set.
///
/// Never replaces a device, a pipe, a link or a folder, which the rename would destroy.
pub fn write(path: &Path, contents: &[u8], overwrite: bool) -> Result<(), CommandError> {
    let failed = |source| CommandError::Write { path: path.to_owned(), source };
    if std::fs::symlink_metadata(path).is_ok_and(|there| !there.is_file()) {
        return Err(CommandError::Usage(format!(
            "{} is a device, a pipe, a link or a folder, which is never replaced. Name an ordinary file.",
            path.display()
        )));
    }
    // From here on an interrupt no longer ends the process, so no half written file is left.
    let _interrupts_caught = signal(SignalKind::interrupt()).map_err(failed)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(CommandError::Usage(format!(
            "{} is not a folder. Create it, or name a file in another folder.",
            folder.display()
        )));
    }
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(contents).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    let persisted = if overwrite { file.persist(path) } else { file.persist_noclobber(path) };
    match persisted {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(CommandError::Usage(format!("{} exists already. Name another file.", path.display())))
        }
        Err(error) => Err(failed(error.error)),
    }
}
