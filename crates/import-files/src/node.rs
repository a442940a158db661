//! A tree of values, whatever it was written in: JSON, YAML, TOML and Terraform variables become this.

use std::borrow::Cow;
use std::ops::Deref;

use zeroize::Zeroizing;

use crate::write::quoted;

/// How deeply lists and maps may be nested. Chosen: entries need three levels and exports of others six; the rest is left
/// for JSON inside a value. It keeps every walk over a file from exhausting the stack.
pub const MAX_DEPTH: usize = 64;

/// A piece of text, cleared from memory when it is not the file's own.
pub enum Text<'a> {
    Written(&'a str),
    Made(Zeroizing<String>),
}

impl Text<'_> {
    pub fn to_value(&self) -> Zeroizing<String> {
        Zeroizing::new(self.to_string())
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Written(text) => text,
            Self::Made(text) => text,
        }
    }
}

impl<'a> From<Cow<'a, str>> for Text<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        match text {
            Cow::Borrowed(text) => Self::Written(text),
            Cow::Owned(text) => Self::Made(Zeroizing::new(text)),
        }
    }
}

pub struct Node<'a> {
    /// First byte in the file.
    pub at: usize,
    /// The byte behind the last one.
    pub end: usize,
    pub kind: Kind<'a>,
}

pub enum Kind<'a> {
    /// Text in quotes, and blocks of text in YAML.
    Text(Text<'a>),
    /// Text without quotes in YAML, which is text, and can be `true` or `false` where that is asked for.
    Word(Text<'a>),
    /// A number, `true` or `false` in JSON, as it is written.
    Literal(&'a str),
    /// `null` in JSON. YAML has none here: `~` is text.
    Null,
    List(Vec<Node<'a>>),
    Map(Vec<Member<'a>>),
    /// Base64 of bytes: `!!binary` in YAML.
    Binary(Text<'a>),
    /// Something that cannot be read, with the problem to report.
    Unread(&'static str),
}

pub struct Member<'a> {
    pub at: usize,
    pub key: Text<'a>,
    pub node: Node<'a>,
}

impl<'a> Node<'a> {
    pub fn text(&self) -> Option<&Text<'a>> {
        match &self.kind {
            Kind::Text(text) | Kind::Word(text) => Some(text),
            Kind::Literal(_)
            | Kind::Null
            | Kind::List(_)
            | Kind::Map(_)
            | Kind::Binary(_)
            | Kind::Unread(_) => None,
        }
    }

    pub fn boolean(&self) -> Option<bool> {
        let written: &str = match &self.kind {
            Kind::Word(text) => text,
            Kind::Literal(text) => text,
            Kind::Text(_) | Kind::Null | Kind::List(_) | Kind::Map(_) | Kind::Binary(_) | Kind::Unread(_) => {
                return None;
            }
        };
        match written {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    pub fn list(&self) -> Option<&[Node<'a>]> {
        if let Kind::List(items) = &self.kind { Some(items) } else { None }
    }

    pub fn map(&self) -> Option<&[Member<'a>]> {
        if let Kind::Map(members) = &self.kind { Some(members) } else { None }
    }

    /// The member of that key, the first of them.
    pub fn member(&self, key: &str) -> Option<&Node<'a>> {
        self.map()?.iter().find(|member| &*member.key == key).map(|member| &member.node)
    }

    pub fn has(&self, key: &str) -> bool {
        self.member(key).is_some()
    }

    /// The text of a member that is text.
    pub fn text_of(&self, key: &str) -> Option<&Text<'a>> {
        self.member(key).and_then(Self::text)
    }

    /// The text of a member that has one that is not empty.
    pub fn filled(&self, key: &str) -> Option<&Text<'a>> {
        self.text_of(key).filter(|text| !text.is_empty() && !self.is_null_of(key))
    }

    /// The items of a member that is a list, and none otherwise.
    pub fn items_of(&self, key: &str) -> &[Self] {
        self.member(key).and_then(Self::list).unwrap_or_default()
    }

    /// Whether there is no value: `null` in JSON, and the same written in YAML.
    pub fn is_null(&self) -> bool {
        match &self.kind {
            Kind::Null => true,
            Kind::Word(word) => matches!(&**word, "" | "~" | "null"),
            Kind::Text(_)
            | Kind::Literal(_)
            | Kind::List(_)
            | Kind::Map(_)
            | Kind::Binary(_)
            | Kind::Unread(_) => false,
        }
    }

    fn is_null_of(&self, key: &str) -> bool {
        self.member(key).is_some_and(Self::is_null)
    }

    /// The value as JSON. Words of YAML that JSON has too, such as numbers, stay words.
    pub fn json(&self) -> Zeroizing<String> {
        let mut json = Zeroizing::new(String::with_capacity((self.end - self.at.min(self.end)) * 2));
        self.add_json(&mut json);
        json
    }

    fn add_json(&self, json: &mut String) {
        match &self.kind {
            Kind::Text(text) | Kind::Binary(text) => quoted(text, |next| next < ' ', json),
            Kind::Word(_) if self.is_null() => json.push_str("null"),
            Kind::Word(word) if is_json_word(word) => json.push_str(word),
            Kind::Word(word) => quoted(word, |next| next < ' ', json),
            Kind::Literal(text) if is_json_word(text) => json.push_str(text),
            Kind::Literal(text) => quoted(text, |next| next < ' ', json),
            Kind::Null | Kind::Unread(_) => json.push_str("null"),
            Kind::List(items) => {
                json.push('[');
                for (index, item) in items.iter().enumerate() {
                    json.push_str(if index == 0 { "" } else { "," });
                    item.add_json(json);
                }
                json.push(']');
            }
            Kind::Map(members) => {
                json.push('{');
                for (index, member) in members.iter().enumerate() {
                    json.push_str(if index == 0 { "" } else { "," });
                    quoted(&member.key, |next| next < ' ', json);
                    json.push(':');
                    member.node.add_json(json);
                }
                json.push('}');
            }
        }
    }

    /// Something inside that cannot be read.
    pub fn unread(&self) -> Option<(usize, &'static str)> {
        match &self.kind {
            Kind::Unread(message) => Some((self.at, message)),
            Kind::List(items) => items.iter().find_map(Self::unread),
            Kind::Map(members) => members.iter().find_map(|member| member.node.unread()),
            Kind::Text(_) | Kind::Word(_) | Kind::Literal(_) | Kind::Null | Kind::Binary(_) => None,
        }
    }
}

/// Whether JSON has the same word: `true`, `false`, or a number.
fn is_json_word(word: &str) -> bool {
    if matches!(word, "true" | "false") {
        return true;
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|exponent| digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)))
}

#[cfg(test)]
mod tests {
    use super::is_json_word;

    #[test]
    fn json_words_are_those_of_json() {
        for word in ["0", "-1", "10.5", "1e3", "1.0E-3", "true"] {
            assert!(is_json_word(word), "{word}");
        }
        for word in ["", "01", "1.", ".5", "+1", "1e", "0x1", "yes", "-", "1_000", "null"] {
            assert!(!is_json_word(word), "{word}");
        }
    }
}
