//! Writes entries so that [`read`](crate::read) gives them back byte for byte.
//!
//! JSON and YAML take every entry; CSV and `.env` reject what they cannot hold instead of losing it.

mod csv;
mod env;
mod json;
mod yaml;

pub use csv::write_csv;
pub use env::write_env;
pub use json::write_json;
pub use yaml::write_yaml;

use crate::entry::FileEntry;
use crate::field::Field;

/// Why entries cannot be written in a format: one of them has what it cannot hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unwritable {
    /// The entry, counted from 0.
    pub entry: usize,
    /// What is, then what to do.
    pub message: &'static str,
}

/// The text of a field; none when it is absent or not text.
fn text_of(entry: &FileEntry, field: Field) -> Option<&str> {
    let given = |text| Some(text).filter(|text: &&str| !text.is_empty());
    match field {
        Field::Name => Some(&entry.name),
        Field::SecretString => entry.secret_string.as_ref().map(|value| value.as_str()),
        Field::SecretBinary => entry.secret_binary.as_ref().map(|value| value.as_str()),
        Field::Description => given(&entry.description),
        Field::KmsKeyId => given(&entry.kms_key_id),
        Field::SecretType => given(&entry.secret_type),
        Field::RotationPeriod => given(&entry.rotation_period),
        Field::RotationConfig => given(&entry.rotation_config),
        Field::EnterpriseProjectId => given(&entry.enterprise_project_id),
        Field::RotationFuncUrn => given(&entry.rotation_func_urn),
        Field::OnExisting => entry.on_existing.as_deref(),
        Field::OnPending => entry.on_pending.as_deref(),
        Field::AutoRotation => Some("true").filter(|_| entry.auto_rotation),
        Field::EventSubscriptions => None,
    }
}

/// Room for all that is written, so that no copy of a value stays behind when the text grows. `most` is the most bytes
/// that one of a text becomes.
fn room(entries: &[FileEntry], most: usize) -> usize {
    // Chosen: more than the names of all fields with what stands around them.
    const NAMES: usize = 512;
    let texts =
        |entry| Field::ALL.iter().filter_map(|field| text_of(entry, *field)).map(str::len).sum::<usize>();
    let events =
        |entry: &FileEntry| entry.event_subscriptions.iter().map(|event| event.len() + 4).sum::<usize>();
    entries.iter().map(|entry| (texts(entry) + events(entry)) * most + NAMES).sum::<usize>() + NAMES
}

/// Text in double quotes as JSON has it; in YAML the characters that must not stand as they are too.
pub(crate) fn quoted(given: &str, escape: fn(char) -> bool, text: &mut String) {
    text.push('"');
    for next in given.chars() {
        match next {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            _ if escape(next) => {
                text.push_str("\\u");
                let digits = [12, 8, 4, 0].map(|shift| char::from_digit((next as u32 >> shift) & 15, 16));
                text.extend(digits.into_iter().flatten());
            }
            _ => text.push(next),
        }
    }
    text.push('"');
}

/// How JSON and YAML differ.
struct Style {
    /// Around the name of a field.
    quote: &'static str,
    /// Between two fields.
    between: &'static str,
    /// Which characters must not stand as they are.
    escape: fn(char) -> bool,
}

/// The fields of an entry that are given.
fn fields(entry: &FileEntry, style: &Style, text: &mut String) {
    let Style { quote, between, escape } = *style;
    let mut first = true;
    for field in Field::ALL {
        let given = text_of(entry, field);
        if given.is_none() && (field != Field::EventSubscriptions || entry.event_subscriptions.is_empty()) {
            continue;
        }
        if !first {
            text.push_str(between);
        }
        first = false;
        text.extend([quote, field.as_str(), quote, ": "]);
        match (field, given) {
            (Field::AutoRotation, Some(word)) => text.push_str(word),
            (_, Some(given)) => quoted(given, escape, text),
            (_, None) => {
                for (index, event) in entry.event_subscriptions.iter().enumerate() {
                    text.push_str(if index == 0 { "[" } else { ", " });
                    quoted(event, escape, text);
                }
                text.push(']');
            }
        }
    }
}
