#![doc = include_str!("../README.md")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test tool stops at the first surprise; attacks are made of pauses"
)]

mod attacker;
mod attacks;
mod normal;
mod report;
mod server;
mod suite;
mod tally;
mod target;
mod upload;
mod wire;

pub use attacks::{Attack, Group, all, in_group};
pub use report::{Report, print_table};
pub use suite::{Pace, Suite};
