#![doc = include_str!("../README.md")]

mod access;
mod authorization;
mod caller;
mod canonical;
mod errors;
mod first_start;
mod password;
mod random;
mod recovery;
pub mod root_key;
mod sdk_date;
mod signature;
mod token;

pub use access::{Access, IssuedToken, Scope};
pub use caller::{Caller, Identity, Project};
pub use canonical::Head;
pub use errors::{Failure, Fault, Unauthenticated};
pub use first_start::{Credentials, FirstStart, Names, first_start};
pub use random::random_text;
pub use recovery::{Recovery, RecoveryError, RecoveryRequest, recover};
pub use signature::PendingSignature;
