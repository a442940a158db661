//! A text with structure, whatever it was written in: JSON and YAML both become this.

use std::ops::Deref;

use zeroize::Zeroizing;

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
    /// Something that is not taken, with the complaint about it.
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
            Kind::Literal(_) | Kind::Null | Kind::List(_) | Kind::Map(_) | Kind::Unread(_) => None,
        }
    }

    pub fn boolean(&self) -> Option<bool> {
        let written: &str = match &self.kind {
            Kind::Word(text) => text,
            Kind::Literal(text) => text,
            Kind::Text(_) | Kind::Null | Kind::List(_) | Kind::Map(_) | Kind::Unread(_) => return None,
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
}
