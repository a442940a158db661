//! Acknowledged commits survive a power loss and a killed process, and no commit is ever incomplete.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may")]
#![allow(clippy::print_stdout, reason = "the process that is killed reports what was answered")]

mod chance;
mod damage;
mod disk;
mod failing;
mod killed;
mod power;
