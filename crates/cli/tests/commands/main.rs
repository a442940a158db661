//! Tests of the binary against a running server, as a person or a script uses it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may"
)]

mod clock;
mod credentials;
mod delete;
mod descriptors;
mod export;
mod full_disk;
mod import;
mod large;
mod program;
mod programs;
mod sign_in;
mod store;
mod strongroom;
mod values;
