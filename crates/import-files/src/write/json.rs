//! JSON in our own form: the body of an import, one entry a line.

use zeroize::Zeroizing;

use super::{Style, fields, room};
use crate::entry::FileEntry;

/// A control character becomes six.
const MOST: usize = 6;

const STYLE: Style = Style { quote: "\"", between: ", ", escape: |next| next < ' ' };

/// The entries as JSON. Fields that are absent are left out.
#[must_use]
pub fn write_json(entries: &[FileEntry]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(room(entries, MOST)));
    text.push_str("{\"secrets\": [");
    for (index, entry) in entries.iter().enumerate() {
        text.push_str(if index == 0 { "\n  {" } else { ",\n  {" });
        fields(entry, &STYLE, &mut text);
        text.push('}');
    }
    text.push_str("\n]}\n");
    text
}
