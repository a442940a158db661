//! JSON: one value, or several one after the other as programs print them.
//!
//! Numbers keep every digit, because they are never anything but text here.

use crate::line_problem::Code;
use crate::node::{Kind, MAX_DEPTH, Member, Node, Text};
use crate::reading::Broken;
use crate::sample::{Guess, Sample};
use json_event_parser::{JsonEvent, LowLevelJsonParser, TextPosition};

/// JSON starts with a bracket; so do sections of INI, and YAML in braces.
pub fn recognise(sample: &Sample<'_>) -> Option<Guess> {
    let start = sample.first();
    if start.starts_with('[') && !sample.starts_with_section() && !sample.starts_with_table() {
        return Guess::likely("It starts with a bracket, as JSON does.");
    }
    let inside = sample.text.trim_start().strip_prefix('{')?.trim_start();
    if inside.is_empty() || inside.starts_with(['"', '}']) {
        Guess::likely("It starts with a brace and a quote, as JSON does.")
    } else {
        Guess::possible("It starts with a brace, as JSON does.")
    }
}

/// All values of the text, or where it stops being JSON.
pub fn parse(text: &str) -> Result<Vec<Node<'_>>, Broken> {
    let mut roots = Vec::new();
    let mut at = behind(text, 0, SPACE);
    while at < text.len() {
        let root = Parser { text, root: at, offset: at, inner: LowLevelJsonParser::new() }.value()?;
        at = behind(text, root.end, SPACE);
        roots.push(root);
    }
    Ok(roots)
}

enum Open<'a> {
    List { at: usize, items: Vec<Node<'a>> },
    Map { at: usize, members: Vec<Member<'a>>, key: Option<(usize, Text<'a>)> },
}

struct Parser<'a> {
    text: &'a str,
    root: usize,
    offset: usize,
    inner: LowLevelJsonParser,
}

impl<'a> Parser<'a> {
    fn value(mut self) -> Result<Node<'a>, Broken> {
        let mut open: Vec<Open<'a>> = Vec::new();
        loop {
            let (at, event) = self.event()?;
            let end = self.offset;
            let kind = match event {
                JsonEvent::StartArray | JsonEvent::StartObject if open.len() >= MAX_DEPTH => {
                    let message = "The text is nested more than 64 levels deep. Write what is inside as text, in quotes.";
                    return Err(Broken { at, code: Code::TooDeep, message });
                }
                JsonEvent::StartArray => {
                    open.push(Open::List { at, items: Vec::new() });
                    continue;
                }
                JsonEvent::StartObject => {
                    open.push(Open::Map { at, members: Vec::new(), key: None });
                    continue;
                }
                JsonEvent::ObjectKey(text) => {
                    let Some(Open::Map { key, .. }) = open.last_mut() else {
                        return Err(broken(self.text, at));
                    };
                    *key = Some((at, text.into()));
                    continue;
                }
                JsonEvent::EndArray | JsonEvent::EndObject => {
                    let node = match open.pop() {
                        Some(Open::List { at, items }) => Node { at, end, kind: Kind::List(items) },
                        Some(Open::Map { at, members, .. }) => Node { at, end, kind: Kind::Map(members) },
                        None => return Err(broken(self.text, at)),
                    };
                    match place(&mut open, node) {
                        Some(root) => return Ok(root),
                        None => continue,
                    }
                }
                JsonEvent::String(text) => Kind::Text(text.into()),
                JsonEvent::Number(_) | JsonEvent::Boolean(_) => {
                    Kind::Literal(self.text.get(at..end).unwrap_or_default())
                }
                JsonEvent::Null => Kind::Null,
                JsonEvent::Eof => return Err(broken(self.text, at)),
            };
            if let Some(root) = place(&mut open, Node { at, end, kind }) {
                return Ok(root);
            }
        }
    }

    /// The next event, and where it starts.
    fn event(&mut self) -> Result<(usize, JsonEvent<'a>), Broken> {
        let rest = self.text.as_bytes().get(self.offset..).unwrap_or_default();
        let at = behind(self.text, self.offset, SPACE_AND_SIGNS);
        // The parser below would take the mark for nothing.
        if rest_at(self.text, at).starts_with('\u{feff}') {
            return Err(broken(self.text, at));
        }
        let read = self.inner.parse_next(rest, true);
        self.offset += read.consumed_bytes;
        match read.event {
            Some(Ok(event)) => Ok((at, event)),
            Some(Err(error)) => {
                let offset = |place: TextPosition| usize::try_from(place.offset).unwrap_or_default();
                let (start, end) = (offset(error.location().start), offset(error.location().end));
                Err(self.broken(at, self.root + start, end - start))
            }
            None => Err(broken(self.text, self.text.len())),
        }
    }

    /// What is wrong with `length` bytes at `start`, in the token at `at`.
    fn broken(&self, at: usize, start: usize, length: usize) -> Broken {
        let in_quotes = rest_at(self.text, at).starts_with('"');
        let message = match (in_quotes, start > at) {
            (true, true) => INSIDE_QUOTES,
            // A text of its own has two quotes at least.
            (true, false) if length < 2 => {
                "The quote that is opened here is never closed, or an escape inside it means no character."
            }
            _ => return broken(self.text, start),
        };
        Broken { at: start, code: Code::Syntax, message }
    }
}

/// Puts a value where it belongs, or gives it back when nothing is open around it.
fn place<'a>(open: &mut [Open<'a>], node: Node<'a>) -> Option<Node<'a>> {
    match open.last_mut() {
        None => return Some(node),
        Some(Open::List { items, .. }) => items.push(node),
        Some(Open::Map { members, key, .. }) => {
            let (at, key) = key.take()?;
            members.push(Member { at, key, node });
        }
    }
    None
}

const SPACE: &[u8] = b" \t\r\n";

/// What can stand between two values of a list or a map.
const SPACE_AND_SIGNS: &[u8] = b" \t\r\n,:";

/// The first byte behind all of these.
fn behind(text: &str, from: usize, these: &[u8]) -> usize {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    from + rest.iter().take_while(|byte| these.contains(byte)).count()
}

fn rest_at(text: &str, at: usize) -> &str {
    text.get(at..).unwrap_or_default()
}

const INSIDE_QUOTES: &str = "JSON does not allow this inside quotes. Write a line break as \\n, a tab as \\t, a quote as \\\" and a \
                      backslash as \\\\.";

/// What is probably wrong, judged by what stands at the place.
fn broken(text: &str, at: usize) -> Broken {
    let message = match rest_at(text, at).trim_start().chars().next() {
        None => {
            "The JSON text ends too early. A bracket, a brace or a quote is not closed, or a value is missing."
        }
        Some('"') => "A comma or a colon is missing before the quote.",
        Some('\'') => {
            "JSON takes double quotes only. Replace the single ones, or choose YAML if it is YAML (--format yaml)."
        }
        Some('/' | '#') => "JSON has no comments. Remove the comment.",
        Some('}' | ']') => {
            "The bracket closes too early. A value is missing before it, or a comma is one too many."
        }
        Some(_) => {
            "The text is not JSON from here. Expected a value in double quotes, a comma, a colon or a closing bracket. If it is \
             YAML, choose that format (--format yaml)."
        }
    };
    Broken { at, code: Code::Syntax, message }
}
