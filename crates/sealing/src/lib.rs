#![doc = include_str!("../README.md")]

mod cipher;
mod errors;
mod locked_key;
mod master_key;
mod root_key;
mod root_keys;
mod sealed;
mod small;
mod value;

pub use errors::{Malformed, NotOpened, NotRewrapped, SealingError};
pub use locked_key::unlocked_keys;
pub use master_key::MasterKey;
pub use root_key::{RootKey, Salt, random_salt};
pub use root_keys::RootKeys;
pub use sealed::{Place, Sealed};
pub use small::FIRST_TERM;
pub use small::term as root_term;
pub use value::Value;
