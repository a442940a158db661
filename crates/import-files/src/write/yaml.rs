//! YAML: a list of entries, every text in double quotes.

use zeroize::Zeroizing;

use super::{Style, fields, room};
use crate::entry::FileEntry;

/// A control character becomes six.
const MOST: usize = 6;

const STYLE: Style = Style { quote: "", between: "\n  ", escape: must_be_escaped };

/// The entries as YAML. Fields that are absent are left out.
#[must_use]
pub fn write_yaml(entries: &[FileEntry]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(room(entries, MOST)));
    if entries.is_empty() {
        text.push_str("[]");
    }
    for entry in entries {
        text.push_str("- ");
        fields(entry, &STYLE, &mut text);
        text.push('\n');
    }
    text
}

/// What YAML does not call printable, or takes for a line break.
fn must_be_escaped(next: char) -> bool {
    next.is_control() || matches!(next, '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
}
