//! Which format a text has, how sure that is, and the sentence that tells the user why.
//!
//! Every reader says whether a text is its own. The surest wins; where two are equally sure, the first of the table does and
//! the sentence names the other.

use crate::format::Format;
use crate::node::Node;
use crate::products;
use crate::sample::{Confidence, Guess, Recognised, Sample};
use crate::{csv, env, env0, ini, json, keepass, properties, tfvars, toml, yaml};

type RecogniseText = fn(&Sample<'_>) -> Option<Guess>;

const TEXTS: [(Format, RecogniseText); 10] = [
    (Format::Env0, env0::recognise),
    (Format::KeePass, keepass::recognise),
    (Format::Json, json::recognise),
    (Format::Csv, csv::recognise),
    (Format::Toml, toml::recognise),
    (Format::Ini, ini::recognise),
    (Format::Properties, properties::recognise),
    (Format::Tfvars, tfvars::recognise),
    (Format::Env, env::recognise),
    (Format::Yaml, yaml::recognise),
];

type RecogniseTree = fn(&[Node<'_>]) -> Option<Guess>;

const TREES: [(Format, RecogniseTree); 14] = [
    (Format::Kubernetes, products::kubernetes::recognise),
    (Format::AwsSecretsManager, products::aws::recognise),
    (Format::AwsParameters, products::aws_parameters::recognise),
    (Format::GoogleSecretManager, products::google::recognise),
    (Format::Vault, products::vault::recognise),
    (Format::BitwardenSecrets, products::bitwarden_secrets::recognise),
    (Format::Bitwarden, products::bitwarden::recognise),
    (Format::OnePassword, products::one_password::recognise),
    (Format::AzureKeyVault, products::azure_key_vault::recognise),
    (Format::AzureAppConfig, products::azure_app_config::recognise),
    (Format::GitLab, products::gitlab::recognise),
    (Format::Infisical, products::infisical::recognise),
    (Format::Doppler, products::doppler::recognise),
    (Format::Terraform, products::terraform::recognise),
];

/// The format of a text, with the name of its file when that is known.
#[must_use]
pub fn recognise(text: &str, file_name: Option<&str>) -> Recognised {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let found = of_text(text, file_name);
    let roots = if found.format == Format::Json {
        json::parse(text).ok()
    } else {
        Some(text).filter(|_| found.format == Format::Yaml).and_then(yaml::roots)
    };
    roots.and_then(|roots| of_tree(&roots)).unwrap_or(found)
}

/// The format of the text, with the programs that write JSON and YAML not told apart.
pub fn of_text(text: &str, file_name: Option<&str>) -> Recognised {
    let sample = Sample::of(text, file_name);
    let mut best: Option<(Format, Guess)> = None;
    let mut equal: Option<Format> = None;
    for (format, recognise) in TEXTS {
        let Some(guess) = recognise(&sample) else { continue };
        match &best {
            Some((_, known)) if known.confidence > guess.confidence => {}
            Some((_, known)) if known.confidence == guess.confidence => equal = equal.or(Some(format)),
            _ => (best, equal) = (Some((format, guess)), None),
        }
    }
    let Some((format, Guess { confidence, why })) = best else { return undecided(&sample) };
    let other =
        equal.map(|other| format!(" It could also be {}: choose the format if it is.", other.title()));
    Recognised { format, confidence, why: why.to_owned() + &other.unwrap_or_default() }
}

/// Which program wrote a tree of JSON or YAML, if it is known.
pub fn of_tree(roots: &[Node<'_>]) -> Option<Recognised> {
    TREES.into_iter().find_map(|(format, recognise)| {
        recognise(roots).map(|Guess { confidence, why }| Recognised {
            format,
            confidence,
            why: why.to_owned(),
        })
    })
}

fn undecided(sample: &Sample<'_>) -> Recognised {
    let named = match sample.ending.as_str() {
        "json" | "ndjson" | "jsonl" => Some(Format::Json),
        "csv" | "tsv" => Some(Format::Csv),
        "env" => Some(Format::Env),
        "yaml" | "yml" => Some(Format::Yaml),
        _ => None,
    };
    let confidence = Confidence::Possible;
    match named {
        Some(format) => Recognised {
            format,
            confidence,
            why: format!(
                "The content fits no format; the ending of the file name is that of {}.",
                format.title()
            ),
        },
        None => Recognised {
            format: Format::Env,
            confidence,
            why: "The content fits no format. Choose the format if it is another.".to_owned(),
        },
    }
}
