//! The ways sealing can end badly. None says which byte, key or length was at fault: an attacker who alters
//! stored data learns nothing from the answer.

use thiserror::Error;

/// Stored bytes, or the text of a root key, do not have the form this version writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "what is stored does not have the form of sealed data or of a root key. \
     Restore it from a backup, or use the version of the program that wrote it"
)]
pub struct Malformed;

/// Sealed data was not opened. Whether the key or the data is wrong cannot be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "sealed data cannot be opened with this key: wrong root key or altered data. \
     Start with the root key this store was made with, or restore the store from a backup"
)]
pub struct NotOpened;

/// The operating system gave no randomness, or no memory for deriving a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the operating system gave no randomness or no memory for a cryptographic operation. \
     Look at the health of the machine and try again"
)]
pub struct SealingError;

/// A record was not sealed anew under another root key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(transparent)]
pub enum NotRewrapped {
    NotOpened(#[from] NotOpened),
    SealingError(#[from] SealingError),
}
