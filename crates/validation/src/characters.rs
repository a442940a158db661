//! Sets of allowed ASCII characters.
//!
//! Fields that appear in a path, an index or a header allow only such characters, so they need no escaping.

use crate::problem::{Code, Problem};

/// The rule of a field with plain characters, and its messages.
pub(crate) struct Plain {
    pub field: &'static str,
    /// Allowed characters other than letters and digits.
    pub others: &'static [u8],
    pub max: usize,
    pub too_long: &'static str,
    pub bad_characters: &'static str,
}

impl Plain {
    /// Adds the problems of `text`. An empty text has none.
    pub fn judge(&self, text: &str, problems: &mut Vec<Problem>) {
        let plain = only(text, self.others);
        if text.len() <= self.max && plain {
            return;
        }
        // The limit counts characters, not bytes.
        if text.chars().count() > self.max {
            problems.push(Problem::new(self.field, Code::TooLong, self.too_long));
        }
        if !plain {
            problems.push(Problem::new(self.field, Code::BadCharacters, self.bad_characters));
        }
    }
}

/// Whether `text` has only ASCII letters, digits and `others`.
pub(crate) fn only(text: &str, others: &[u8]) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte))
}
