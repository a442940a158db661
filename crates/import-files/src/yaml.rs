//! YAML, read as text: `no`, `0123`, `1e3`, `~` and dates stay as they are written.
//!
//! What YAML takes for a sign where a value starts (`#`, `&`, `!`, `*`) is a problem, because the value behind it would be
//! lost or cut.

use std::borrow::Cow;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, Span, Tag};

use crate::line_problem::Code;
use crate::lines::{each_line, rest_of_line};
use crate::node::{Kind, MAX_DEPTH, Member, Node, Text};
use crate::reading::{Broken, Reading};
use crate::sample::{Guess, Sample};

pub fn recognise(sample: &Sample<'_>) -> Option<Guess> {
    let line = sample.first();
    let is_named = sample.ends_with(&["yaml", "yml"]);
    if line.starts_with("---") || line.starts_with("%YAML") {
        return Guess::certain("It starts as a YAML document does.");
    }
    if line.starts_with(['{', '[']) {
        return if is_named { Guess::possible("It is YAML in braces, as the file name says.") } else { None };
    }
    if line.starts_with("- ") || line == "-" {
        return Guess::likely("It starts with a dash, as lists in YAML do.");
    }
    let colon = line.find(": ").or_else(|| line.ends_with(':').then(|| line.len() - 1))?;
    match line.find('=') {
        Some(equals) if equals < colon => Guess::possible("A line has a name and a colon."),
        _ if is_named => Guess::certain("A line is `name: value`, and the file name says YAML."),
        Some(_) => {
            Guess::likely("A line is `name: value`. It could also be .env: choose the format if it is.")
        }
        _ => Guess::likely("A line is `name: value`."),
    }
}

/// The documents of a text, for recognising it; none when it is not YAML.
pub fn roots(text: &str) -> Option<Vec<Node<'_>>> {
    let options = crate::options::Options::default();
    parse(text, &mut Reading::of(text, &options)).ok()
}

/// The documents of the text.
pub fn parse<'a>(text: &'a str, reading: &mut Reading<'_>) -> Result<Vec<Node<'a>>, Broken> {
    let mut roots = Vec::new();
    let mut open: Vec<Open<'a>> = Vec::new();
    let options = granit_parser::options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| {
            let at = error.marker().byte_offset().unwrap_or_default();
            broken(at, error.kind())
        })?;
        let (at, end) = place(&span);
        if open.len() > MAX_DEPTH {
            return Err(too_deep(at));
        }
        let node = match event {
            Event::Scalar(scalar, style, anchor, tag) => {
                let is_value = open.last().is_none_or(Open::takes_value);
                let kind = scalar_kind(scalar, style, tag.as_deref(), at == end);
                let kind = if anchor != 0 && is_value { Kind::Unread(ANCHOR) } else { kind };
                if is_value && style == ScalarStyle::Plain && matches!(kind, Kind::Word(_)) {
                    let key_end = open.last().map_or(at, |parent| parent.behind_key(text, at));
                    if at != end {
                        // A comment behind the key, with the value in a line below.
                        comment_behind(text, key_end, false, reading);
                    }
                    let from = if at == end { key_end } else { end };
                    comment_behind(text, from, at == end, reading)
                        .map_or(Node { at, end, kind }, |kind| Node { at, end, kind })
                } else {
                    Node { at, end, kind }
                }
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => Node { at, end, kind: Kind::Unread(ALIAS) },
            Event::SequenceStart(..) => {
                open.push(Open::of(at, false));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open::of(at, true));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(closed) => closed.node(end),
                None => continue,
            },
            // The others tell nothing about content, and the parser may get more of them.
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(..)
            | Event::DocumentEnd
            | Event::Anchor(..)
            | _ => continue,
        };
        match open.last_mut() {
            Some(parent) => parent.put(node, reading),
            None => roots.push(node),
        }
    }
    Ok(roots)
}

const ANCHOR: &str = "The value starts with &, which YAML takes for a mark and not for text. Put the value into quotes, or take the \
                      mark out.";
const ALIAS: &str = "The value starts with *, which YAML takes for a reference to another value. Put it into quotes if it is text, or \
                     write the other value itself.";
const TAG: &str = "The value starts with !, which YAML takes for a type and not for text. Put the value into quotes, or take the type \
                   out.";
const ENCRYPTED: &str = "The value is encrypted by Ansible Vault. Decrypt it first: ansible localhost -m debug -a var=NAME -e @FILE \
                         --ask-vault-pass.";
const COMMENT_ONLY: &str = "The value is empty, because YAML takes everything from # on for a comment. Put the value into quotes, or \
                            write \"\" for an empty one.";

/// Looks for a comment behind a value without quotes. A value that is nothing but a comment cannot be read.
fn comment_behind<'a>(
    text: &str,
    from: usize,
    is_empty: bool,
    reading: &mut Reading<'_>,
) -> Option<Kind<'a>> {
    let rest = rest_of_line(text, from);
    let comment = rest.trim_start_matches([' ', '\t', ':', '-']);
    if !comment.starts_with('#') {
        return None;
    }
    if is_empty {
        return Some(Kind::Unread(COMMENT_ONLY));
    }
    let at = from + (rest.len() - comment.len());
    reading.note(at, "The text behind # is a comment in YAML and is left out. Put the value into quotes if it belongs to it.");
    None
}

struct Open<'a> {
    at: usize,
    /// Whether it is a map.
    keys: bool,
    key: Option<Key<'a>>,
    /// Where the last key or item ended: a value that is left out has no place of its own.
    key_end: usize,
    items: Vec<Node<'a>>,
    members: Vec<Member<'a>>,
}

enum Key<'a> {
    Named(usize, Text<'a>),
    /// Reported as a problem, so what follows is not read.
    Rejected,
}

impl<'a> Open<'a> {
    fn of(at: usize, keys: bool) -> Self {
        Self { at, keys, key: None, key_end: at, items: Vec::new(), members: Vec::new() }
    }

    /// Where the key of a value ends, or the dash of an item that starts before `at`.
    fn behind_key(&self, text: &str, at: usize) -> usize {
        if self.keys {
            return self.key_end;
        }
        let before = text.get(self.key_end..at).unwrap_or_default();
        let mut lines = each_line(before).filter(|(_, line)| line.trim_start().starts_with('-'));
        lines.next().map_or(at, |(start, _)| self.key_end + start)
    }

    /// Whether what comes next is a value and not a key.
    fn takes_value(&self) -> bool {
        !self.keys || self.key.is_some()
    }

    fn put(&mut self, node: Node<'a>, reading: &mut Reading<'_>) {
        if !self.keys {
            self.key_end = node.end;
            return self.items.push(node);
        }
        match self.key.take() {
            Some(Key::Named(at, key)) => return self.members.push(Member { at, key, node }),
            Some(Key::Rejected) => return,
            None => {}
        }
        self.key_end = node.end;
        match node.kind {
            Kind::Word(key) if *key == *"<<" => {
                let message = "Merge keys (<<) are not followed. Write the names and values themselves.";
                self.reject_key(node.at, message, reading);
            }
            Kind::Text(key) | Kind::Word(key) => self.key = Some(Key::Named(node.at, key)),
            Kind::Unread(message) => self.reject_key(node.at, message, reading),
            Kind::Literal(_) | Kind::Null | Kind::Binary(_) | Kind::List(_) | Kind::Map(_) => {
                let message = "A list or a map cannot be a name. Write the name as text.";
                self.reject_key(node.at, message, reading);
            }
        }
    }

    fn reject_key(&mut self, at: usize, message: &'static str, reading: &mut Reading<'_>) {
        reading.problem(at, Code::NotSupported, message);
        self.key = Some(Key::Rejected);
    }

    fn node(self, end: usize) -> Node<'a> {
        let kind = if self.keys { Kind::Map(self.members) } else { Kind::List(self.items) };
        Node { at: self.at, end, kind }
    }
}

fn scalar_kind<'a>(
    scalar: Cow<'a, str>,
    style: ScalarStyle,
    tag: Option<&Tag>,
    nothing_written: bool,
) -> Kind<'a> {
    match tag {
        Some(tag) if tag.suffix_in_namespace("tag:yaml.org,2002:").as_deref() == Some("binary") => {
            return Kind::Binary(scalar.into());
        }
        Some(tag) if tag.suffix() == "vault" || tag.suffix().starts_with("vault-") => {
            return Kind::Unread(ENCRYPTED);
        }
        Some(tag) if tag.core_suffix() != Some("str") => return Kind::Unread(TAG),
        Some(_) | None => {}
    }
    // The parser spells a value that is left out as `~`; whoever wrote nothing meant an empty text.
    if nothing_written && style == ScalarStyle::Plain {
        return Kind::Word(Text::Written(""));
    }
    if style == ScalarStyle::Plain { Kind::Word(scalar.into()) } else { Kind::Text(scalar.into()) }
}

fn place(span: &Span) -> (usize, usize) {
    span.byte_range().map_or((0, 0), |range| (range.start, range.end))
}

fn too_deep(at: usize) -> Broken {
    let message = "The text is nested more than 64 levels deep. Write what is inside as text.";
    Broken { at, code: Code::TooDeep, message }
}

fn broken(at: usize, kind: &ErrorKind) -> Broken {
    use ErrorKind as E;
    if *kind == E::RecursionLimitExceeded {
        return too_deep(at);
    }
    let message = if matches!(kind, E::UnclosedQuotedScalar | E::InvalidQuotedScalarIndent) {
        "A quote that was opened above is not closed, or its text goes on without indentation. Close it, or indent the lines."
    } else if matches!(kind, E::SimpleKeyExpected | E::ExpectedBlockMappingKey) {
        "The line has no name with a colon. Write name: value, or indent the line when it belongs to the value above."
    } else if matches!(
        kind,
        E::UnclosedFlowCollection { .. }
            | E::UnexpectedEofFlowMapping
            | E::UnexpectedEofFlowSequence
            | E::UnexpectedEofImplicitFlowMapping
    ) {
        "A bracket or a brace is opened and never closed. Close it, or put a value that starts with one into quotes."
    } else if matches!(
        kind,
        E::TabNotAllowed
            | E::TabAtBlockScalarStart
            | E::TabInBlockIndentation
            | E::TabInIndentation
            | E::TabInPlainScalar
    ) {
        "YAML takes no tab here. Use spaces."
    } else if matches!(
        kind,
        E::UnknownQuotedScalarEscape
            | E::InvalidQuotedScalarHexEscape
            | E::InvalidUnicodeEscape
            | E::MissingLowSurrogate
            | E::UnpairedLowSurrogate
            | E::InvalidLowSurrogate
            | E::InvalidLowSurrogateHexEscape
    ) {
        "Between double quotes a backslash starts an escape, and this is none. Write it twice, or use single quotes."
    } else if matches!(
        kind,
        E::MappingValueNotAllowed | E::InvalidColonPlacement | E::InvalidMappingValueWhitespace
    ) {
        "There is a colon here that looks like the end of a name. Put the value into quotes, or correct the indentation above."
    } else {
        "The text is not YAML from here. Look at the indentation and the colons, and put values that start with a sign such \
         as @, %, * or & into quotes."
    };
    Broken { at, code: Code::Syntax, message }
}
