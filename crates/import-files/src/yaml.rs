//! YAML, read as text: `no`, `0123`, `1e3`, `~` and dates stay as they are written.

use std::borrow::Cow;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, Span};
use zeroize::Zeroizing;

use crate::line_problem::Code;
use crate::node::{Kind, MAX_DEPTH, Member, Node, Text};
use crate::reading::{Broken, Reading};

/// The first document of the text; none when there is nothing in it.
pub fn parse<'a>(text: &'a str, reading: &mut Reading<'a>) -> Result<Option<Node<'a>>, Broken> {
    let mut root = None;
    let mut open: Vec<Open<'a>> = Vec::new();
    let mut documents = 0;
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
            Event::DocumentStart(..) => {
                documents += 1;
                if documents > 1 {
                    let message = "A second YAML document starts here, and only the first is read. Import each in a file of \
                                   its own.";
                    reading.complain(at, Code::NotSupported, message);
                    break;
                }
                continue;
            }
            Event::Scalar(scalar, style, _, tag) => {
                let kind = match tag.filter(|tag| !is_text(tag)) {
                    Some(_) => {
                        Kind::Unread("Tags such as !!int are not taken here. Remove it: every value is text.")
                    }
                    None => scalar_kind(scalar, style, at == end),
                };
                Node { at, end, kind }
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                let message = "Aliases such as *name are not taken here. Write the value itself.";
                Node { at, end, kind: Kind::Unread(message) }
            }
            Event::SequenceStart(..) => {
                open.push(Open { at, keys: false, key: None, items: Vec::new(), members: Vec::new() });
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open { at, keys: true, key: None, items: Vec::new(), members: Vec::new() });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(closed) => closed.node(end),
                None => continue,
            },
            // The others tell nothing about content, and the parser may get more of them.
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd | Event::Anchor(..) | _ => continue,
        };
        match open.last_mut() {
            Some(parent) => parent.put(node, reading),
            None => root = Some(node),
        }
    }
    Ok(root)
}

struct Open<'a> {
    at: usize,
    /// Whether it is a map.
    keys: bool,
    key: Option<Key<'a>>,
    items: Vec<Node<'a>>,
    members: Vec<Member<'a>>,
}

enum Key<'a> {
    Named(usize, Text<'a>),
    /// Complained about, so what follows is not read.
    Rejected,
}

impl<'a> Open<'a> {
    fn put(&mut self, node: Node<'a>, reading: &mut Reading<'_>) {
        if !self.keys {
            return self.items.push(node);
        }
        match self.key.take() {
            Some(Key::Named(at, key)) => return self.members.push(Member { at, key, node }),
            Some(Key::Rejected) => return,
            None => {}
        }
        match node.kind {
            Kind::Word(key) if *key == *"<<" => {
                let message = "Merge keys (<<) are not taken here. Write the names and values themselves.";
                self.reject_key(node.at, message, reading);
            }
            Kind::Text(key) | Kind::Word(key) => self.key = Some(Key::Named(node.at, key)),
            Kind::Unread(message) => self.reject_key(node.at, message, reading),
            Kind::Literal(_) | Kind::Null | Kind::List(_) | Kind::Map(_) => {
                let message = "A list or a map cannot be a name. Write the name as text.";
                self.reject_key(node.at, message, reading);
            }
        }
    }

    fn reject_key(&mut self, at: usize, message: &'static str, reading: &mut Reading<'_>) {
        reading.complain(at, Code::NotSupported, message);
        self.key = Some(Key::Rejected);
    }

    fn node(self, end: usize) -> Node<'a> {
        let kind = if self.keys { Kind::Map(self.members) } else { Kind::List(self.items) };
        Node { at: self.at, end, kind }
    }
}

fn scalar_kind(scalar: Cow<'_, str>, style: ScalarStyle, nothing_written: bool) -> Kind<'_> {
    // The parser spells a value that is left out as `~`; whoever wrote nothing meant an empty text.
    if nothing_written && style == ScalarStyle::Plain {
        return Kind::Word(Text::Written(""));
    }
    let text = match scalar {
        Cow::Borrowed(text) => Text::Written(text),
        Cow::Owned(text) => Text::Made(Zeroizing::new(text)),
    };
    if style == ScalarStyle::Plain { Kind::Word(text) } else { Kind::Text(text) }
}

/// `!` and `!!str` ask for what every value is anyway.
fn is_text(tag: &granit_parser::Tag) -> bool {
    tag.core_suffix() == Some("str") || (tag.handle().is_empty() && tag.suffix() == "!")
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
