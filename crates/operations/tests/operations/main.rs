//! Each operation on the memory engine, with a clock the test sets.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may"
)]

mod audit;
mod batch_delete_secrets;
mod batch_get_secret_value;
mod batch_import_secrets;
mod checker;
mod concurrency;
mod deletion;
mod groups;
mod limits;
mod list_secrets;
mod strongroom;
mod uses;
mod values;
