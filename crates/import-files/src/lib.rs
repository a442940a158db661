#![doc = include_str!("../README.md")]

mod base64;
mod csv;
mod encrypted;
mod entry;
mod env;
mod env0;
mod envelope;
mod field;
mod flatten;
mod format;
mod ini;
mod items;
mod json;
mod judge;
mod keepass;
mod line_problem;
mod lines;
mod listing;
mod names;
mod node;
mod options;
mod ours;
mod products;
mod properties;
mod reading;
mod recognise;
mod same;
mod sample;
mod text;
mod tfvars;
mod toml;
mod value_node;
mod values;
mod write;
mod yaml;

pub use entry::{Column, Contents, FileEntry};
pub use field::Field;
pub use format::Format;
pub use judge::{Limits, fold, judge};
pub use line_problem::{Code, LineProblem, Note};
pub use options::{CsvOptions, Items, Maps, NameOptions, Options};
pub use recognise::recognise;
pub use sample::{Confidence, Recognised};
pub use text::{Text, decode};
pub use write::{Unwritable, write_csv, write_env, write_json, write_yaml};

use node::Node;
use reading::{Broken, Reading};

/// Reads a whole file: its entries, and every problem with how they are written.
///
/// [`judge()`] says whether they may be stored.
#[must_use]
pub fn read(text: &str, options: &Options) -> Contents {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reading = Reading::of(text, options);
    let mut found = match options.format {
        Some(format) => Recognised {
            format,
            confidence: Confidence::Certain,
            why: format!("You chose the format {}.", format.title()),
        },
        None => recognise::of_text(text, options.file_name.as_deref()),
    };
    if text.trim().is_empty() {
        reading.problem(0, Code::Empty, "The file is empty. Choose another, or write entries into it.");
    } else if let Some(message) = encrypted::of_text(text) {
        reading.problem(0, Code::Encrypted, message);
    } else if let Some(message) = listing::of_text(text).filter(|_| options.format.is_none()) {
        reading.problem(0, Code::Incomplete, message);
    } else {
        by_format(&mut found, &mut reading);
    }
    values::check(&mut reading);
    same::collapse(&mut reading);
    names::apply(&options.names, &mut reading);
    reading.finish(found)
}

fn by_format(found: &mut Recognised, reading: &mut Reading<'_>) {
    match found.format {
        Format::Csv => csv::read(reading),
        Format::Env => env::read(reading),
        Format::Env0 => env0::read(reading),
        Format::Properties => properties::read(reading),
        Format::Ini => ini::read(reading),
        Format::Toml => toml::read(reading),
        Format::Tfvars => tfvars::read(reading),
        Format::KeePass => keepass::read(reading),
        Format::Yaml => yaml(found, reading),
        // What programs print can be JSON or YAML, whatever was chosen.
        Format::Json
        | Format::AwsSecretsManager
        | Format::GoogleSecretManager
        | Format::Vault
        | Format::Infisical
        | Format::Kubernetes
        | Format::AwsParameters
        | Format::AzureKeyVault
        | Format::AzureAppConfig
        | Format::GitLab
        | Format::Doppler
        | Format::Terraform
        | Format::OnePassword
        | Format::Bitwarden
        | Format::BitwardenSecrets => json(found, reading),
    }
}

fn json(found: &mut Recognised, reading: &mut Reading<'_>) {
    match json::parse(reading.text) {
        Ok(roots) => {
            reading.is_json = true;
            tree(found, &roots, reading);
        }
        Err(Broken { at, code, message }) => {
            let may_be_yaml = match reading.options.format {
                None => is_named_yaml(reading),
                Some(format) => format != Format::Json,
            };
            if may_be_yaml && yaml::roots(reading.text).is_some() {
                if reading.options.format.is_none() {
                    found.format = Format::Yaml;
                    found.why = "It is YAML in braces, as the ending of the file name says.".to_owned();
                }
                return yaml(found, reading);
            }
            reading.problem(at, code, message);
        }
    }
}

fn is_named_yaml(reading: &Reading<'_>) -> bool {
    let name = reading.options.file_name.as_deref().unwrap_or_default().to_ascii_lowercase();
    name.ends_with(".yaml") || name.ends_with(".yml")
}

fn yaml(found: &mut Recognised, reading: &mut Reading<'_>) {
    match yaml::parse(reading.text, reading) {
        Ok(roots) => tree(found, &roots, reading),
        Err(Broken { at, code, message }) => reading.problem(at, code, message),
    }
}

/// Reads what JSON and YAML have in common: the outputs of other programs, our own form, and names with values.
fn tree<'a>(found: &mut Recognised, roots: &[Node<'a>], reading: &mut Reading<'a>) {
    if let Some((at, message)) = encrypted::of_tree(roots) {
        return reading.reject_file(at, Code::Encrypted, message);
    }
    if reading.options.format.is_none() {
        if let Some(product) = recognise::of_tree(roots) {
            *found = product;
        } else if let Some((at, message)) =
            envelope::rejected(roots).filter(|_| reading.options.flatten.is_none())
        {
            return reading.reject_file(at, Code::Incomplete, message);
        }
    }
    match products::reader(found.format) {
        Some(read) => read(roots, reading),
        None => ours::read(roots, reading),
    }
}
