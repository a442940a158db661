//! Writes entries so that [`read`](crate::read) gives them back byte for byte.

use zeroize::Zeroizing;

use crate::entry::FileEntry;
use crate::field::Field;

/// The entries as JSON in our own form, one entry a line. Absent fields are left out.
#[must_use]
pub fn write_json(entries: &[FileEntry]) -> Zeroizing<String> {
    // Room for all of it, so that no copy of a value stays behind when the text grows: six bytes are the most that one of
    // a value becomes, and most become one.
    let room = entries.iter().map(room).sum::<usize>() + 32;
    let mut text = Zeroizing::new(String::with_capacity(room));
    text.push_str("{\"secrets\": [");
    for (index, entry) in entries.iter().enumerate() {
        text.push_str(if index == 0 { "\n  {" } else { ",\n  {" });
        json_entry(entry, &mut text);
        text.push('}');
    }
    text.push_str("\n]}\n");
    text
}

fn room(entry: &FileEntry) -> usize {
    // Chosen: the names of all fields with their quotes and commas.
    const NAMES: usize = 320;
    Field::ALL.iter().filter_map(|field| text_of(entry, *field)).map(escaped_length).sum::<usize>()
        + entry.event_subscriptions.iter().map(|event| escaped_length(event) + 4).sum::<usize>()
        + NAMES
}

fn escaped_length(text: &str) -> usize {
    text.bytes()
        .map(|byte| match byte {
            b'"' | b'\\' | b'\n' | b'\r' | b'\t' => 2,
            0..0x20 => 6,
            _ => 1,
        })
        .sum()
}

fn json_entry(entry: &FileEntry, text: &mut String) {
    json_text(Field::Name.as_str(), text);
    text.push_str(": ");
    json_text(&entry.name, text);
    for field in Field::ALL.into_iter().skip(1) {
        match field {
            Field::AutoRotation if entry.auto_rotation => text.push_str(", \"auto_rotation\": true"),
            Field::EventSubscriptions if !entry.event_subscriptions.is_empty() => {
                text.push_str(", \"event_subscriptions\": [");
                for (index, event) in entry.event_subscriptions.iter().enumerate() {
                    text.push_str(if index == 0 { "" } else { ", " });
                    json_text(event, text);
                }
                text.push(']');
            }
            Field::AutoRotation | Field::EventSubscriptions => {}
            Field::Name
            | Field::SecretString
            | Field::SecretBinary
            | Field::Description
            | Field::KmsKeyId
            | Field::SecretType
            | Field::RotationPeriod
            | Field::RotationConfig
            | Field::EnterpriseProjectId
            | Field::RotationFuncUrn
            | Field::OnExisting => {
                if let Some(given) = text_of(entry, field) {
                    text.push_str(", ");
                    json_text(field.as_str(), text);
                    text.push_str(": ");
                    json_text(given, text);
                }
            }
        }
    }
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
        Field::AutoRotation | Field::EventSubscriptions => None,
    }
}

fn json_text(given: &str, text: &mut String) {
    text.push('"');
    for next in given.chars() {
        match next {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\0'..'\u{20}' => {
                const DIGITS: [char; 16] =
                    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
                let code = next as usize;
                text.push_str("\\u00");
                text.extend([code >> 4, code & 15].iter().filter_map(|digit| DIGITS.get(*digit)));
            }
            _ => text.push(next),
        }
    }
    text.push('"');
}
