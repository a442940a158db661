//! How to read a file. None of it is needed for a file whose content says what it is.

use crate::format::Format;

#[derive(Debug, Default, Clone)]
pub struct Options {
    /// The format; without it the content decides.
    pub format: Option<Format>,
    /// The name of the file. Its ending decides where the content leaves more than one format.
    pub file_name: Option<String>,
    pub csv: CsvOptions,
    pub names: NameOptions,
    pub maps: Maps,
    pub items: Items,
    /// Makes one secret of each value inside nested maps and lists, named by all keys with this text between them.
    pub flatten: Option<String>,
}

/// How to read a CSV file.
#[derive(Debug, Default, Clone)]
pub struct CsvOptions {
    /// Between the cells: a comma, a semicolon, a tab or a vertical bar; without it the first line decides.
    pub separator: Option<char>,
    /// Title of a column, or its number from 1, and the field it gives; an empty field leaves the column out. Columns that
    /// are not named here give what their title says.
    pub columns: Vec<(String, String)>,
}

/// How the names of secrets are made. By default they are those of the file.
#[derive(Debug, Default, Clone)]
pub struct NameOptions {
    /// Put before every name that is not renamed.
    pub prefix: String,
    /// Replaces each character that a name cannot have, such as the `/` of a path.
    pub replacement: Option<char>,
    /// Names of the file with the names to use in their place.
    pub renames: Vec<(String, String)>,
    /// Cuts names that are too long, and ends them with a checksum of the whole name.
    pub shorten: bool,
}

/// What becomes of a Vault path that holds several keys.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Maps {
    /// One secret per path, whose value is the JSON text of all its keys.
    #[default]
    OneSecret,
    /// One secret per key, named by the path, a dot and the key.
    OneSecretEach,
}

/// What becomes of an item of a password manager, which has a password, a user name, notes and more.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Items {
    /// The value is the password. The other fields are left out, with a note.
    #[default]
    Password,
    /// The value is a JSON object of all fields.
    Json,
}
