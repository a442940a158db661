//! Values of Terraform variables (`.tfvars`), without expressions: nothing here can evaluate them.

use std::collections::HashMap;

use crate::field::Field;
use crate::flatten;
use crate::line_problem::Code;
use crate::lines::{end_of_line, next_line, rest_of_line};
use crate::node::{Kind, MAX_DEPTH, Member, Node, Text};
use crate::reading::{Broken, Reading};
use crate::sample::{Guess, Sample};
use crate::toml::with_line_feeds;
use crate::value_node::set_value_as_json;

pub fn recognise(sample: &Sample<'_>) -> Option<Guess> {
    if sample.ends_with(&["tfvars", "tf", "hcl"]) {
        return Guess::certain("The file name says Terraform variables.");
    }
    let is_mark = |line: &&str| {
        let Some((name, value)) = line.split_once('=') else { return false };
        let (name, value) = (name.trim(), value.trim());
        is_identifier(name)
            && (value == "{"
                || value.strip_prefix("<<").is_some_and(|rest| is_identifier(rest.trim_start_matches('-'))))
    };
    if sample.lines.iter().any(is_mark) {
        return Guess::likely("A value is a map or a heredoc, as in Terraform variables.");
    }
    None
}

fn is_identifier(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
}

pub fn read(reading: &mut Reading<'_>) {
    let text = with_line_feeds(reading.text);
    let mut parser = Parser { text: &text, at: 0 };
    let mut firsts: HashMap<String, usize> = HashMap::new();
    loop {
        parser.skip_space(true);
        if parser.rest().is_empty() {
            return;
        }
        let start = parser.at;
        match parser.assignment() {
            Ok(Member { at, key, node }) => {
                if let Some(first) = firsts.insert(key.to_string(), at) {
                    reading.repeated_key_of_entry(first, at, Some(Field::Name));
                }
                let is_nested = node.list().is_some() || node.map().is_some();
                match reading.options.flatten.clone().filter(|_| is_nested) {
                    Some(separator) => flatten::read(&[Member { at, key, node }], &separator, reading),
                    None => {
                        let mut entry = reading.entry(at);
                        entry.name = key.to_string();
                        set_value_as_json(&mut entry, &node, reading);
                        reading.entries.push(entry);
                    }
                }
            }
            Err(Broken { at, code, message }) => {
                reading.problem(at, code, message);
                parser.at = next_line(&text, at.max(start));
            }
        }
    }
}

const EXPRESSION: &str = "The value is an expression of Terraform, which is not evaluated. Write the value itself, or use `terraform output \
                          -json`.";

const NO_ASSIGNMENT: &str = "The line is not `name = value`, as files of Terraform variables have it.";

struct Parser<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn broken(&self, message: &'static str) -> Broken {
        Broken { at: self.at, code: Code::Syntax, message }
    }

    /// Passes over blanks and comments, and over the ends of lines where they mean nothing.
    fn skip_space(&mut self, lines: bool) {
        loop {
            let rest = self.rest();
            let blanks = rest.len()
                - rest
                    .trim_start_matches(|next| {
                        matches!(next, ' ' | '\t') || (lines && matches!(next, '\n' | '\r'))
                    })
                    .len();
            self.at += blanks;
            let rest = self.rest();
            if rest.starts_with('#') || rest.starts_with("//") {
                self.at = end_of_line(self.text, self.at);
            } else if rest.starts_with("/*") {
                self.at += rest.find("*/").map_or(rest.len(), |end| end + 2);
            } else {
                return;
            }
        }
    }

    fn takes(&mut self, sign: &str) -> bool {
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    fn word(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest
            .find(|next: char| !next.is_alphanumeric() && !matches!(next, '_' | '-' | '.' | '+'))
            .unwrap_or(rest.len());
        self.at += end;
        rest.get(..end).unwrap_or_default()
    }

    /// `name = value` to the end of the line.
    fn assignment(&mut self) -> Result<Member<'t>, Broken> {
        let (at, key) = self.key()?;
        self.skip_space(false);
        if !self.takes("=") {
            return Err(Broken { at, code: Code::Syntax, message: NO_ASSIGNMENT });
        }
        let node = self.value(0)?;
        self.end_of_assignment()?;
        Ok(Member { at, key, node })
    }

    fn end_of_assignment(&mut self) -> Result<(), Broken> {
        self.skip_space(false);
        let rest = self.rest();
        if rest.is_empty() || rest.starts_with(['\n', '\r']) { Ok(()) } else { Err(self.broken(EXPRESSION)) }
    }

    fn key(&mut self) -> Result<(usize, Text<'t>), Broken> {
        let at = self.at;
        if self.rest().starts_with('"') {
            return Ok((at, self.quoted()?));
        }
        match self.word() {
            "" => Err(self.broken(NO_ASSIGNMENT)),
            word => Ok((at, Text::Written(word))),
        }
    }

    fn value(&mut self, depth: usize) -> Result<Node<'t>, Broken> {
        self.skip_space(false);
        let at = self.at;
        if depth > MAX_DEPTH {
            let message = "The value is nested more than 64 levels deep. Write it as text, in quotes.";
            return Err(Broken { at, code: Code::TooDeep, message });
        }
        let kind = match self.rest().as_bytes() {
            [b'"', ..] => Kind::Text(self.quoted()?),
            [b'<', b'<', ..] => Kind::Text(self.heredoc()?),
            [b'[', ..] => self.list(depth)?,
            [b'{', ..] => self.map(depth)?,
            _ => match self.word() {
                "null" => Kind::Null,
                word @ ("true" | "false") => Kind::Literal(word),
                word if word.starts_with(|first: char| first.is_ascii_digit() || first == '-') => {
                    Kind::Literal(word)
                }
                _ => return Err(Broken { at, code: Code::NotSupported, message: EXPRESSION }),
            },
        };
        Ok(Node { at, end: self.at, kind })
    }

    fn list(&mut self, depth: usize) -> Result<Kind<'t>, Broken> {
        let at = self.at;
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.skip_space(true);
            if self.takes("]") {
                return Ok(Kind::List(items));
            }
            if self.rest().is_empty() {
                let message = "The list is never closed. Write ] behind its last value.";
                return Err(Broken { at, code: Code::Syntax, message });
            }
            items.push(self.value(depth + 1)?);
            self.skip_space(true);
            if !self.takes(",") && !self.rest().is_empty() && !self.rest().starts_with(']') {
                return Err(self.broken(EXPRESSION));
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Kind<'t>, Broken> {
        let at = self.at;
        self.at += 1;
        let mut members = Vec::new();
        loop {
            self.skip_space(true);
            if self.takes("}") {
                return Ok(Kind::Map(members));
            }
            if self.rest().is_empty() {
                let message = "The map is never closed. Write } behind its last value.";
                return Err(Broken { at, code: Code::Syntax, message });
            }
            let (key_at, key) = self.key()?;
            self.skip_space(false);
            if !self.takes("=") && !self.takes(":") {
                return Err(self.broken(EXPRESSION));
            }
            members.push(Member { at: key_at, key, node: self.value(depth + 1)? });
            self.skip_space(false);
            if !self.takes(",") && !self.rest().starts_with(['\n', '\r', '}']) {
                return Err(self.broken(EXPRESSION));
            }
        }
    }

    fn quoted(&mut self) -> Result<Text<'t>, Broken> {
        let at = self.at;
        let inside = self.text.get(at + 1..).unwrap_or_default();
        // Room for all of it at once, so that no part of it stays behind when it would have to grow.
        let line = rest_of_line(self.text, at + 1);
        let mut value = zeroize::Zeroizing::new(String::with_capacity(line.len()));
        let mut rest = inside.char_indices();
        while let Some((place, next)) = rest.next() {
            match next {
                '"' => {
                    self.at = at + 1 + place + 1;
                    return Ok(Text::Made(value));
                }
                '\n' | '\r' => break,
                '\\' => match rest.next().map(|(_, escape)| escape) {
                    Some('n') => value.push('\n'),
                    Some('r') => value.push('\r'),
                    Some('t') => value.push('\t'),
                    Some(escape @ ('"' | '\\')) => value.push(escape),
                    Some(escape @ ('u' | 'U')) => {
                        let digits = if escape == 'u' { 4 } else { 8 };
                        let code = (0..digits).try_fold(0_u32, |code, _| {
                            code.checked_mul(16)?.checked_add(rest.next()?.1.to_digit(16)?)
                        });
                        value.push(code.and_then(char::from_u32).ok_or_else(|| bad_escape(at + 1 + place))?);
                    }
                    _ => return Err(bad_escape(at + 1 + place)),
                },
                '$' | '%' => self.template(inside, place, &mut rest, &mut value)?,
                _ => value.push(next),
            }
        }
        Err(Broken {
            at,
            code: Code::Syntax,
            message: "The quote that opens here is not closed in its line. Close it, or use a heredoc.",
        })
    }

    /// `$${` and `%%{` are a sign of their own, `${` and `%{` start an expression.
    fn template(
        &self,
        inside: &str,
        place: usize,
        rest: &mut std::str::CharIndices<'_>,
        value: &mut String,
    ) -> Result<(), Broken> {
        let from = inside.get(place..).unwrap_or_default();
        let sign = from.chars().next().unwrap_or_default();
        if from.get(1..).is_some_and(|behind| behind.starts_with('{')) {
            return Err(Broken { at: self.at, code: Code::NotSupported, message: EXPRESSION });
        }
        value.push(sign);
        if from.starts_with("$${") || from.starts_with("%%{") {
            rest.next();
        }
        Ok(())
    }

    /// `<<END` up to a line that is `END`; with `<<-END` the lines lose the indentation that all of them have.
    fn heredoc(&mut self) -> Result<Text<'t>, Broken> {
        let at = self.at;
        self.at += 2;
        let strips = self.takes("-");
        let end_word = rest_of_line(self.text, self.at).trim();
        if !is_identifier(end_word) {
            return Err(self.broken(NO_ASSIGNMENT));
        }
        let mut lines = Vec::new();
        let mut next = next_line(self.text, self.at);
        loop {
            if next >= self.text.len() {
                let message =
                    "The heredoc that starts here is never closed. Its last line is the word behind <<.";
                return Err(Broken { at, code: Code::Syntax, message });
            }
            let line = rest_of_line(self.text, next);
            if line.trim() == end_word {
                break;
            }
            lines.push(line);
            next = next_line(self.text, next);
        }
        self.at = end_of_line(self.text, next);
        let indent = |line: &&str| line.len() - line.trim_start_matches([' ', '\t']).len();
        let filled = lines.iter().copied().filter(|line| !line.trim().is_empty());
        let stripped = if strips { filled.map(|line| indent(&line)).min().unwrap_or_default() } else { 0 };
        let mut value = String::with_capacity(lines.iter().map(|line| line.len() + 1).sum());
        for line in lines {
            value.push_str(line.get(stripped..).unwrap_or_default());
            value.push('\n');
        }
        let value = zeroize::Zeroizing::new(value);
        let has_expression =
            |sign: &str, escaped: &str| value.matches(sign).count() > value.matches(escaped).count();
        if has_expression("${", "$${") || has_expression("%{", "%%{") {
            return Err(Broken { at, code: Code::NotSupported, message: EXPRESSION });
        }
        Ok(Text::Made(value.replace("$${", "${").replace("%%{", "%{").into()))
    }
}

fn bad_escape(at: usize) -> Broken {
    let message = "Between quotes a backslash starts an escape, and this is none. Write the backslash twice.";
    Broken { at, code: Code::Syntax, message }
}
