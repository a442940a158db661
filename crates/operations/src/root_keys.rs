//! The root key: where it comes from, how it is replaced, and what may be known of it.

mod rotate_root_key;
mod rotation;
mod show_root_key;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use strongroom_contract::v1;
use strongroom_sealing::{RootKey, RootKeys};
use tokio::sync::Mutex;

pub use rotation::{DamagedKey, Round};

/// The root keys at hand, and where they come from.
pub struct Root {
    pub keys: Arc<RootKeys>,
    pub source: RootKeySource,
    /// Who holds it may make, write down and forget root keys.
    turn: Mutex<()>,
    /// Keys that the last round of a rotation could not wrap anew.
    damaged: AtomicUsize,
}

/// Where the root key comes from.
pub enum RootKeySource {
    File(Arc<dyn RootKeyFile>),
    Environment,
    Passphrase,
}

/// What the next start reads its root keys from. The server's is a file; a test keeps its own.
pub trait RootKeyFile: Send + Sync + 'static {
    /// Puts these keys first in it and takes those superseded out, all or nothing, durably when it returns. Whatever else is
    /// in it stays: another copy of the store may need it. It is done once in a long while and takes milliseconds, so the
    /// thread waits.
    fn write(&self, keys: &[Arc<RootKey>], superseded: &[Arc<RootKey>]) -> std::io::Result<()>;
}

impl Root {
    pub fn new(keys: Arc<RootKeys>, source: RootKeySource) -> Self {
        Self { keys, source, turn: Mutex::default(), damaged: AtomicUsize::default() }
    }
}

impl RootKeySource {
    fn described(&self) -> v1::RootKeySource {
        match self {
            Self::File(_) => v1::RootKeySource::File,
            Self::Environment => v1::RootKeySource::Environment,
            Self::Passphrase => v1::RootKeySource::Passphrase,
        }
    }
}
