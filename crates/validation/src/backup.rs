//! The text of a backup, as far as it can be judged without opening it.

use crate::limits::{BACKUP_PREFIX, MAX_BACKUP};
use crate::problem::{Code, Problem};

/// What is wrong with the text of a backup.
#[must_use]
pub fn secret_blob(blob: &str) -> Option<Problem> {
    let wrong = |code, message| Some(Problem::new("secret_blob", code, message));
    if blob.is_empty() {
        return wrong(
            Code::Required,
            "There is no backup. Send the secret_blob of a backup as it was taken.",
        );
    }
    if blob.chars().nth(MAX_BACKUP).is_some() {
        return wrong(
            Code::TooLong,
            "The backup has more than 5,242,880 characters. Send it as it was taken.",
        );
    }
    if !blob.starts_with(BACKUP_PREFIX) {
        return wrong(
            Code::Malformed,
            "This is not a backup of a secret from this server. Send the secret_blob as it was taken.",
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
