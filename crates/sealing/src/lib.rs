#![doc = include_str!("../README.md")]

mod cipher;
mod errors;
mod master_key;
mod root_key;
mod sealed;
mod value;

pub use errors::{Fault, Malformed, Refused};
pub use master_key::MasterKey;
pub use root_key::{RootKey, Salt, random_salt};
pub use sealed::{Place, Sealed};
pub use value::Value;
