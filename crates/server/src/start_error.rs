//! Why the server does not start, and what to do about it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("could not {doing} {path}.")]
    File { doing: &'static str, path: PathBuf, source: std::io::Error },
    #[error("the settings file {path} is invalid: {reason}")]
    Settings { path: PathBuf, reason: String },
    #[error("the setting {name} is invalid: {problem}")]
    Setting { name: &'static str, problem: &'static str },
    #[error("could not use the store {path}.")]
    Store { path: PathBuf, source: strongroom_storage::StorageError },
    #[error("there is no store {path}. Name the data folder of the server with --data-dir.")]
    NoStore { path: PathBuf },
    #[error("the server is running on the store {path}. Stop it, and run this command again.")]
    StoreInUse { path: PathBuf },
    #[error(transparent)]
    Recovery(#[from] strongroom_access::RecoveryError),
    #[error(
        "TLS needs both a certificate and its key. Set both --tls-certificate and --tls-key, or neither."
    )]
    HalfTls,
    #[error("could not use {path} for TLS: {reason}")]
    Tls { path: PathBuf, reason: String },
    #[error(
        "plain HTTP on {address} would send tokens, passwords and values unencrypted over the network. Set --tls-certificate and --tls-key, or listen on 127.0.0.1. Behind a proxy that speaks TLS, set --insecure-plain-http."
    )]
    PlainHttp { address: SocketAddr },
    #[error(
        "{path} holds keys or credentials, and other users of this machine may read or change it (mode {mode:03o}). Run: chmod 600 {path}"
    )]
    NotPrivate { path: PathBuf, mode: u32 },
    #[error(
        "{path} holds keys or credentials and belongs to another user (id {owner}), who may read and change it. Run: chown {server} {path}"
    )]
    ForeignFile { path: PathBuf, owner: u32, server: u32 },
    #[error("could not start the threads of the server. Raise the limit of processes for this user.")]
    Threads(#[source] std::io::Error),
    #[error(
        "could not listen on {address}. Choose another address with --listen, or stop the program that uses this one."
    )]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error(
        "the store exists, but its root key {path} is missing. Restore the file; without it no value can be read."
    )]
    RootKeyMissing { path: PathBuf },
    #[error("the store does not use a passphrase. Start the server with the root key of the store.")]
    NoPassphrase,
    #[error("the store uses a passphrase. Set it in STRONGROOM_ROOT_KEY_PASSPHRASE.")]
    PassphraseMissing,
    #[error("{name} is empty. Set a value, or unset the variable.")]
    EmptyKey { name: &'static str },
    #[error("{name} is not valid UTF-8. Correct it.")]
    KeyNotText { name: &'static str },
    #[error("{key} and {passphrase} are both set. Keep the one that the store uses.")]
    TwoKeys { key: &'static str, passphrase: &'static str },
    #[error("there is no store in this data folder. Name the data folder of the server with --data-dir.")]
    EmptyStore,
    #[error("{path} exists already. Name an empty or new folder with --to.")]
    TargetExists { path: PathBuf },
    #[error(
        "the root key record of this store is lost, and no other record can be verified without it. Restore the store from a backup."
    )]
    RootKeyRecordLost,
    #[error("the store could not be checked: {reason}")]
    Inspection { reason: String },
    #[error("the root key does not belong to this store. Start the server with the root key of the store.")]
    WrongRootKey,
    #[error(
        "a root key rotation is not complete, and the previous root key is missing. Set it in STRONGROOM_ROOT_KEY_PREVIOUS or STRONGROOM_ROOT_KEY_PREVIOUS_PASSPHRASE, or restore the root key file."
    )]
    PreviousRootKeyMissing,
    #[error("another server has just changed the root key of this store. Start again.")]
    RootKeyMoved,
    #[error(transparent)]
    Storage(#[from] strongroom_storage::StorageError),
    #[error(transparent)]
    Access(#[from] strongroom_access::InternalError),
    #[error(
        "the root key does not have the expected form: one line with `strongroom-root-key-v1:` and 32 bytes in Base64. Check the file or the variable it comes from."
    )]
    MalformedRootKey(#[from] strongroom_sealing::Malformed),
    #[error("a key could not be created.")]
    Sealing(#[from] strongroom_sealing::SealingError),
}

impl StartError {
    pub(crate) fn file(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { doing, path, source }
    }
}
