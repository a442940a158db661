//! Members that are absent, or null, which some clients write instead.

use serde::{Deserialize, Deserializer};

pub(crate) fn or_null<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Deserialize<'de> + Default,
    D: Deserializer<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
