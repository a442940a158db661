//! Everything that needs a store, on the memory engine, with times we set.

#![allow(clippy::unwrap_used, clippy::panic, reason = "what several tests share may fail as a test may")]

mod first_starts;
mod key_pairs;
mod signatures;
mod store;
mod tokens;
