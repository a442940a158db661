//! The commands, one module each.

pub mod batch;
pub mod completions;
pub mod delete;
pub mod export;
pub mod get;
pub mod import;
pub mod list;
pub mod put;
pub mod recipient_key;
pub mod restore;
pub mod root_key;
pub mod run;
pub mod store;
