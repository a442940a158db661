//! Files that hold secrets: readable by their owner only, and there as a whole or not at all.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use tokio::signal::unix::{SignalKind, signal};
use zeroize::Zeroizing;

use crate::failure::CommandError;

/// Reads a file with credentials. Rejects one that others can read, because by now they may have.
pub fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let failed = |source| CommandError::Read { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_file() && metadata.permissions().mode() & 0o077 != 0 {
        let path = path.display();
        return Err(CommandError::Usage(format!(
            "others can read {path}, which holds credentials. Take that away with `chmod 600 {path}`, and change the \
             credentials if somebody may have."
        )));
    }
    // Large enough never to grow, which would leave copies behind.
    let size = usize::try_from(metadata.len()).unwrap_or_default();
    let mut bytes = Zeroizing::new(Vec::with_capacity(size.saturating_add(1)));
    file.read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// Whether a file stands there, not followed through a link.
pub fn is_there(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|there| there.is_file())
}

/// Writes a file of mode 0600. Unless told to, it does not take the place of another, and never that of a device, a pipe, a
/// link or a folder, which a rename would destroy.
pub fn write(path: &Path, contents: &[u8], overwrite: bool) -> Result<(), CommandError> {
    let failed = |source| CommandError::Write { path: path.to_owned(), source };
    if std::fs::symlink_metadata(path).is_ok_and(|there| !there.is_file()) {
        return Err(CommandError::Usage(format!(
            "{} is not an ordinary file but a device, a pipe, a link or a folder, whose place no file takes. Name another.",
            path.display()
        )));
    }
    // From here on an interruption waits until the file is whole, and none half written is left.
    let _held = signal(SignalKind::interrupt()).map_err(failed)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(CommandError::Usage(format!(
            "{} is not a folder, so no file can be written into it.",
            folder.display()
        )));
    }
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    file.write_all(contents).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    let kept = if overwrite { file.persist(path) } else { file.persist_noclobber(path) };
    match kept {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(CommandError::Usage(format!("{} is there already. Name another file.", path.display())))
        }
        Err(error) => Err(failed(error.error)),
    }
}
