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
fn every_form_of_a_term_is_parsed() {
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
fn problem_names_its_position() {
    for (query, place, code, starts) in [
        ("a \"b c", 3, Code::Malformed, "The quote is not closed."),
        ("a -", 3, Code::Required, "A search term is missing here."),
        ("\"\"", 1, Code::Required, "A search term is missing here."),
        ("ä stat:x", 3, Code::NotOneOf, "This filter is unknown."),
        ("http://x", 1, Code::NotOneOf, "This filter is unknown."),
        ("size>3", 1, Code::NotOneOf, "This filter is unknown."),
        ("state:gone", 7, Code::NotOneOf, "This is not a state."),
        ("-type:", 7, Code::NotOneOf, "This is not a type of secret."),
        ("name:", 6, Code::Malformed, "This is not the name of a secret."),
        ("name:a*b", 6, Code::Malformed, "This is not the name of a secret."),
        ("name=a", 5, Code::Malformed, "This filter takes a colon."),
        ("event:a.b", 7, Code::Malformed, "This is not the name of an event."),
        ("tag:", 5, Code::Required, "The key of the tag is missing."),
        ("tag:_sys_a", 5, Code::Reserved, "Keys of tags that start with _sys_"),
        ("tag:a=b,c", 7, Code::BadCharacters, "The value of the tag has characters"),
        ("due:2026-12-01", 4, Code::Malformed, "This filter takes a comparison."),
        ("due=2026-12-01", 4, Code::Malformed, "Dates are compared with"),
        ("due<soon", 5, Code::Malformed, "This is not a date."),
        ("due<=", 5, Code::Malformed, "This is not a date."),
        ("used>=2026-02-30", 7, Code::Malformed, "This is not a date."),
        ("used:often", 6, Code::NotOneOf, "The only value after used: is never."),
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
fn long_query_is_rejected() {
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
    fn rendered_query_is_parsed_back(terms in prop::collection::vec((any::<bool>(), filters()), 0..9)) {
        let terms: Vec<_> = terms.into_iter().map(|(negated, filter)| Term { negated, filter }).collect();
        let query = terms.iter().map(rendered).collect::<Vec<_>>().join(" ");
        prop_assert_eq!(search_query(&query), Ok(Query { terms }));
    }

    #[test]
    fn arbitrary_query_does_not_panic_and_problems_have_positions(
        query in prop_oneof![any::<String>(), "[-a-z\"\\\\:<>=* ]{0,40}", "(-?(due|used|tag|name|state):?[<>=]{0,2}[-0-9a\"]{0,9} ?){0,4}"],
    ) {
        for problem in search_query(&query).err().unwrap_or_default() {
            let place: usize = problem.message.split(&[' ', ':'][..]).nth(2).unwrap().parse().unwrap();
            prop_assert!((1..=query.chars().count() + 1).contains(&place), "{}", problem.message);
        }
    }
}
