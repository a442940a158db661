//! What each kind of text is read as: tables of inputs and results, one file a format.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod csv;
mod env;
mod expect;
mod formats;
mod json;
mod kinds;
mod names;
mod products;
mod recipes;
mod recognised;
mod text;
mod together;
mod written;
mod yaml;
