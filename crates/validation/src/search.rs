//! The query language of SearchSecrets, documented in the contract.
//!
//! A query is a list of terms that must all match. A problem names the position of the character it starts at, from 1, and what
//! to write instead.

mod letters;
mod moment;
mod problem_at;
#[cfg(test)]
mod tests;

use problem_at::ProblemAt;

use crate::characters::only;
use crate::limits::{MAX_EVENT_NAME, MAX_NAME, MAX_QUERY, MAX_QUERY_TERMS};
use crate::name::NAME_OTHERS;
use crate::problem::{Code, Problem, grouped};
use crate::tag::{tag_key, tag_value};
use letters::{Letter, Word, text};

/// A parsed query. All terms must match; a query without terms matches everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    pub terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Whether the term matches when the filter does not.
    pub negated: bool,
    pub filter: Filter,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// The name or the description contains the text, in any letter case. Never empty.
    Text(String),
    /// The complete name.
    Name(String),
    /// The start of the name.
    NamePrefix(String),
    /// JSON spelling.
    State(&'static str),
    /// JSON spelling.
    Type(&'static str),
    /// Without a value, any value matches.
    Tag {
        key: String,
        value: Option<String>,
    },
    Event(String),
    /// The scheduled deletion time.
    Due(Bound),
    /// The last access time.
    Used(Bound),
    UsedNever,
}

/// A bound in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    Before(i64),
    From(i64),
}

const FILTERS: [&str; 7] = ["name", "state", "type", "tag", "event", "due", "used"];
const STATES: [&str; 4] = ["ENABLED", "DISABLED", "PENDING_DELETE", "FROZEN"];
const TYPES: [&str; 4] = ["COMMON", "RDS", "RDS-FG", "GaussDB-FG"];

/// Parses a query, or returns all its problems.
pub fn search_query(query: &str) -> Result<Query, Vec<Problem>> {
    if query.len() > MAX_QUERY && query.chars().count() > MAX_QUERY {
        let message = "The query is longer than 1,024 characters. Look for less at once.";
        return Err(vec![Problem::new("query", Code::TooLong, message)]);
    }
    let (mut terms, mut problems) = (Vec::new(), Vec::new());
    for word in letters::words(query) {
        match word.and_then(|word| parse_term(&word)) {
            Ok(term) => terms.push(term),
            Err(wrong) => problems.push(wrong.into_problem()),
        }
    }
    if terms.len() > MAX_QUERY_TERMS {
        let count = grouped(terms.len());
        let message =
            ["The query has ", &count, " terms; at most 20 are allowed. Look for less at once."].concat();
        problems.push(Problem::new("query", Code::TooMany, message));
    }
    if problems.is_empty() { Ok(Query { terms }) } else { Err(problems) }
}

fn parse_term(word: &Word) -> Result<Term, ProblemAt> {
    let (negated, at, letters) = match word.letters.as_slice() {
        [minus, rest @ ..] if minus.is('-') => (true, word.at + 1, rest),
        all => (false, word.at, all),
    };
    if letters.is_empty() {
        let sentence = "A search term is missing here. Write a word or a filter, or remove the '-'.";
        return Err(ProblemAt::new(word.at, Code::Required, sentence));
    }
    Ok(Term { negated, filter: parse_filter(at, letters)? })
}

fn parse_filter(at: usize, letters: &[Letter]) -> Result<Filter, ProblemAt> {
    let length = letters.iter().take_while(|letter| letter.is_of_a_name()).count();
    let (name, rest) = letters.split_at_checked(length).unwrap_or((letters, &[]));
    let name = text(name).to_ascii_lowercase();
    match rest {
        [sign, given @ ..] if sign.is_one_of(":<>=") && FILTERS.contains(&name.as_str()) => {
            parse_known_filter(&name, sign, given)
        }
        [sign, ..] if sign.is_one_of(":<>") && length > 0 => Err(ProblemAt::new(
            at,
            Code::NotOneOf,
            "This filter is unknown. Use name, state, type, tag, event, due or used, or put the text in quotes.",
        )),
        _ => Ok(Filter::Text(text(letters))),
    }
}

fn parse_known_filter(name: &str, sign: &Letter, given: &[Letter]) -> Result<Filter, ProblemAt> {
    let at = sign.at + 1;
    if name == "used" && sign.is(':') && text(given).eq_ignore_ascii_case("never") {
        return Ok(Filter::UsedNever);
    }
    match (name, sign.is(':')) {
        ("due", false) => Ok(Filter::Due(parse_bound(sign, given)?)),
        ("used", false) => Ok(Filter::Used(parse_bound(sign, given)?)),
        ("due", true) => {
            let sentence = "This filter takes a comparison. Write it like due<2026-12-01 or due>=2026-12-01.";
            Err(ProblemAt::new(sign.at, Code::Malformed, sentence))
        }
        ("used", true) => {
            let sentence = "The only value after used: is never. Write used:never, or compare with a date like used<2026-12-01.";
            Err(ProblemAt::new(at, Code::NotOneOf, sentence))
        }
        (_, false) => {
            let sentence = "This filter takes a colon. Write it like name:web or tag:team=web.";
            Err(ProblemAt::new(sign.at, Code::Malformed, sentence))
        }
        ("name", true) => parse_name(at, given),
        ("state", true) => one_of(&STATES, given).map(Filter::State).ok_or_else(|| {
            let sentence = "This is not a state. Write ENABLED, DISABLED, PENDING_DELETE or FROZEN.";
            ProblemAt::new(at, Code::NotOneOf, sentence)
        }),
        ("type", true) => one_of(&TYPES, given).map(Filter::Type).ok_or_else(|| {
            let sentence = "This is not a type of secret. Write COMMON, RDS, RDS-FG or GaussDB-FG.";
            ProblemAt::new(at, Code::NotOneOf, sentence)
        }),
        ("event", true) => parse_event(at, given),
        (_, true) => parse_tag(at, given),
    }
}

fn one_of(words: &[&'static str], given: &[Letter]) -> Option<&'static str> {
    let given = text(given);
    words.iter().find(|word| word.eq_ignore_ascii_case(&given)).copied()
}

fn parse_name(at: usize, given: &[Letter]) -> Result<Filter, ProblemAt> {
    let (given, is_prefix) = match given {
        [start @ .., star] if star.is('*') => (start, true),
        all => (all, false),
    };
    let name = text(given);
    if name.len() > MAX_NAME || !only(&name, NAME_OTHERS) || (name.is_empty() && !is_prefix) {
        let sentence = "This is not the name of a secret. Write 1 to 64 letters a to z or A to Z, digits, '.', '_' or '-', and \
                        '*' at its end for all names that start like this.";
        return Err(ProblemAt::new(at, Code::Malformed, sentence));
    }
    Ok(if is_prefix { Filter::NamePrefix(name) } else { Filter::Name(name) })
}

fn parse_event(at: usize, given: &[Letter]) -> Result<Filter, ProblemAt> {
    let event = text(given);
    if event.is_empty() || event.len() > MAX_EVENT_NAME || !only(&event, b"_-") {
        let sentence =
            "This is not the name of an event. Write 1 to 64 letters a to z or A to Z, digits, '_' or '-'.";
        return Err(ProblemAt::new(at, Code::Malformed, sentence));
    }
    Ok(Filter::Event(event))
}

/// The first `=` outside of quotes ends the key.
fn parse_tag(at: usize, given: &[Letter]) -> Result<Filter, ProblemAt> {
    let mut parts = given.splitn(2, |letter| letter.is('='));
    let key = text(parts.next().unwrap_or_default());
    let value = parts.next();
    if let Some(problem) = tag_key(&key) {
        return Err(ProblemAt::new(at, problem.code, problem.message));
    }
    let Some(letters) = value else {
        return Ok(Filter::Tag { key, value: None });
    };
    let value = text(letters);
    match tag_value(&value) {
        Some(problem) => {
            Err(ProblemAt::new(letters.first().map_or(at, |letter| letter.at), problem.code, problem.message))
        }
        None => Ok(Filter::Tag { key, value: Some(value) }),
    }
}

fn parse_bound(sign: &Letter, given: &[Letter]) -> Result<Bound, ProblemAt> {
    let (with_equal, given) = match given {
        [equal, rest @ ..] if equal.is('=') => (true, rest),
        all => (false, all),
    };
    let at = given.first().map_or(sign.at + 1, |letter| letter.at);
    if sign.is('=') {
        let sentence = "Dates are compared with <, <=, > or >=. Write one of them.";
        return Err(ProblemAt::new(sign.at, Code::Malformed, sentence));
    }
    let Some((start, end)) = moment::read(&text(given)) else {
        let sentence =
            "This is not a date. Write a day like 2026-12-01, or a time like 2026-12-01T08:30:00Z.";
        return Err(ProblemAt::new(at, Code::Malformed, sentence));
    };
    Ok(match (sign.is('<'), with_equal) {
        (true, false) => Bound::Before(start),
        (true, true) => Bound::Before(end),
        (false, false) => Bound::From(end),
        (false, true) => Bound::From(start),
    })
}
