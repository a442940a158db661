//! Any bytes as a file that is said to be the output of env -0.

#![no_main]

#[path = "../properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::hold(bytes, strongroom_import_files::Format::Env0));
