#![doc = include_str!("../README.md")]

mod aws;
mod csv;
mod entry;
mod env;
mod field;
mod format;
mod google;
mod infisical;
mod json;
mod judge;
mod line_problem;
mod lines;
mod names;
mod node;
mod options;
mod ours;
mod reading;
mod recognise;
mod same;
mod text;
mod vault;
mod write;
mod yaml;

pub use entry::{Column, Contents, FileEntry};
pub use field::Field;
pub use format::Format;
pub use judge::{Limits, judge};
pub use line_problem::{Code, LineProblem, Note};
pub use options::{CsvOptions, Maps, NameOptions, Options};
pub use recognise::{Recognised, recognise};
pub use text::{Text, decode};
pub use write::{Unwritable, write_csv, write_env, write_json, write_yaml};

use node::Node;
use reading::{Broken, Reading};

/// Reads a whole file: its entries, and everything that is wrong with how they are written.
///
/// Whether they may be stored, [`judge()`] tells.
#[must_use]
pub fn read(text: &str, options: &Options) -> Contents {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reading = Reading::of(text);
    let mut found = match options.format {
        Some(format) => Recognised { format, why: format!("You said that it is {}.", format.title()) },
        None => recognise::family(text, options.file_name.as_deref()),
    };
    if text.trim().is_empty() {
        reading.complain(
            0,
            Code::Empty,
            "There is nothing in the file. Choose another, or write entries into it.",
        );
    } else {
        match found.format {
            Format::Csv => csv::read(&options.csv, &mut reading),
            Format::Env => env::read(&mut reading),
            Format::Yaml => yaml(&mut reading),
            Format::Json
            | Format::AwsSecretsManager
            | Format::GoogleSecretManager
            | Format::Vault
            | Format::Infisical => json(options, &mut found, &mut reading),
        }
    }
    names::apply(&options.names, &mut reading);
    same::collapse(&mut reading);
    let Recognised { format, why } = found;
    let Reading { entries, columns, mut complaints, mut notes, .. } = reading;
    complaints.sort_by_key(|complaint| complaint.line);
    notes.sort_by_key(|note| note.line);
    Contents { format, why, entries, columns, complaints, notes }
}

fn json<'a>(options: &Options, found: &mut Recognised, reading: &mut Reading<'a>) {
    reading.is_json = true;
    let roots: Vec<Node<'a>> = match json::parse(reading.text) {
        Ok(roots) => roots,
        Err(Broken { at, code, message }) => return reading.complain(at, code, message),
    };
    if options.format.is_none() {
        *found = recognise::of_json(&roots);
    }
    match found.format {
        Format::AwsSecretsManager => aws::read(&roots, reading),
        Format::GoogleSecretManager => google::read(&roots, reading),
        Format::Vault => vault::read(&roots, options.maps, reading),
        Format::Infisical => infisical::read(&roots, reading),
        Format::Json | Format::Csv | Format::Env | Format::Yaml => ours::read(&roots, reading),
    }
}

fn yaml(reading: &mut Reading<'_>) {
    match yaml::parse(reading.text, reading) {
        Ok(root) => ours::read(root.as_slice(), reading),
        Err(Broken { at, code, message }) => reading.complain(at, code, message),
    }
}
