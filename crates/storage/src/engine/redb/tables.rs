//! The tables, and errors of redb.

use std::io::ErrorKind;
use std::sync::Arc;

use ::redb::TableDefinition;

use crate::StorageError;
use crate::error::Lost;

/// All records. Each value starts with the revision of its commit.
pub(super) const RECORDS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("records");

/// One entry: the revision of the last commit.
pub(super) const SEQUENCE: TableDefinition<(), u64> = TableDefinition::new("sequence");

/// Converts an error of redb.
pub(super) fn cause<E: Into<::redb::Error>>(doing: &'static str) -> impl Fn(E) -> StorageError {
    move |error| {
        let error = error.into();
        let lost = if matches!(error, ::redb::Error::Corrupted(_)) {
            Some(&Lost::Page)
        } else if let ::redb::Error::Io(error) = &error {
            let is_short = error.kind() == ErrorKind::UnexpectedEof;
            let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Lost>());
            if is_short { Some(&Lost::Page) } else { inner }
        } else {
            None
        };
        match lost.cloned() {
            Some(lost @ Lost::Snapshot) => StorageError::Unavailable { cause: Arc::new(lost) },
            Some(Lost::Page) => StorageError::Damaged { what: "page", cause: Some(Arc::new(error)) },
            Some(lost) => StorageError::damaged("page", lost),
            None => StorageError::Engine { doing, cause: Arc::new(error) },
        }
    }
}
