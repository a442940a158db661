//! What a format is recognised by, and how sure that is.

use crate::format::Format;
use crate::lines::each_line;

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
