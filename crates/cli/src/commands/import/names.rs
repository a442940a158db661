//! Names that cannot be stored: the file of renames, and suggestions for it.

use std::path::PathBuf;

use strongroom_import_files::{FileEntry, Options, decode, read};

use super::read_file::read_bytes;
use crate::failure::CommandError;
use crate::output::{note, printable};

/// Suggestions listed in text output. Our choice: a few screens; --output json has all of them.
const MAX_LISTED_SUGGESTIONS: usize = 50;

#[derive(clap::Args)]
pub struct Names {
    /// File of names with the names to use in their place, as JSON such as {"app/db": "app-db"} or in any format of names with
    /// values
    #[arg(long, value_name = "FILE")]
    rename: Option<PathBuf>,
    /// Cut names that are longer than 64 characters, and end them with a checksum of the whole name
    #[arg(long)]
    pub shorten: bool,
}

impl Names {
    /// The pairs in the file of renames.
    pub fn renames(&self) -> Result<Vec<(String, String)>, CommandError> {
        let Some(path) = &self.rename else { return Ok(Vec::new()) };
        let wrong =
            |line: usize, message: &str| CommandError::Usage(format!("{}:{line}: {message}", path.display()));
        let text = decode(&read_bytes(path)?).map_err(|problem| wrong(problem.line, &problem.message))?;
        let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let contents = read(&text.text, &Options { file_name, ..Options::default() });
        if let Some(problem) = contents.problems.first() {
            return Err(wrong(problem.line, &problem.message));
        }
        let mut seen = std::collections::HashSet::new();
        let mut renames = Vec::with_capacity(contents.entries.len());
        for entry in contents.entries {
            let Some(name) = entry.secret_string else {
                return Err(wrong(entry.line, "There is no new name. Write the old name and the new one."));
            };
            if !seen.insert(entry.name.clone()) {
                return Err(wrong(entry.line, "The name has two new names. Keep one of them."));
            }
            renames.push((entry.name, name.to_string()));
        }
        Ok(renames)
    }
}

/// Lists a name that fits for each that does not, in the form that `--rename` reads.
pub fn note_suggestions(entries: &[FileEntry]) {
    let unfit: Vec<&FileEntry> = entries.iter().filter(|entry| !entry.suggested_name.is_empty()).collect();
    if unfit.is_empty() {
        return;
    }
    note("Some names cannot be stored. To use these instead, save the lines as FILE and pass --rename FILE:");
    note("{");
    let last = unfit.len().min(MAX_LISTED_SUGGESTIONS) - 1;
    for (index, entry) in unfit.iter().take(MAX_LISTED_SUGGESTIONS).enumerate() {
        let comma = if index == last { "" } else { "," };
        let name = serde_json::Value::from(entry.name.as_str());
        let suggestion = serde_json::Value::from(entry.suggested_name.as_str());
        note(format_args!("  {}: {suggestion}{comma}", printable(&name.to_string())));
    }
    note("}");
    if let Some(more) = unfit.len().checked_sub(MAX_LISTED_SUGGESTIONS).filter(|more| *more > 0) {
        note(format_args!("... and {more} more; --output json lists all"));
    }
}
