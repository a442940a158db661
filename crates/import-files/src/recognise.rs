//! Which format a text has, how sure that is, and the sentence that tells the user why.
//!
//! Every reader says whether a text is its own. The surest wins; where two are equally sure, the first of the table does and
//! the sentence names the other.

use crate::format::Format;
use crate::lines::each_line;
use crate::node::Node;
use crate::products;
use crate::{csv, env, env0, ini, json, keepass, properties, tfvars, toml, yaml};

/// How sure it is that a text has a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Nothing speaks for another format, and little for this one.
    Possible,
    /// Other formats could be written like this, but rarely are.
    Likely,
    /// The content has a mark that no other format has, or the user chose the format.
    Certain,
}

/// A format, how sure that is, and why.
pub struct Recognised {
    pub format: Format,
    pub confidence: Confidence,
    /// A sentence for the user.
    pub why: String,
}

/// What a reader says of a text that may be its own.
pub struct Guess {
    pub confidence: Confidence,
    pub why: &'static str,
}

impl Guess {
    pub const fn certain(why: &'static str) -> Option<Self> {
        Some(Self { confidence: Confidence::Certain, why })
    }

    pub const fn likely(why: &'static str) -> Option<Self> {
        Some(Self { confidence: Confidence::Likely, why })
    }

    pub const fn possible(why: &'static str) -> Option<Self> {
        Some(Self { confidence: Confidence::Possible, why })
    }
}

/// Lines that a format is recognised by. Chosen: the marks of every format appear early.
const SAMPLE_LINES: usize = 100;

/// What a text looks like to somebody who opens it.
pub struct Sample<'a> {
    pub text: &'a str,
    /// The ending of the file name in small letters, or the whole name when it has none.
    pub ending: String,
    /// The first lines without spaces around them, those that are empty or a comment left out.
    pub lines: Vec<&'a str>,
}

impl<'a> Sample<'a> {
    pub fn of(text: &'a str, file_name: Option<&str>) -> Self {
        let is_meaningful = |line: &&str| {
            !line.is_empty() && !["#", ";", "//", "!"].iter().any(|comment| line.starts_with(comment))
        };
        let lines = each_line(text).map(|(_, line)| line.trim()).filter(is_meaningful).take(SAMPLE_LINES);
        let name = file_name.unwrap_or_default().to_ascii_lowercase();
        // `.env.production` is a .env file, `credentials.yml.enc` none of YAML.
        let ending =
            if name.starts_with(".env") { "env" } else { name.rsplit('.').next().unwrap_or_default() };
        Self { text, ending: ending.to_owned(), lines: lines.collect() }
    }

    pub fn first(&self) -> &'a str {
        self.lines.first().copied().unwrap_or_default()
    }

    pub fn ends_with(&self, endings: &[&str]) -> bool {
        endings.contains(&self.ending.as_str())
    }

    /// Whether the first line is a section such as `[default]`, with settings below.
    pub fn starts_with_section(&self) -> bool {
        self.lines.len() > 1 && is_section(self.first())
    }

    /// Whether the first line is a table of an array such as `[[hosts]]`, with settings below.
    pub fn starts_with_table(&self) -> bool {
        let name = self.first().strip_prefix("[[").and_then(|line| line.strip_suffix("]]"));
        let is_name =
            |name: &str| name.chars().all(|next| next.is_alphanumeric() || matches!(next, '_' | '-' | '.'));
        name.is_some_and(is_name) && self.lines.get(1).is_some_and(|line| line.contains('='))
    }
}

/// `[name]`, alone or before a comment. Lists of JSON have quotes, commas or brackets inside.
pub fn is_section(line: &str) -> bool {
    let Some((name, rest)) = line.strip_prefix('[').and_then(|line| line.split_once(']')) else {
        return false;
    };
    let rest = rest.trim_start();
    !name.trim().is_empty()
        && !name.contains(['{', '}', '[', ','])
        && (rest.is_empty() || rest.starts_with(['#', ';']))
}

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
