#![doc = include_str!("../README.md")]

mod access;
mod authorization;
mod caller;
mod canonical;
mod client_network;
mod errors;
mod failed_log_ins;
mod first_start;
mod known_callers;
mod log_in_queue;
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
pub use client_network::ClientNetwork;
pub use errors::{AccessError, InternalError, Unauthenticated};
pub use first_start::{Credentials, FirstStart, Names, first_start};
pub use password::LogInCounters;
pub use random::random_text;
pub use recovery::{Recovery, RecoveryError, RecoveryRequest, recover};
pub use sdk_date::SIGNATURE_WINDOW;
pub use signature::{PendingSignature, SignatureId, Signed};
