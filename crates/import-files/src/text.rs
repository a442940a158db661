//! From the bytes of a file to text: UTF-8, and UTF-16 with a byte-order mark.

use std::borrow::Cow;

use zeroize::Zeroizing;

use crate::encrypted;
use crate::line_problem::{Code, LineProblem};
use crate::lines::count_line_ends;

/// The text of a file, cleared from memory when it is dropped.
pub struct Text {
    pub text: Zeroizing<String>,
    /// What was done to the bytes, in a sentence for the user; none for plain UTF-8.
    pub note: Option<&'static str>,
}

/// The text of a file, or where it stops being text.
pub fn decode(bytes: &[u8]) -> Result<Text, LineProblem> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => {
            utf8(rest, Some("The file starts with a byte-order mark, which is left out."))
        }
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ if is_utf16_without_a_mark(bytes) => Err(not_text(1, UTF16_WITHOUT_A_MARK)),
        _ => utf8(bytes, None),
    }
}

/// Whether every second byte is NUL, as far as a look at the start tells: on one side mostly, on the other never.
fn is_utf16_without_a_mark(bytes: &[u8]) -> bool {
    // Chosen: names and signs of ASCII stand at the start of every format.
    const LOOKED_AT: usize = 256;
    let (pairs, _) = bytes.get(..LOOKED_AT).unwrap_or(bytes).as_chunks::<2>();
    let first = pairs.iter().filter(|[first, _]| *first == 0).count();
    let second = pairs.iter().filter(|[_, second]| *second == 0).count();
    first.min(second) == 0 && first.max(second) * 2 > pairs.len()
}

fn utf8(bytes: &[u8], note: Option<&'static str>) -> Result<Text, LineProblem> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Text { text: Zeroizing::new(text.to_owned()), note }),
        Err(error) => {
            if let Some(message) = encrypted::of_bytes(bytes) {
                return Err(not_text(1, message));
            }
            let read = bytes.get(..error.valid_up_to()).unwrap_or_default();
            Err(not_text(count_line_ends(read) + 1, NOT_UTF8))
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Text, LineProblem> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    // Room for all of it at once, so that no half-read text stays behind when it would have to grow. A unit of UTF-16 is
    // at most three bytes of UTF-8.
    let mut text = Zeroizing::new(String::with_capacity(pairs.len() * 3));
    for next in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match next {
            Ok(next) => text.push(next),
            Err(_) => return Err(not_text(count_line_ends(text.as_bytes()) + 1, NOT_UTF8)),
        }
    }
    if !rest.is_empty() {
        return Err(not_text(count_line_ends(text.as_bytes()) + 1, NOT_UTF8));
    }
    Ok(Text { text, note: Some("The file is UTF-16, and is read as such.") })
}

const NOT_UTF8: &str =
    "There are bytes in this line that are not UTF-8. Save the file as UTF-8 and choose it again.";

const UTF16_WITHOUT_A_MARK: &str = "Every second byte is NUL, as in UTF-16, and the mark that tells its byte order is missing at the start. Save the \
                                    file as UTF-8 and choose it again.";

fn not_text(line: usize, message: &'static str) -> LineProblem {
    LineProblem {
        line,
        column: 0,
        entry: None,
        field: "",
        code: Code::NotText,
        count: 1,
        suggestion: String::new(),
        message: Cow::Borrowed(message),
    }
}
