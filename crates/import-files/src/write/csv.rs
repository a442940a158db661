//! CSV: titles, then one record an entry. Cells are never changed to please a spreadsheet.

use zeroize::Zeroizing;

use super::{Unwritable, room, text_of};
use crate::entry::FileEntry;
use crate::field::Field;

/// A quote becomes two.
const MOST: usize = 2;

/// The entries as CSV, with a column for each field that one of them has.
pub fn write_csv(entries: &[FileEntry]) -> Result<Zeroizing<String>, Unwritable> {
    for (index, entry) in entries.iter().enumerate() {
        let blank = |event: &String| event.is_empty() || event.contains(char::is_whitespace);
        if entry.event_subscriptions.iter().any(blank) {
            let message = "The entry has an event with a space in its name, and CSV keeps spaces between names. Write it as JSON.";
            return Err(Unwritable { entry: index, message });
        }
        // A record without any value reads as one with an empty value.
        if entry.secret_string.is_none() && entry.secret_binary.is_none() {
            let message =
                "The entry has no value, and CSV cannot tell that from an empty one. Write it as JSON.";
            return Err(Unwritable { entry: index, message });
        }
    }
    let fields: Vec<Field> = Field::ALL
        .into_iter()
        .filter(|field| *field == Field::Name || entries.iter().any(|entry| cell(entry, *field).is_some()))
        .collect();
    let mut text = Zeroizing::new(String::with_capacity(room(entries, MOST)));
    record(&mut text, fields.iter().map(|field| field.as_str()));
    for entry in entries {
        for (index, field) in fields.iter().enumerate() {
            text.push_str(if index == 0 { "" } else { "," });
            // An absent field is an empty cell without quotes.
            if let Some(cell) = cell(entry, *field) {
                text.push('"');
                for (index, part) in cell.split('"').enumerate() {
                    text.push_str(if index == 0 { "" } else { "\"\"" });
                    text.push_str(part);
                }
                text.push('"');
            }
        }
        text.push('\n');
    }
    Ok(text)
}

fn record<'a>(text: &mut String, titles: impl Iterator<Item = &'a str>) {
    for (index, title) in titles.enumerate() {
        text.push_str(if index == 0 { "" } else { "," });
        text.push_str(title);
    }
    text.push('\n');
}

fn cell(entry: &FileEntry, field: Field) -> Option<std::borrow::Cow<'_, str>> {
    if field == Field::EventSubscriptions {
        return Some(entry.event_subscriptions.join(" ").into())
            .filter(|cell: &std::borrow::Cow<'_, str>| !cell.is_empty());
    }
    text_of(entry, field).map(Into::into)
}
