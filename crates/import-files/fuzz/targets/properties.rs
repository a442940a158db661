//! Any bytes as a file that is said to be Java properties.

#![no_main]

#[path = "../properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::hold(
    bytes,
    strongroom_import_files::Format::Properties
));
