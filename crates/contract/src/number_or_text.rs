//! Text that some clients send as a whole number. Null counts as absent.

use serde::{Deserialize, Deserializer};

#[derive(Deserialize)]
#[serde(untagged, expecting = "invalid type, expected a string")]
enum NumberOrText {
    Number(i64),
    Text(String),
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Option::deserialize(deserializer)? {
        Some(NumberOrText::Number(number)) => number.to_string(),
        Some(NumberOrText::Text(text)) => text,
        None => String::new(),
    })
}
