//! What a caller gets instead of an answer.

mod code;
mod rejection;
mod sentences;
mod store_failure;

pub use code::Code;
pub use rejection::{Answer, OperationError, Rejection, chain};
pub(crate) use sentences::date;
pub use store_failure::StoreFailure;
