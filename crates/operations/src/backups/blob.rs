//! The text of a backup: a prefix, then in Base64 the project it was taken in and what its backup key has sealed.
//!
//! The project stands in front so that a backup from elsewhere can be told from an altered one; it is also bound to the
//! seal, so nobody gains by changing it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use strongroom_sealing::Sealed;
use strongroom_storage::Id;
use strongroom_validation::limits::{BACKUP_PREFIX, MAX_BACKUP};
use strongroom_validation::{Code, Problem};

use crate::Rejection;

/// The master key that seals backups, one a project, made when the first is taken.
pub(crate) const KEY: &str = "strongroom/backup";

const PROJECT_BYTES: usize = 16;

/// What may stand around a backup in a request: the names of the fields, the project, a frame. Chosen by us, several times
/// what that takes.
const AROUND: usize = 256;

/// The text, unless it is more than a request of `body_bytes` can bring back.
pub(crate) fn written(project: Id, sealed: &Sealed, body_bytes: usize) -> Result<String, Rejection> {
    let bytes = [project.as_bytes().as_slice(), sealed.as_bytes()].concat();
    let text = format!("{BACKUP_PREFIX}{}", STANDARD.encode(bytes));
    let allowed = MAX_BACKUP.min(body_bytes.saturating_sub(AROUND));
    // What could not be sent back must not be handed out as a backup.
    if text.len() > allowed {
        return Err(Rejection::BackupTooLarge { characters: text.len(), allowed });
    }
    Ok(text)
}

pub(crate) fn read(project: Id, text: &str) -> Result<Sealed, Rejection> {
    let digits = text.strip_prefix(BACKUP_PREFIX).ok_or_else(altered)?;
    let mut bytes = STANDARD.decode(digits).map_err(|_| altered())?;
    let (of, _) = bytes.split_first_chunk::<PROJECT_BYTES>().ok_or_else(altered)?;
    if of != project.as_bytes() {
        return Err(wrong(
            "This backup was taken in another project. Send it with credentials of that one, or take a new backup.",
        ));
    }
    Sealed::from_stored(bytes.split_off(PROJECT_BYTES)).map_err(|_| altered())
}

pub(crate) fn altered() -> Rejection {
    wrong("This backup was altered, or was taken in another store. Send it exactly as it was taken.")
}

fn wrong(message: &'static str) -> Rejection {
    Rejection::invalid(Problem { field: "secret_blob", code: Code::Malformed, message: message.into() })
}
