//! Streamed requests as REST spells them: one element a line.
//!
//! Implemented for each request that has a list of the option `one_a_line`.

use serde::de::DeserializeOwned;

use crate::shape::Shaped;

/// A message of a streamed request.
pub trait Lines: prost::Message + DeserializeOwned + Default + PartialEq {
    type Line: DeserializeOwned + Shaped;

    /// Whether a line says which element it is. One that does not may be meant for something else.
    fn is_named(line: &Self::Line) -> bool;

    /// What the message calls its own members. No element has one of them.
    const MEMBERS: &'static [&'static str];

    /// Adds what the line of this number says. A line that names no line of its own is named by this one.
    fn push(&mut self, number: i32, line: Self::Line);
}
