//! Sets of plain ASCII characters, and how a field is held against one.
//!
//! Every field that ends up in a path, an index or a header has its characters listed here, so that nothing later has
//! to escape them.

use crate::problem::{Code, Problem};

/// What a field of plain characters may be, and the sentences when it is not.
pub(crate) struct Plain {
    pub field: &'static str,
    /// Characters beside letters and digits.
    pub others: &'static [u8],
    pub max: usize,
    pub too_long: &'static str,
    pub bad_characters: &'static str,
}

impl Plain {
    /// Adds what is wrong with `text`; nothing is wrong with an empty one.
    pub fn judge(&self, text: &str, problems: &mut Vec<Problem>) {
        let plain = only(text, self.others);
        if text.len() <= self.max && plain {
            return;
        }
        // Characters, not bytes: the limit is one of characters, and other scripts have more bytes than that.
        if text.chars().count() > self.max {
            problems.push(Problem::new(self.field, Code::TooLong, self.too_long));
        }
        if !plain {
            problems.push(Problem::new(self.field, Code::BadCharacters, self.bad_characters));
        }
    }
}

/// Whether `text` consists of ASCII letters, digits and `others` only.
pub(crate) fn only(text: &str, others: &[u8]) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte))
}
