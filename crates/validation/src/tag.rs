//! Keys and values of tags.

mod not_letters;

use crate::limits::{MAX_TAG_KEY, MAX_TAG_VALUE};
use crate::problem::{Code, Problem};

/// Checks the key of a tag.
#[must_use]
pub fn tag_key(key: &str) -> Option<Problem> {
    if key.is_empty() {
        return Some(Problem::new(
            "key",
            Code::Required,
            "The key of the tag is missing. Give 1 to 128 characters.",
        ));
    }
    if longer(key, MAX_TAG_KEY) {
        return Some(Problem::new(
            "key",
            Code::TooLong,
            "The key of the tag is longer than 128 characters. Shorten it.",
        ));
    }
    if !key.chars().all(is_key_character) {
        return Some(Problem::new(
            "key",
            Code::BadCharacters,
            "The key of the tag has characters that are not allowed. Use only letters, numbers, spaces, '_', '.', ':', '=', \
             '+', '-' and '@'.",
        ));
    }
    if key.starts_with(char::is_whitespace) || key.ends_with(char::is_whitespace) {
        return Some(Problem::new(
            "key",
            Code::BadCharacters,
            "The key of the tag starts or ends with a space. Remove it.",
        ));
    }
    if key.starts_with("_sys_") {
        return Some(Problem::new(
            "key",
            Code::Reserved,
            "Keys of tags that start with _sys_ belong to the system. Choose another key.",
        ));
    }
    None
}

/// Checks the value of a tag. It may be empty.
#[must_use]
pub fn tag_value(value: &str) -> Option<Problem> {
    if longer(value, MAX_TAG_VALUE) {
        return Some(Problem::new(
            "value",
            Code::TooLong,
            "The value of the tag is longer than 255 characters. Shorten it.",
        ));
    }
    if !value.chars().all(|c| c == '/' || is_key_character(c)) {
        return Some(Problem::new(
            "value",
            Code::BadCharacters,
            "The value of the tag has characters that are not allowed. Use only letters, numbers, spaces, '_', '.', ':', \
             '/', '=', '+', '-' and '@'.",
        ));
    }
    None
}

pub(crate) fn longer(text: &str, max: usize) -> bool {
    text.len() > max && text.chars().count() > max
}

/// `[\p{L}\p{Z}\p{N}_.:=+\-@]`, as documented.
fn is_key_character(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || matches!(c, ' ' | '_' | '.' | ':' | '=' | '+' | '-' | '@');
    }
    is_separator(c) || ((c.is_alphabetic() || c.is_numeric()) && !not_letters::contains(c))
}

/// `\p{Z}`: white space without control characters.
fn is_separator(c: char) -> bool {
    c.is_whitespace() && !c.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys() {
        let longest = "ж".repeat(MAX_TAG_KEY);
        let longer = "a".repeat(MAX_TAG_KEY + 1);
        for (key, code) in [
            ("environment", None),
            ("a b", None),
            ("a_.:=+-@9", None),
            ("名前", None),
            ("größe", None),
            ("a\u{a0}b", None),
            ("x²½Ⅻ٣", None),
            ("sys_", None),
            ("_SYS_a", None),
            ("a_sys_", None),
            (longest.as_str(), None),
            ("", Some(Code::Required)),
            (longer.as_str(), Some(Code::TooLong)),
            (" a", Some(Code::BadCharacters)),
            ("a ", Some(Code::BadCharacters)),
            ("a\u{3000}", Some(Code::BadCharacters)),
            ("a/b", Some(Code::BadCharacters)),
            ("a\tb", Some(Code::BadCharacters)),
            ("a\u{85}b", Some(Code::BadCharacters)),
            ("e\u{301}", Some(Code::BadCharacters)),
            ("हिन्दी", Some(Code::BadCharacters)),
            ("Ⓐ", Some(Code::BadCharacters)),
            ("😀", Some(Code::BadCharacters)),
            ("a\u{200b}b", Some(Code::BadCharacters)),
            ("_sys_a", Some(Code::Reserved)),
        ] {
            assert_eq!(tag_key(key).map(|p| p.code), code, "{key:?}");
        }
    }

    #[test]
    fn values() {
        let longest = "ж".repeat(MAX_TAG_VALUE);
        let longer = "a".repeat(MAX_TAG_VALUE + 1);
        for (value, code) in [
            ("", None),
            (" ", None),
            ("a/b", None),
            ("_sys_", None),
            (longest.as_str(), None),
            (longer.as_str(), Some(Code::TooLong)),
            ("a,b", Some(Code::BadCharacters)),
            ("a\nb", Some(Code::BadCharacters)),
        ] {
            assert_eq!(tag_value(value).map(|p| p.code), code, "{value:?}");
        }
    }

    #[test]
    fn every_character_agrees_with_the_documented_pattern() {
        let documented = class(r"[\p{L}\p{Z}\p{N}_.:=+\-@]");
        // The compiler and the reference may have different Unicode versions; characters that only one of them knows are left out.
        let unassigned = class(r"\p{Cn}");
        for c in ('\0'..=char::MAX).filter(|c| !unassigned.contains(c)) {
            assert_eq!(is_key_character(c), documented.contains(&c), "{:04x}", c as u32);
        }
    }

    fn class(pattern: &str) -> std::collections::HashSet<char> {
        use regex_syntax::hir::{Class, HirKind};
        let hir = regex_syntax::parse(pattern).unwrap();
        let HirKind::Class(Class::Unicode(class)) = hir.kind() else { panic!("{pattern} is not one class") };
        class.ranges().iter().flat_map(|range| range.start()..=range.end()).collect()
    }
}
