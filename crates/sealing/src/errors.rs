//! Errors of sealing. None names the byte, key or length at fault, so an attacker who alters stored data learns nothing.

use thiserror::Error;

/// Stored bytes, or the text of a root key, do not have the expected format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the stored bytes do not have the format of sealed data or of a root key. \
     Restore it from a backup, or use the version of the program that wrote it"
)]
pub struct Malformed;

/// Sealed data could not be opened. The error does not distinguish a wrong key from altered data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "sealed data cannot be opened with this key: wrong root key or altered data. \
     Start with the root key this store was made with, or restore the store from a backup"
)]
pub struct NotOpened;

/// The operating system provided no randomness, or no memory for deriving a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the operating system provided no randomness or no memory for a cryptographic operation. \
     Check the machine and try again"
)]
pub struct SealingError;

/// A record could not be re-wrapped by another root key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(transparent)]
pub enum NotRewrapped {
    NotOpened(#[from] NotOpened),
    SealingError(#[from] SealingError),
}
