//! The real binary against a real server: what a person or a script sees.

mod delete;
mod export;
mod import;
mod program;
mod sign_in;
mod strongroom;
mod values;
