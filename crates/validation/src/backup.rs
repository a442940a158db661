//! The text of a backup, as far as it can be checked without opening it.

use crate::limits::{BACKUP_PREFIX, MAX_BACKUP};
use crate::problem::{Code, Problem};

/// Checks the text of a backup.
#[must_use]
pub fn secret_blob(blob: &str) -> Option<Problem> {
    let wrong = |code, message| Some(Problem::new("secret_blob", code, message));
    if blob.is_empty() {
        return wrong(Code::Required, "The secret_blob is missing. Send a backup from DownloadSecretBlob.");
    }
    if blob.chars().nth(MAX_BACKUP).is_some() {
        return wrong(
            Code::TooLong,
            "The secret_blob has more than 5,242,880 characters. Send the backup unchanged.",
        );
    }
    if !blob.starts_with(BACKUP_PREFIX) {
        return wrong(
            Code::Malformed,
            "The secret_blob is not a backup from this server. Send the backup unchanged.",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backups() {
        let of_length =
            |length: usize| format!("{BACKUP_PREFIX}{}", "é".repeat(length - BACKUP_PREFIX.len()));
        for (blob, code) in [
            (String::new(), Some(Code::Required)),
            (BACKUP_PREFIX.to_owned(), None),
            (format!(" {BACKUP_PREFIX}"), Some(Code::Malformed)),
            ("strongroom-backup-v2:AAAA".to_owned(), Some(Code::Malformed)),
            (of_length(MAX_BACKUP), None),
            (of_length(MAX_BACKUP + 1), Some(Code::TooLong)),
        ] {
            assert_eq!(secret_blob(&blob).map(|problem| problem.code), code, "{} characters", blob.len());
        }
    }
}
