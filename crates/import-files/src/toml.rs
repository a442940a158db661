//! TOML. Tables nest names by themselves: `[db]` with `password` is `db.password`.

use std::borrow::Cow;
use std::collections::HashMap;

use toml_parser::decoder::Encoding;
use toml_parser::lexer::{Token, TokenKind};
use toml_parser::parser::{EventReceiver, parse_document};
use toml_parser::{ErrorSink, ParseError, Source, Span};

use crate::field::Field;
use crate::line_problem::Code;
use crate::node::{Kind, MAX_DEPTH, Member, Node, Text};
use crate::reading::Reading;
use crate::sample::{Guess, Sample};
use crate::value_node::set_value_as_json;

pub fn recognise(sample: &Sample<'_>) -> Option<Guess> {
    if sample.ends_with(&["toml"]) {
        return Guess::certain("The file name says TOML.");
    }
    let values =
        || sample.lines.iter().filter_map(|line| line.split_once('=')).map(|(_, value)| value.trim_start());
    if !sample.first().starts_with("export")
        && values().any(|value| value.starts_with("\"\"\"") || value.starts_with("'''"))
    {
        return Guess::likely("A value is in three quotes, as TOML has them.");
    }
    if sample.starts_with_table() {
        return Guess::likely("It has tables such as [[name]], as TOML does.");
    }
    let is_value = |value: &str| {
        value.starts_with(['"', '\'', '[', '{', '-', '+'])
            || value.starts_with(|first: char| first.is_ascii_digit())
            || value.starts_with("true")
            || value.starts_with("false")
    };
    if sample.starts_with_section() && values().all(is_value) && values().any(|value| value.starts_with('"'))
    {
        return Guess::likely("It has sections such as [db], and the values are in quotes, as in TOML.");
    }
    None
}

pub fn read(reading: &mut Reading<'_>) {
    // TOML knows no carriage return as the end of a line. A line feed is as long, so all places stay.
    let text = with_line_feeds(reading.text);
    let source = Source::new(&text);
    let mut document = Document {
        source,
        table: String::new(),
        keys: Vec::new(),
        header: false,
        open: Vec::new(),
        arrays: HashMap::new(),
        firsts: HashMap::new(),
        reading,
    };
    // One statement at a time, because the tokens of a whole file would take several times its size.
    let mut tokens = Vec::new();
    let mut depth = 0_usize;
    for token in source.lex() {
        tokens.push(token);
        let kind = token.kind();
        if matches!(kind, TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket) {
            depth += 1;
        } else if matches!(kind, TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket) {
            depth = depth.saturating_sub(1);
        } else if kind == TokenKind::Eof || (kind == TokenKind::Newline && (depth == 0 || is_header(&tokens)))
        {
            document.statement(&mut tokens);
            depth = 0;
        }
    }
}

/// Whether a statement is the name of a table, which ends with its line even where a bracket is missing.
fn is_header(tokens: &[Token]) -> bool {
    let first = tokens.iter().map(Token::kind).find(|kind| *kind != TokenKind::Whitespace);
    first == Some(TokenKind::LeftSquareBracket)
}

/// The text with a line feed in place of each carriage return that is alone.
pub fn with_line_feeds(text: &str) -> Cow<'_, str> {
    let is_alone = |at: usize| text.as_bytes().get(at + 1) != Some(&b'\n');
    if !memchr::memchr_iter(b'\r', text.as_bytes()).any(is_alone) {
        return Cow::Borrowed(text);
    }
    let mut rest =
        text.char_indices().map(|(at, next)| if next == '\r' && is_alone(at) { '\n' } else { next });
    let mut changed = String::with_capacity(text.len());
    changed.extend(&mut rest);
    Cow::Owned(changed)
}

struct Document<'d, 'r, 't> {
    source: Source<'t>,
    /// The table that the keys belong to, with a dot behind; empty at the top.
    table: String,
    /// The parts of the key being read, when it is not inside a value.
    keys: Vec<(usize, String)>,
    /// Whether the key is that of a table.
    header: bool,
    /// The lists and inline tables being read.
    open: Vec<Open<'t>>,
    /// How many tables each array of tables has.
    arrays: HashMap<String, usize>,
    firsts: HashMap<String, usize>,
    reading: &'d mut Reading<'r>,
}

struct Open<'t> {
    at: usize,
    is_table: bool,
    keys: Vec<String>,
    items: Vec<Node<'t>>,
    members: Vec<Member<'t>>,
}

impl<'t> Document<'_, '_, 't> {
    fn statement(&mut self, tokens: &mut Vec<Token>) {
        let first = tokens.first().map(|token| token.span().start());
        let (entries, problems) = (self.reading.entries.len(), self.reading.problems.len());
        let mut wrong: Option<ParseError> = None;
        parse_document(tokens, self, &mut wrong);
        tokens.clear();
        self.keys.clear();
        self.open.clear();
        self.header = false;
        let Some(wrong) = wrong else { return };
        // Nothing of a statement with an error is what it should be.
        self.reading.entries.truncate(entries);
        self.reading.problems.truncate(problems);
        let place = wrong.unexpected().or(wrong.context()).map(|span| span.start());
        let message = "The line is not TOML. Write key = \"value\", with text in quotes and \"\"\" around text of several lines.";
        self.reading.problem(place.or(first).unwrap_or_default(), Code::Syntax, message);
    }

    fn decoded(
        &self,
        span: Span,
        encoding: Option<Encoding>,
        is_key: bool,
        error: &mut dyn ErrorSink,
    ) -> Cow<'t, str> {
        let Some(raw) = self.source.get(span) else { return Cow::Borrowed("") };
        let raw = toml_parser::Raw::new_unchecked(raw.as_str(), encoding, span);
        let mut text = Cow::Borrowed("");
        if is_key {
            raw.decode_key(&mut text, error);
        } else {
            let kind = raw.decode_scalar(&mut text, error);
            // Numbers and dates stay as they are written.
            if kind != toml_parser::decoder::ScalarKind::String {
                text = Cow::Borrowed(raw.as_str());
            }
        }
        text
    }

    /// Puts a value where it belongs: into what is open around it, or among the entries.
    fn place(&mut self, node: Node<'t>) {
        match self.open.last_mut() {
            Some(parent) if parent.is_table => {
                let key = std::mem::take(&mut parent.keys).join(".");
                parent.members.push(Member { at: node.at, key: Text::Made(key.into()), node });
            }
            Some(parent) => parent.items.push(node),
            None => {
                let at = self.keys.first().map_or(node.at, |(at, _)| *at);
                let name = self.table.clone() + &self.key();
                self.keys.clear();
                self.add(name, at, &node);
            }
        }
    }

    fn key(&self) -> String {
        self.keys.iter().map(|(_, key)| key.as_str()).collect::<Vec<_>>().join(".")
    }

    fn add(&mut self, name: String, at: usize, node: &Node<'_>) {
        if let Some(members) = node.map() {
            for member in members {
                self.add(format!("{name}.{}", &*member.key), member.at, &member.node);
            }
            return;
        }
        let mut entry = self.reading.entry(at);
        match self.firsts.get(&name).copied() {
            Some(first) => self.reading.repeated_key_of_entry(first, at, Some(Field::Name)),
            None => {
                self.firsts.insert(name.clone(), at);
            }
        }
        entry.name = name;
        set_value_as_json(&mut entry, node, self.reading);
        self.reading.entries.push(entry);
    }

    fn open(&mut self, span: Span, is_table: bool, error: &mut dyn ErrorSink) -> bool {
        if self.open.len() >= MAX_DEPTH {
            error.report_error(ParseError::new("nested too deeply").with_unexpected(span));
            return false;
        }
        self.open.push(Open {
            at: span.start(),
            is_table,
            keys: Vec::new(),
            items: Vec::new(),
            members: Vec::new(),
        });
        true
    }

    fn close(&mut self, span: Span) {
        let Some(closed) = self.open.pop() else { return };
        let kind = if closed.is_table { Kind::Map(closed.members) } else { Kind::List(closed.items) };
        self.place(Node { at: closed.at, end: span.end(), kind });
    }
}

impl EventReceiver for Document<'_, '_, '_> {
    fn std_table_open(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        self.header = true;
    }

    fn std_table_close(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        self.table = self.key() + ".";
        self.keys.clear();
        self.header = false;
    }

    fn array_table_open(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        self.header = true;
    }

    fn array_table_close(&mut self, _span: Span, _error: &mut dyn ErrorSink) {
        let name = self.key();
        let count = self.arrays.entry(name.clone()).or_insert(0);
        self.table = format!("{name}.{count}.");
        *count += 1;
        self.keys.clear();
        self.header = false;
    }

    fn inline_table_open(&mut self, span: Span, error: &mut dyn ErrorSink) -> bool {
        self.open(span, true, error)
    }

    fn inline_table_close(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        self.close(span);
    }

    fn array_open(&mut self, span: Span, error: &mut dyn ErrorSink) -> bool {
        self.open(span, false, error)
    }

    fn array_close(&mut self, span: Span, _error: &mut dyn ErrorSink) {
        self.close(span);
    }

    fn simple_key(&mut self, span: Span, encoding: Option<Encoding>, error: &mut dyn ErrorSink) {
        let key = self.decoded(span, encoding, true, error).into_owned();
        match self.open.last_mut().filter(|_| !self.header) {
            Some(parent) => parent.keys.push(key),
            None => self.keys.push((span.start(), key)),
        }
    }

    fn scalar(&mut self, span: Span, encoding: Option<Encoding>, error: &mut dyn ErrorSink) {
        let text = self.decoded(span, encoding, false, error);
        let kind = match (encoding, text) {
            (None, Cow::Borrowed(text)) => Kind::Literal(text),
            (_, text) => Kind::Text(text.into()),
        };
        self.place(Node { at: span.start(), end: span.end(), kind });
    }
}
