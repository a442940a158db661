//! What was answered survives a loss of power and a killed process, and nothing is ever there by half.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may")]
#![allow(clippy::print_stdout, reason = "the process that is killed reports what was answered")]

mod chance;
mod damage;
mod disk;
mod failing;
mod killed;
mod power;
