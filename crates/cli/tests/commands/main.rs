//! The real binary against a real server: what a person or a script sees.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may"
)]

mod delete;
mod export;
mod full_disk;
mod import;
mod large;
mod program;
mod programs;
mod sign_in;
mod strongroom;
mod values;
