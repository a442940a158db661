//! Reads the file of an import into entries.

use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use strongroom_import_files::{
    Contents, CsvOptions, Format, Items, Maps, NameOptions, Options, decode, read,
};

use super::names::Names;
use super::read_file::read_bytes;
use crate::failure::CommandError;
use crate::output::note;
use crate::sealed;

#[derive(clap::Args)]
#[command(next_help_heading = "Reading the file")]
pub struct Reading {
    /// Format of the file [default: recognised from its content]
    #[arg(long, value_parser = PossibleValuesParser::new(Format::ALL.map(Format::word)))]
    format: Option<String>,
    /// Field for a column of a CSV file, such as password=secret_string. The column is given by title or number; without a field
    /// it is left out
    #[arg(long = "column", value_name = "TITLE=FIELD")]
    columns: Vec<String>,
    /// Separator of a CSV file [default: the one in its first line]
    #[arg(long)]
    separator: Option<char>,
    /// Prefix for every name
    #[arg(long, default_value = "")]
    prefix: String,
    /// Replace invalid characters in names, such as the / in a path, with this one
    #[arg(long, value_name = "CHARACTER")]
    replace_with: Option<char>,
    /// Create one secret for each key of a Vault path, instead of one for the path
    #[arg(long)]
    one_secret_each: bool,
    /// Create one secret for each value inside nested maps, named by its keys joined with SEPARATOR (for example --flatten .)
    #[arg(long, value_name = "SEPARATOR")]
    flatten: Option<String>,
    /// Value of an item of a password manager: its password, or all its fields as JSON
    #[arg(long, value_name = "VALUE", default_value = "password", value_parser = ["password", "json"])]
    items: String,
    #[command(flatten)]
    names: Names,
    /// File with the secret age key, for a file sealed with age
    #[arg(long = "identity", short, value_name = "FILE")]
    identities: Vec<PathBuf>,
}

impl Reading {
    pub fn contents(&self, path: &Path) -> Result<Contents, CommandError> {
        let mut bytes = read_bytes(path)?;
        if sealed::is_sealed(&bytes) {
            bytes = sealed::open(&bytes, &self.identities)?;
        }
        let text = decode(&bytes).map_err(|wrong| {
            CommandError::Usage(format!("{}:{}: {}", path.display(), wrong.line, wrong.message))
        })?;
        text.note.into_iter().for_each(note);
        Ok(read(&text.text, &self.options(path)?))
    }

    fn options(&self, path: &Path) -> Result<Options, CommandError> {
        let columns = self.columns.iter().map(|column| match column.split_once('=') {
            Some((title, field)) => Ok((title.to_owned(), field.to_owned())),
            None => Err(CommandError::Usage(format!("--column {column} has no =. Use TITLE=FIELD."))),
        });
        let maps = if self.one_secret_each { Maps::OneSecretEach } else { Maps::OneSecret };
        Ok(Options {
            format: self.format.as_deref().and_then(Format::of),
            file_name: path.file_name().map(|name| name.to_string_lossy().into_owned()),
            csv: CsvOptions { separator: self.separator, columns: columns.collect::<Result<_, _>>()? },
            names: NameOptions {
                prefix: self.prefix.clone(),
                replacement: self.replace_with,
                renames: self.names.renames()?,
                shorten: self.names.shorten,
            },
            maps,
            items: if self.items == "json" { Items::Json } else { Items::Password },
            flatten: self.flatten.clone(),
        })
    }
}
