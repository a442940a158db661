//! What the person who imports can say about a file. Nothing of it is needed for a file that speaks for itself.

use crate::format::Format;

/// How a file shall be read.
#[derive(Debug, Default, Clone)]
pub struct Options {
    /// The format; without it the text decides.
    pub format: Option<Format>,
    /// The name of the file. Decides only where the text does not, and then says so.
    pub file_name: Option<String>,
    pub csv: CsvOptions,
    pub names: NameOptions,
    pub maps: Maps,
}

/// How a CSV file shall be read.
#[derive(Debug, Default, Clone)]
pub struct CsvOptions {
    /// Between the cells: a comma, a semicolon or a tab; without it the first line decides.
    pub separator: Option<char>,
    /// Title of a column, or its number from 1, and the field it gives; an empty field leaves the column out. Columns that
    /// are not named here give what their title says.
    pub columns: Vec<(String, String)>,
}

/// How the names of secrets come out. Without any of it they stay as they stand in the file.
#[derive(Debug, Default, Clone)]
pub struct NameOptions {
    /// Put before every name.
    pub prefix: String,
    /// Put in the place of each character that a name cannot have, such as the `/` in a path.
    pub replacement: Option<char>,
}

/// What becomes of a Vault path that holds several keys.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Maps {
    /// One secret a path, whose value is the JSON text of all its keys.
    #[default]
    OneSecret,
    /// One secret a key, named by the path, a dot and the key.
    OneSecretEach,
}
