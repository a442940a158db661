//! Whether a secret is what somebody looks for: a pure function of the query and the record.

use std::cell::LazyCell;

use memchr::memmem::Finder;
use strongroom_contract::{spelling, v1};
use strongroom_storage::Timestamp;
use strongroom_storage::records::SecretRecord;
use strongroom_validation::search::{Bound, Filter, Query, Term};

use crate::lifecycle;

/// A query made ready once for all the secrets it is held against.
pub(crate) struct Search<'a> {
    /// Each with what finds its text, if it is one.
    terms: Vec<(&'a Term, Option<Finder<'static>>)>,
}

impl<'a> Search<'a> {
    pub(crate) fn of(query: &'a Query) -> Self {
        let terms = query.terms.iter().map(|term| {
            let Filter::Text(text) = &term.filter else { return (term, None) };
            (term, Some(Finder::new(&folded(text)).into_owned()))
        });
        Self { terms: terms.collect() }
    }

    /// Whether every term holds. `used` is when the value was last read.
    pub(crate) fn holds(&self, secret: &SecretRecord, used: Option<Timestamp>) -> bool {
        let texts = LazyCell::new(|| [folded(&secret.name), folded(&secret.description)]);
        self.terms.iter().all(|(term, finder)| {
            let has_text = || {
                let finder = finder.as_ref();
                finder.is_some_and(|finder| texts.iter().any(|text| finder.find(text.as_bytes()).is_some()))
            };
            filter_holds(&term.filter, has_text, secret, used) != term.negated
        })
    }
}

/// What of a text does not depend on the case: character by character, because a letter must not fold to something else
/// beside other letters. A sigma at the end of a word is a sigma.
pub(crate) fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let lower = text.chars().flat_map(char::to_lowercase);
    lower.map(|letter| if letter == 'ς' { 'σ' } else { letter }).collect()
}

fn filter_holds(
    filter: &Filter,
    has_text: impl FnOnce() -> bool,
    secret: &SecretRecord,
    used: Option<Timestamp>,
) -> bool {
    match filter {
        Filter::Text(_) => has_text(),
        Filter::Name(name) => secret.name == *name,
        Filter::NamePrefix(prefix) => secret.name.starts_with(prefix),
        Filter::State(state) => spelling::of::<v1::SecretState>(lifecycle::state(secret).into()) == *state,
        Filter::Type(kind) => spelling::of::<v1::SecretType>(secret.secret_type) == *kind,
        Filter::Tag { key, value } => secret
            .tags
            .iter()
            .any(|tag| tag.key == *key && value.as_ref().is_none_or(|value| tag.value == *value)),
        Filter::Event(event) => secret.event_subscriptions.contains(event),
        Filter::Due(bound) => secret.scheduled_delete_time.is_some_and(|due| within(due, *bound)),
        Filter::Used(bound) => used.is_some_and(|used| within(used.milliseconds(), *bound)),
        Filter::UsedNever => used.is_none(),
    }
}

fn within(milliseconds: i64, bound: Bound) -> bool {
    match bound {
        Bound::Before(end) => milliseconds < end,
        Bound::From(start) => milliseconds >= start,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use strongroom_storage::records::TagRecord;
    use strongroom_validation::search_query;

    use super::*;

    fn waiting() -> SecretRecord {
        SecretRecord {
            name: "Web.db".to_owned(),
            description: "Für den Laden".to_owned(),
            secret_type: v1::SecretType::RdsFg.into(),
            scheduled_delete_time: Some(1_796_083_200_000),
            event_subscriptions: vec!["on-change".to_owned()],
            tags: vec![TagRecord { key: "team".to_owned(), value: "shop".to_owned() }],
            ..SecretRecord::default()
        }
    }

    #[test]
    fn every_filter_holds_or_not() {
        let used = Some(Timestamp::from_milliseconds(1_767_225_600_000));
        for (query, found) in [
            ("", true),
            ("web", true),
            ("FÜR", true),
            ("\"den laden\"", true),
            ("web laden", true),
            ("web store", false),
            ("name:Web.db", true),
            ("name:web.db", false),
            ("name:Web*", true),
            ("name:web*", false),
            ("state:PENDING_DELETE", true),
            ("state:ENABLED", false),
            ("type:RDS-FG", true),
            ("type:RDS", false),
            ("tag:team", true),
            ("tag:team=shop", true),
            ("tag:team=", false),
            ("tag:shop", false),
            ("event:on-change", true),
            ("event:other", false),
            ("due<2026-12-01", false),
            ("due<=2026-12-01", true),
            ("due>=2026-12-01", true),
            ("due>2026-12-01", false),
            ("used<2026-01-01", false),
            ("used>=2026-01-01", true),
            ("used:never", false),
        ] {
            let holds = |query: &str| Search::of(&search_query(query).unwrap()).holds(&waiting(), used);
            assert_eq!(holds(query), found, "{query}");
            if !query.is_empty() && !query.contains(' ') {
                assert_eq!(holds(&format!("-{query}")), !found, "-{query}");
            }
        }
    }

    #[test]
    fn what_has_no_date_is_neither_before_nor_after_one() {
        let secret = SecretRecord::default();
        for query in ["due<2026-12-01", "due>=2026-12-01", "used<2026-12-01", "used>=2026-12-01"] {
            assert!(!Search::of(&search_query(query).unwrap()).holds(&secret, None), "{query}");
        }
        assert!(Search::of(&search_query("used:never").unwrap()).holds(&secret, None));
    }

    #[test]
    fn the_case_of_a_letter_does_not_matter_wherever_it_stands() {
        let finds = |part: &str, description: &str| {
            let secret = SecretRecord { description: description.to_owned(), ..SecretRecord::default() };
            Search::of(&search_query(part).unwrap()).holds(&secret, None)
        };
        for (part, text) in [("ΟΔΟΣ", "οδος"), ("οδος", "ΟΔΟΣ ΑΒ"), ("οδοσ", "Οδος"), ("ÄB", "xäb")]
        {
            assert!(finds(part, text), "{part} in {text}");
        }
        assert!(!finds("οδος", "οδο"));
    }

    proptest! {
        #[test]
        fn text_is_found_as_lower_case_finds_it(text in "[a-cA-CäÄßK ]{0,6}", part in "[a-cA-CäÄ]{1,2}") {
            let secret = SecretRecord { description: text.clone(), ..SecretRecord::default() };
            let found = Search::of(&search_query(&part).unwrap()).holds(&secret, None);
            prop_assert_eq!(found, text.to_lowercase().contains(&part.to_lowercase()));
        }
    }
}
