//! What a reader reports about a file: problems, which stop an entry, and notes, which stop nothing.
//!
//! Neither ever contains any part of a value, nor its length. The names of keys and columns may appear.

use std::borrow::Cow;

use strongroom_validation as rules;

/// One problem, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineProblem {
    /// Line in the file, from 1; the first of them when it occurs several times.
    pub line: usize,
    /// Character in the line, from 1; 0 when it is not known.
    pub column: usize,
    /// The entry it stops, counted from 0; none when it is about the file.
    pub entry: Option<usize>,
    /// The field of the entry, as the contract spells it; empty when it is about none.
    pub field: &'static str,
    pub code: Code,
    /// How often it occurs in the file. Equal problems of the whole file are one problem with a count.
    pub count: usize,
    /// For a name that cannot be stored, one that can; otherwise empty.
    pub suggestion: String,
    /// What is wrong, then what to do.
    pub message: Cow<'static, str>,
}

/// Something worth knowing that stops nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Line in the file, from 1; the first of them when it occurs several times.
    pub line: usize,
    /// How often it occurs in the file.
    pub count: usize,
    pub message: Cow<'static, str>,
}

/// The kind of a problem. The spelling never changes, so that programs can rely on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// A column that is not there, a field that is not known, or no column for the name.
    Columns,
    /// The file is empty.
    Empty,
    /// Ciphertext, which would be stored in place of the value.
    Encrypted,
    /// What an entry needs is not in the file, and nothing in the file could give it.
    Incomplete,
    /// A rename of a name that is not in the file.
    Names,
    /// Not text in UTF-8, nor in UTF-16 with a mark.
    NotText,
    /// Part of the format, and not taken here.
    NotSupported,
    /// A key stands twice where it may stand once.
    RepeatedKey,
    /// Not written as the format wants it.
    Syntax,
    /// Nested more deeply than any entry needs.
    TooDeep,
    /// Not a field of an entry.
    UnknownField,
    /// A rule that every entry has to keep, wherever it comes from.
    Rule(rules::Code),
}

impl Code {
    /// The code as programs see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Columns => "COLUMNS",
            Self::Empty => "EMPTY",
            Self::Encrypted => "ENCRYPTED",
            Self::Incomplete => "INCOMPLETE",
            Self::Names => "NAMES",
            Self::NotText => "NOT_TEXT",
            Self::NotSupported => "NOT_SUPPORTED",
            Self::RepeatedKey => "REPEATED_KEY",
            Self::Syntax => "SYNTAX",
            Self::TooDeep => "TOO_DEEP",
            Self::UnknownField => "UNKNOWN_FIELD",
            Self::Rule(code) => code.as_str(),
        }
    }

    /// Every code of reading, without those of the rules.
    pub const OF_READING: [Self; 11] = [
        Self::Columns,
        Self::Empty,
        Self::Encrypted,
        Self::Incomplete,
        Self::Names,
        Self::NotText,
        Self::NotSupported,
        Self::RepeatedKey,
        Self::Syntax,
        Self::TooDeep,
        Self::UnknownField,
    ];
}

/// Says in a message how often it applies, and where for the last time.
pub(crate) fn add_count(message: &mut Cow<'static, str>, count: usize, last: usize) {
    if count > 1 {
        message.to_mut().push_str(&format!(" Found {count} times, last in line {last}."));
    }
}
