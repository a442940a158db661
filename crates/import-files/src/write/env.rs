//! `.env`: names with their values in double quotes, with escapes that other readers know too.

use strongroom_validation as rules;
use zeroize::Zeroizing;

use super::{Unwritable, room, text_of};
use crate::entry::FileEntry;
use crate::env::NUL;
use crate::field::Field;
use crate::values::is_rejected;

/// A quote becomes two.
const MOST: usize = 2;

/// The entries as `.env`, which has room for names and text values only.
pub fn write_env(entries: &[FileEntry]) -> Result<Zeroizing<String>, Unwritable> {
    let mut text = Zeroizing::new(String::with_capacity(room(entries, MOST)));
    for (index, entry) in entries.iter().enumerate() {
        let unwritable = |message| Unwritable { entry: index, message };
        if rules::secret_name(&entry.name).is_some() {
            return Err(unwritable("The entry has a name that cannot be stored. Correct it first."));
        }
        let more = |field: &Field| {
            !matches!(field, Field::Name | Field::SecretString) && text_of(entry, *field).is_some()
        };
        let Some(value) = &entry.secret_string else {
            return Err(unwritable("The entry has no text value, and .env has no other. Write it as JSON."));
        };
        if value.contains(NUL) {
            return Err(unwritable("The value has a NUL character, and .env has none. Write it as JSON."));
        }
        if is_rejected(value) {
            return Err(unwritable(
                "The value looks like ciphertext, and would be rejected as .env. Write it as JSON.",
            ));
        }
        if Field::ALL.iter().any(more) || !entry.event_subscriptions.is_empty() {
            return Err(unwritable(
                "The entry has more than a name and a value, and .env has not. Write it as JSON.",
            ));
        }
        text.push_str(&entry.name);
        text.push_str("=\"");
        for next in value.chars() {
            match next {
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '\t' => text.push_str("\\t"),
                '\\' | '"' | '$' => text.extend(['\\', next]),
                _ => text.push(next),
            }
        }
        text.push_str("\"\n");
    }
    Ok(text)
}
