#![doc = include_str!("../README.md")]

mod absent;
pub mod lines;
mod lists;
mod number_or_text;
pub mod object;
pub mod safeguards;
pub mod shape;
pub mod spelling;

/// The messages of package `strongroom.v1`.
#[allow(clippy::all, reason = "generated")]
pub mod v1 {
    include!(concat!(env!("OUT_DIR"), "/strongroom.v1.rs"));
    include!(concat!(env!("OUT_DIR"), "/beside.rs"));
}

/// Every file of the contract with all it imports, as protobuf's own description of itself.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.binpb"));
