//! What people look for: a small language of words and filters.
//!
//! Terms stand beside each other and all have to hold; the manual of the contract shows them. What is wrong is told with
//! the character it starts at, counted from 1, and with what to write instead.

mod letters;
mod moment;

use crate::characters::only;
use crate::limits::{MAX_EVENT_NAME, MAX_NAME, MAX_QUERY, MAX_QUERY_TERMS};
use crate::name::NAME_OTHERS;
use crate::problem::{Code, Problem, grouped};
use crate::tag::{tag_key, tag_value};
use letters::{Letter, Word, text};

/// What is looked for: every term has to hold. Without terms everything is found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    pub terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Whether it holds exactly when the filter does not.
    pub negated: bool,
    pub filter: Filter,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Stands in the name or the description, whatever the case. Never empty.
    Text(String),
    /// The name as a whole.
    Name(String),
    /// How the name begins.
    NamePrefix(String),
    /// As JSON spells it.
    State(&'static str),
    /// As JSON spells it.
    Type(&'static str),
    /// Without a value any will do.
    Tag {
        key: String,
        value: Option<String>,
    },
    Event(String),
    /// When the secret will be gone.
    Due(Bound),
    /// When the value was last read.
    Used(Bound),
    UsedNever,
}

/// Milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    Before(i64),
    From(i64),
}

const FILTERS: [&str; 7] = ["name", "state", "type", "tag", "event", "due", "used"];
const STATES: [&str; 4] = ["ENABLED", "DISABLED", "PENDING_DELETE", "FROZEN"];
const TYPES: [&str; 4] = ["COMMON", "RDS", "RDS-FG", "GaussDB-FG"];

/// Reads a query, or tells everything that is wrong with it.
pub fn search_query(query: &str) -> Result<Query, Vec<Problem>> {
    if query.len() > MAX_QUERY && query.chars().count() > MAX_QUERY {
        let message = "The query is longer than 1,024 characters. Look for less at once.";
        return Err(vec![Problem::new("query", Code::TooLong, message)]);
    }
    let (mut terms, mut problems) = (Vec::new(), Vec::new());
    for word in letters::words(query) {
        match word.and_then(|word| term(&word)) {
            Ok(term) => terms.push(term),
            Err(wrong) => problems.push(wrong.into_problem()),
        }
    }
    if terms.len() > MAX_QUERY_TERMS {
        let count = grouped(terms.len());
        let message =
            ["The query has ", &count, " terms, and 20 are the most. Look for less at once."].concat();
        problems.push(Problem::new("query", Code::TooMany, message));
    }
    if problems.is_empty() { Ok(Query { terms }) } else { Err(problems) }
}

/// What is wrong from one character on, counted from 0.
struct Wrong {
    at: usize,
    code: Code,
    sentence: String,
}

impl Wrong {
    fn new(at: usize, code: Code, sentence: impl Into<String>) -> Self {
        Self { at, code, sentence: sentence.into() }
    }

    fn into_problem(self) -> Problem {
        let place = grouped(self.at.saturating_add(1));
        Problem::new("query", self.code, ["At character ", &place, ": ", &self.sentence].concat())
    }
}

fn term(word: &Word) -> Result<Term, Wrong> {
    let (negated, at, letters) = match word.letters.as_slice() {
        [minus, rest @ ..] if minus.is('-') => (true, word.at + 1, rest),
        all => (false, word.at, all),
    };
    if letters.is_empty() {
        let sentence = "There is nothing to look for here. Write a word or a filter, or take the sign away.";
        return Err(Wrong::new(word.at, Code::Required, sentence));
    }
    Ok(Term { negated, filter: filter(at, letters)? })
}

fn filter(at: usize, letters: &[Letter]) -> Result<Filter, Wrong> {
    let length = letters.iter().take_while(|letter| letter.is_of_a_name()).count();
    let (name, rest) = letters.split_at_checked(length).unwrap_or((letters, &[]));
    let name = text(name).to_ascii_lowercase();
    match rest {
        [sign, given @ ..] if sign.is_one_of(":<>=") && FILTERS.contains(&name.as_str()) => {
            known(&name, sign, given)
        }
        [sign, ..] if sign.is_one_of(":<>") && length > 0 => Err(Wrong::new(
            at,
            Code::NotOneOf,
            "There is no such filter. Use name, state, type, tag, event, due or used, or put the text in quotes.",
        )),
        _ => Ok(Filter::Text(text(letters))),
    }
}

fn known(name: &str, sign: &Letter, given: &[Letter]) -> Result<Filter, Wrong> {
    let at = sign.at + 1;
    if name == "used" && sign.is(':') && text(given).eq_ignore_ascii_case("never") {
        return Ok(Filter::UsedNever);
    }
    match (name, sign.is(':')) {
        ("due", false) => Ok(Filter::Due(bound(sign, given)?)),
        ("used", false) => Ok(Filter::Used(bound(sign, given)?)),
        ("due", true) => {
            let sentence = "A date follows a comparison. Write it like due<2026-12-01 or due>=2026-12-01.";
            Err(Wrong::new(sign.at, Code::Malformed, sentence))
        }
        ("used", true) => {
            let sentence = "Only the word never stands here. Write used:never, or compare with a date like used<2026-12-01.";
            Err(Wrong::new(at, Code::NotOneOf, sentence))
        }
        (_, false) => {
            let sentence = "A colon follows this filter. Write it like name:web or tag:team=web.";
            Err(Wrong::new(sign.at, Code::Malformed, sentence))
        }
        ("name", true) => named(at, given),
        ("state", true) => one_of(&STATES, given).map(Filter::State).ok_or_else(|| {
            let sentence = "This is no state. Write ENABLED, DISABLED, PENDING_DELETE or FROZEN.";
            Wrong::new(at, Code::NotOneOf, sentence)
        }),
        ("type", true) => one_of(&TYPES, given).map(Filter::Type).ok_or_else(|| {
            let sentence = "This is no type of secret. Write COMMON, RDS, RDS-FG or GaussDB-FG.";
            Wrong::new(at, Code::NotOneOf, sentence)
        }),
        ("event", true) => subscribed(at, given),
        (_, true) => tagged(at, given),
    }
}

fn one_of(words: &[&'static str], given: &[Letter]) -> Option<&'static str> {
    let given = text(given);
    words.iter().find(|word| word.eq_ignore_ascii_case(&given)).copied()
}

fn named(at: usize, given: &[Letter]) -> Result<Filter, Wrong> {
    let (given, is_prefix) = match given {
        [start @ .., star] if star.is('*') => (start, true),
        all => (all, false),
    };
    let name = text(given);
    if name.len() > MAX_NAME || !only(&name, NAME_OTHERS) || (name.is_empty() && !is_prefix) {
        let sentence = "This is no name of a secret. Write 1 to 64 letters a to z or A to Z, digits, '.', '_' or '-', and '*' \
                        at its end for all names that begin so.";
        return Err(Wrong::new(at, Code::Malformed, sentence));
    }
    Ok(if is_prefix { Filter::NamePrefix(name) } else { Filter::Name(name) })
}

fn subscribed(at: usize, given: &[Letter]) -> Result<Filter, Wrong> {
    let event = text(given);
    if event.is_empty() || event.len() > MAX_EVENT_NAME || !only(&event, b"_-") {
        let sentence =
            "This is no name of an event. Write 1 to 64 letters a to z or A to Z, digits, '_' or '-'.";
        return Err(Wrong::new(at, Code::Malformed, sentence));
    }
    Ok(Filter::Event(event))
}

/// The first `=` outside of quotes ends the key.
fn tagged(at: usize, given: &[Letter]) -> Result<Filter, Wrong> {
    let mut parts = given.splitn(2, |letter| letter.is('='));
    let key = text(parts.next().unwrap_or_default());
    let value = parts.next();
    if let Some(problem) = tag_key(&key) {
        return Err(Wrong::new(at, problem.code, problem.message));
    }
    let Some(letters) = value else {
        return Ok(Filter::Tag { key, value: None });
    };
    let value = text(letters);
    match tag_value(&value) {
        Some(problem) => {
            Err(Wrong::new(letters.first().map_or(at, |letter| letter.at), problem.code, problem.message))
        }
        None => Ok(Filter::Tag { key, value: Some(value) }),
    }
}

fn bound(sign: &Letter, given: &[Letter]) -> Result<Bound, Wrong> {
    let (with_equal, given) = match given {
        [equal, rest @ ..] if equal.is('=') => (true, rest),
        all => (false, all),
    };
    let at = given.first().map_or(sign.at + 1, |letter| letter.at);
    if sign.is('=') {
        let sentence = "Dates are compared with <, <=, > or >=. Write one of them.";
        return Err(Wrong::new(sign.at, Code::Malformed, sentence));
    }
    let Some((start, end)) = moment::read(&text(given)) else {
        let sentence = "This is no date. Write a day like 2026-12-01, or a moment like 2026-12-01T08:30:00Z.";
        return Err(Wrong::new(at, Code::Malformed, sentence));
    };
    Ok(match (sign.is('<'), with_equal) {
        (true, false) => Bound::Before(start),
        (true, true) => Bound::Before(end),
        (false, false) => Bound::From(end),
        (false, true) => Bound::From(start),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;

    use super::*;

    const DECEMBER: i64 = 1_796_083_200_000;
    const DAY: i64 = 86_400_000;

    fn found(query: &str) -> Vec<(bool, Filter)> {
        let query = search_query(query).unwrap_or_else(|problems| panic!("{query}: {problems:?}"));
        query.terms.into_iter().map(|term| (term.negated, term.filter)).collect()
    }

    fn tag(key: &str, value: Option<&str>) -> Filter {
        Filter::Tag { key: key.to_owned(), value: value.map(str::to_owned) }
    }

    #[test]
    fn every_form_of_a_term() {
        let text = |text: &str| Filter::Text(text.to_owned());
        for (query, filter) in [
            ("Web", text("Web")),
            ("\"Data Base\"", text("Data Base")),
            ("a\"B c\"d", text("aB cd")),
            ("\"say \\\"hi\\\" \\\\ \\n\"", text("say \"hi\" \\ \\n")),
            ("a\\b", text("a\\b")),
            ("\"state:x\"", text("state:x")),
            ("a=b", text("a=b")),
            ("a-b", text("a-b")),
            ("10:30", text("10:30")),
            ("\"-a\"", text("-a")),
            ("name", text("name")),
            ("ÄÖ", text("ÄÖ")),
            ("name:Web.db", Filter::Name("Web.db".to_owned())),
            ("name:web*", Filter::NamePrefix("web".to_owned())),
            ("name:*", Filter::NamePrefix(String::new())),
            ("NAME:a", Filter::Name("a".to_owned())),
            ("state:pending_delete", Filter::State("PENDING_DELETE")),
            ("type:gaussdb-fg", Filter::Type("GaussDB-FG")),
            ("tag:team", tag("team", None)),
            ("tag:team=", tag("team", Some(""))),
            ("tag:team=a=b", tag("team", Some("a=b"))),
            ("tag:\"cost center\"=\"R and D\"", tag("cost center", Some("R and D"))),
            ("tag:\"a=b\"", tag("a=b", None)),
            ("event:on-change", Filter::Event("on-change".to_owned())),
            ("due<2026-12-01", Filter::Due(Bound::Before(DECEMBER))),
            ("due<=2026-12-01", Filter::Due(Bound::Before(DECEMBER + DAY))),
            ("due>2026-12-01", Filter::Due(Bound::From(DECEMBER + DAY))),
            ("due>=2026-12-01", Filter::Due(Bound::From(DECEMBER))),
            ("used>2026-12-01T00:00:00Z", Filter::Used(Bound::From(DECEMBER + 1))),
            ("used:Never", Filter::UsedNever),
        ] {
            assert_eq!(found(query), [(false, filter.clone())], "{query}");
            assert_eq!(found(&format!("  -{query}\t")), [(true, filter)], "{query}");
        }
        assert_eq!(found(" \n"), []);
        assert_eq!(found("a  tag:b\u{3000}-c").len(), 3);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (query, place, code, starts) in [
            ("a \"b c", 3, Code::Malformed, "The quote is not closed."),
            ("a -", 3, Code::Required, "There is nothing to look for here."),
            ("\"\"", 1, Code::Required, "There is nothing to look for here."),
            ("ä stat:x", 3, Code::NotOneOf, "There is no such filter."),
            ("http://x", 1, Code::NotOneOf, "There is no such filter."),
            ("size>3", 1, Code::NotOneOf, "There is no such filter."),
            ("state:gone", 7, Code::NotOneOf, "This is no state."),
            ("-type:", 7, Code::NotOneOf, "This is no type of secret."),
            ("name:", 6, Code::Malformed, "This is no name of a secret."),
            ("name:a*b", 6, Code::Malformed, "This is no name of a secret."),
            ("name=a", 5, Code::Malformed, "A colon follows this filter."),
            ("event:a.b", 7, Code::Malformed, "This is no name of an event."),
            ("tag:", 5, Code::Required, "The key of the tag is missing."),
            ("tag:_sys_a", 5, Code::Reserved, "Keys of tags that start with _sys_"),
            ("tag:a=b,c", 7, Code::BadCharacters, "The value of the tag has characters"),
            ("due:2026-12-01", 4, Code::Malformed, "A date follows a comparison."),
            ("due=2026-12-01", 4, Code::Malformed, "Dates are compared with"),
            ("due<soon", 5, Code::Malformed, "This is no date."),
            ("due<=", 5, Code::Malformed, "This is no date."),
            ("used>=2026-02-30", 7, Code::Malformed, "This is no date."),
            ("used:often", 6, Code::NotOneOf, "Only the word never stands here."),
        ] {
            let problems = search_query(query).unwrap_err();
            let [problem] = problems.as_slice() else { panic!("{query}: {problems:?}") };
            assert_eq!((problem.field, problem.code), ("query", code), "{query}");
            let start = format!("At character {place}: {starts}");
            assert!(problem.message.starts_with(&start), "{query}: {}", problem.message);
        }
        assert_eq!(search_query("state:x ok due: \"").unwrap_err().len(), 3, "everything at once");
    }

    #[test]
    fn a_query_is_short() {
        let codes = |query: &str| -> Vec<Code> {
            search_query(query).err().unwrap_or_default().iter().map(|problem| problem.code).collect()
        };
        assert_eq!(codes(&"ж".repeat(MAX_QUERY)), []);
        assert_eq!(codes(&"a".repeat(MAX_QUERY + 1)), [Code::TooLong]);
        assert_eq!(codes(&"a ".repeat(MAX_QUERY_TERMS)), []);
        assert_eq!(codes(&"a ".repeat(MAX_QUERY_TERMS + 1)), [Code::TooMany]);
    }

    fn quoted(text: &str) -> String {
        format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
    }

    fn bounds() -> impl Strategy<Value = Bound> {
        let moments = -62_135_596_800_000_i64..253_402_300_799_000;
        moments.prop_flat_map(|at| prop_oneof![Just(Bound::Before(at)), Just(Bound::From(at))])
    }

    fn filters() -> impl Strategy<Value = Filter> {
        prop_oneof![
            "\\PC{1,9}".prop_map(Filter::Text),
            "[a-zA-Z0-9._-]{1,9}".prop_map(Filter::Name),
            "[a-zA-Z0-9._-]{0,9}".prop_map(Filter::NamePrefix),
            prop::sample::select(&STATES[..]).prop_map(Filter::State),
            prop::sample::select(&TYPES[..]).prop_map(Filter::Type),
            ("[a-z=:@]{1,9}", prop::option::of("[a-z =/ж]{0,9}"))
                .prop_map(|(key, value)| Filter::Tag { key, value }),
            "[a-z_-]{1,9}".prop_map(Filter::Event),
            bounds().prop_map(Filter::Due),
            bounds().prop_map(Filter::Used),
            Just(Filter::UsedNever),
        ]
    }

    fn rendered(term: &Term) -> String {
        let compared = |name: &str, bound: Bound| {
            let (sign, ms) = match bound {
                Bound::Before(ms) => ("<", ms),
                Bound::From(ms) => (">=", ms),
            };
            let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000).unwrap();
            format!("{name}{sign}{}", moment.format(&Rfc3339).unwrap())
        };
        let filter = match &term.filter {
            Filter::Text(text) => quoted(text),
            Filter::Name(name) => format!("name:{name}"),
            Filter::NamePrefix(prefix) => format!("name:{prefix}*"),
            Filter::State(state) => format!("state:{state}"),
            Filter::Type(kind) => format!("type:{kind}"),
            Filter::Tag { key, value: None } => format!("tag:{}", quoted(key)),
            Filter::Tag { key, value: Some(value) } => format!("tag:{}={}", quoted(key), quoted(value)),
            Filter::Event(event) => format!("event:{event}"),
            Filter::Due(bound) => compared("due", *bound),
            Filter::Used(bound) => compared("used", *bound),
            Filter::UsedNever => "used:never".to_owned(),
        };
        format!("{}{filter}", if term.negated { "-" } else { "" })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(terms in prop::collection::vec((any::<bool>(), filters()), 0..9)) {
            let terms: Vec<_> = terms.into_iter().map(|(negated, filter)| Term { negated, filter }).collect();
            let query = terms.iter().map(rendered).collect::<Vec<_>>().join(" ");
            prop_assert_eq!(search_query(&query), Ok(Query { terms }));
        }

        #[test]
        fn nothing_makes_it_fail_and_every_problem_has_a_place(
            query in prop_oneof![any::<String>(), "[-a-z\"\\\\:<>=* ]{0,40}", "(-?(due|used|tag|name|state):?[<>=]{0,2}[-0-9a\"]{0,9} ?){0,4}"],
        ) {
            for problem in search_query(&query).err().unwrap_or_default() {
                let place: usize = problem.message.split(&[' ', ':'][..]).nth(2).unwrap().parse().unwrap();
                prop_assert!((1..=query.chars().count() + 1).contains(&place), "{}", problem.message);
            }
        }
    }
}
