//! The commands, one module each.

pub mod access_key;
pub mod admin;
pub mod batch;
pub mod clock;
pub mod completions;
pub mod delete;
pub mod export;
pub mod get;
pub mod import;
pub mod list;
pub mod login;
pub mod logout;
pub mod password;
pub mod put;
pub mod recipient_key;
pub mod restore;
pub mod root_key;
pub mod run;
pub mod store;
