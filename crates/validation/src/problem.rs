//! Problems that the rules report.
//!
//! A problem has the field, a stable code for programs, and a message for people: what is wrong, then what to do. It never
//! contains any part of a value, its length, or a rejected name.

use std::borrow::Cow;

/// One problem of a request or an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The field, as the request spells it.
    pub field: &'static str,
    pub code: Code,
    pub message: Cow<'static, str>,
}

impl Problem {
    pub(crate) fn new(field: &'static str, code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self { field, code, message: message.into() }
    }
}

/// The violated rule. The spelling is stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Has characters that are not allowed here.
    BadCharacters,
    /// Does not have the required form.
    Malformed,
    /// No longer supported.
    NoLongerOffered,
    /// Not standard Base64 with padding.
    NotBase64,
    /// Not supported by this request.
    NotHere,
    /// Not one of the known values.
    NotOneOf,
    /// Several kinds of selection are given.
    OneSelectionOnly,
    /// Both values are given.
    OneValueOnly,
    /// Out of range.
    OutOfRange,
    /// An earlier entry has the same name.
    Repeated,
    /// Missing, or empty where it must not be.
    Required,
    /// Reserved.
    Reserved,
    /// More bytes than a value may have.
    TooLarge,
    /// More characters or bytes than a field may have.
    TooLong,
    /// More elements than allowed.
    TooMany,
    /// Wrong JSON type.
    WrongType,
}

impl Code {
    /// All codes.
    pub const ALL: [Self; 16] = [
        Self::BadCharacters,
        Self::Malformed,
        Self::NoLongerOffered,
        Self::NotBase64,
        Self::NotHere,
        Self::NotOneOf,
        Self::OneSelectionOnly,
        Self::OneValueOnly,
        Self::OutOfRange,
        Self::Repeated,
        Self::Required,
        Self::Reserved,
        Self::TooLarge,
        Self::TooLong,
        Self::TooMany,
        Self::WrongType,
    ];

    /// The code as spelled in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BadCharacters => "BAD_CHARACTERS",
            Self::Malformed => "MALFORMED",
            Self::NoLongerOffered => "NO_LONGER_OFFERED",
            Self::NotBase64 => "NOT_BASE64",
            Self::NotHere => "NOT_HERE",
            Self::NotOneOf => "NOT_ONE_OF",
            Self::OneSelectionOnly => "ONE_SELECTION_ONLY",
            Self::OneValueOnly => "ONE_VALUE_ONLY",
            Self::OutOfRange => "OUT_OF_RANGE",
            Self::Repeated => "REPEATED",
            Self::Required => "REQUIRED",
            Self::Reserved => "RESERVED",
            Self::TooLarge => "TOO_LARGE",
            Self::TooLong => "TOO_LONG",
            Self::TooMany => "TOO_MANY",
            Self::WrongType => "WRONG_TYPE",
        }
    }
}

/// The JSON type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    Boolean,
    List,
    Object,
    Text,
    TextList,
    WholeNumber,
}

/// The problem of a field with a JSON type other than `expected`.
#[must_use]
pub fn wrong_type(field: &'static str, expected: Expected) -> Problem {
    let rest = match expected {
        Expected::Boolean => " is not true or false. Write true or false without quotes.",
        Expected::List => " is not a list. Write it in square brackets.",
        Expected::Object => " is not an object. Write it in braces, like {\"name\":\"web-db\"}.",
        Expected::Text => " is not text. Write it in quotes.",
        Expected::TextList => " is not a list of texts. Write it like [\"name\"].",
        Expected::WholeNumber => " is not a whole number. Write it without quotes and without a fraction.",
    };
    Problem::new(field, Code::WrongType, ["The field ", field, rest].concat())
}

/// A number with thousands separators, as in all messages.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (number, text) in [
            (0, "0"),
            (64, "64"),
            (999, "999"),
            (1_000, "1,000"),
            (32_768, "32,768"),
            (123_456, "123,456"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn codes_are_upper_snake_and_distinct() {
        let mut seen = std::collections::HashSet::new();
        for code in Code::ALL {
            let text = code.as_str();
            assert!(
                text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_'),
                "{text}"
            );
            assert!(seen.insert(text), "{text} stands for two codes");
        }
    }

    #[test]
    fn wrong_type_names_the_field_and_the_expected_form() {
        let problem = wrong_type("auto_rotation", Expected::Boolean);
        assert_eq!(problem.code, Code::WrongType);
        assert_eq!(
            problem.message,
            "The field auto_rotation is not true or false. Write true or false without quotes."
        );
    }
}
