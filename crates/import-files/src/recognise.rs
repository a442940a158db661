//! Which format a text is in, and the sentence that tells the user why.
//!
//! The text decides. Where it does not, the name of the file does, and the sentence says so.

use crate::csv;
use crate::format::Format;
use crate::node::Node;
use crate::{aws, google, infisical, json, vault};

/// A format, and why it is that.
pub struct Recognised {
    pub format: Format,
    /// A sentence for the user.
    pub why: String,
}

impl Recognised {
    fn as_is(format: Format, why: &str) -> Self {
        Self { format, why: why.to_owned() }
    }
}

/// The format of a text. The name of its file counts only where the text says nothing.
#[must_use]
pub fn recognise(text: &str, file_name: Option<&str>) -> Recognised {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let family = family(text, file_name);
    if family.format != Format::Json {
        return family;
    }
    json::parse(text).map_or(family, |roots| of_json(&roots))
}

/// The format by the first line that says something; all that are JSON count as `Json`.
pub(crate) fn family(text: &str, file_name: Option<&str>) -> Recognised {
    let meaningful = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let Some(line) = text.lines().map(str::trim).find(meaningful) else {
        return undecided(file_name);
    };
    if line.starts_with(['{', '[']) {
        return Recognised::as_is(Format::Json, "It starts with a bracket, so it is read as JSON.");
    }
    if line.starts_with("---") || line.starts_with("%YAML") {
        return Recognised::as_is(Format::Yaml, "It starts as a YAML document does.");
    }
    if csv::looks_like_titles(line) {
        return Recognised::as_is(
            Format::Csv,
            "Its first line has titles of columns that are known, so it is read as CSV.",
        );
    }
    let equals = line.find('=');
    let colon = line.find(": ").or_else(|| line.ends_with(':').then(|| line.len() - 1));
    match (equals, colon) {
        (Some(equals), Some(colon)) if equals < colon => Recognised::as_is(
            Format::Env,
            "Its first line has a name and '=', so it is read as .env. YAML would take it too: say so if it is YAML.",
        ),
        (Some(_), Some(_)) => Recognised::as_is(
            Format::Yaml,
            "Its first line has a name and a colon before any '=', so it is read as YAML. Say so if it is .env.",
        ),
        (Some(_), None) => {
            Recognised::as_is(Format::Env, "Its first line has a name and '=', so it is read as .env.")
        }
        (None, Some(_)) => {
            Recognised::as_is(Format::Yaml, "Its first line has a name and a colon, so it is read as YAML.")
        }
        (None, None) if line.starts_with("- ") || line == "-" => {
            Recognised::as_is(Format::Yaml, "It starts with a dash, as lists in YAML do.")
        }
        (None, None) => undecided(file_name),
    }
}

/// Which program wrote a JSON text, if one of those that are known did.
pub(crate) fn of_json(roots: &[Node<'_>]) -> Recognised {
    let Some(first) = roots.first() else {
        return Recognised::as_is(Format::Json, "It is JSON.");
    };
    if aws::is_one(first) {
        return Recognised::as_is(
            Format::AwsSecretsManager,
            "It is JSON with Name, ARN and SecretString or SecretBinary, as AWS Secrets Manager prints it.",
        );
    }
    if google::is_one(first) {
        return Recognised::as_is(
            Format::GoogleSecretManager,
            "It is JSON with name and payload.data, as Google Secret Manager answers it.",
        );
    }
    if vault::is_one(first) {
        return Recognised::as_is(
            Format::Vault,
            "It is JSON with request_id and data, as vault and bao print it.",
        );
    }
    if infisical::is_one(first) {
        return Recognised::as_is(
            Format::Infisical,
            "It is a JSON list with keys, values and their type, path or workspace, as Infisical exports it.",
        );
    }
    Recognised::as_is(Format::Json, "It is JSON.")
}

fn undecided(file_name: Option<&str>) -> Recognised {
    let ending = file_name.and_then(|name| name.rsplit('.').next()).unwrap_or_default().to_ascii_lowercase();
    let named = match ending.as_str() {
        "json" | "ndjson" | "jsonl" => Some(Format::Json),
        "csv" | "tsv" => Some(Format::Csv),
        "env" => Some(Format::Env),
        "yaml" | "yml" => Some(Format::Yaml),
        _ => None,
    };
    match named {
        Some(format) => Recognised {
            format,
            why: format!(
                "The text does not tell its format, so it is read as {}, as the name of the file ends.",
                format.title()
            ),
        },
        None => Recognised::as_is(
            Format::Env,
            "The text does not tell its format, so it is read as .env. Say so if it is another.",
        ),
    }
}
