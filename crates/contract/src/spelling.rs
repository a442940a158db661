//! Enums in JSON: the documented words instead of numbers.

use serde::{Deserialize, Deserializer, Serializer};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, schema::Type};

/// A protobuf enum whose values have words.
pub trait Spelled {
    /// Number and word of each value, the unspecified one left out.
    const SPELLINGS: &'static [(i32, &'static str)];
}

/// Stands for a word that nobody knows, as protobuf keeps numbers that nobody knows.
pub const UNKNOWN: i32 = -1;

/// The word for a number; empty for the unspecified one, `?` for one that nobody knows.
pub fn of<E: Spelled>(number: i32) -> &'static str {
    match E::SPELLINGS.iter().find(|(known, _)| *known == number) {
        Some((_, word)) => word,
        None if number == 0 => "",
        None => "?",
    }
}

pub(crate) fn serialize<E: Spelled, S: Serializer>(number: &i32, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(of::<E>(*number))
}

pub(crate) fn deserialize<'de, E: Spelled, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    let word = Option::<std::borrow::Cow<'de, str>>::deserialize(deserializer)?.unwrap_or_default();
    let known = E::SPELLINGS.iter().find(|(_, known)| *known == word);
    Ok(known.map_or(if word.is_empty() { 0 } else { UNKNOWN }, |(number, _)| *number))
}

pub(crate) fn schema<E: Spelled>() -> RefOr<Schema> {
    let words = E::SPELLINGS.iter().map(|(_, word)| *word);
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
}
