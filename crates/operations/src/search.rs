//! Whether a secret is what somebody looks for: a pure function of the query and the record.

use strongroom_contract::{spelling, v1};
use strongroom_storage::Timestamp;
use strongroom_storage::records::SecretRecord;
use strongroom_validation::search::{Bound, Filter, Query};

use crate::life_cycle;

/// The query with its texts in lower case, once for all the secrets it is held against.
pub(crate) fn folded(mut query: Query) -> Query {
    for term in &mut query.terms {
        if let Filter::Text(text) = &mut term.filter {
            *text = text.to_lowercase();
        }
    }
    query
}

/// Whether every term of a folded query holds. `used` is when the value was last read.
pub(crate) fn holds(query: &Query, secret: &SecretRecord, used: Option<Timestamp>) -> bool {
    query.terms.iter().all(|term| filter_holds(&term.filter, secret, used) != term.negated)
}

fn filter_holds(filter: &Filter, secret: &SecretRecord, used: Option<Timestamp>) -> bool {
    match filter {
        Filter::Text(text) => contains(&secret.name, text) || contains(&secret.description, text),
        Filter::Name(name) => secret.name == *name,
        Filter::NamePrefix(prefix) => secret.name.starts_with(prefix),
        Filter::State(state) => spelling::of::<v1::SecretState>(life_cycle::state(secret).into()) == *state,
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

/// `part` is in lower case. Most names and descriptions are plain, and those need no copy.
fn contains(text: &str, part: &str) -> bool {
    if !text.is_ascii() {
        return text.to_lowercase().contains(part);
    }
    let part = part.as_bytes();
    text.as_bytes().windows(part.len().max(1)).any(|window| window.eq_ignore_ascii_case(part))
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
            let parsed = folded(search_query(query).unwrap());
            assert_eq!(holds(&parsed, &waiting(), used), found, "{query}");
            if !query.is_empty() && !query.contains(' ') {
                let negated = folded(search_query(&format!("-{query}")).unwrap());
                assert_eq!(holds(&negated, &waiting(), used), !found, "-{query}");
            }
        }
    }

    #[test]
    fn what_has_no_date_is_neither_before_nor_after_one() {
        let secret = SecretRecord::default();
        for query in ["due<2026-12-01", "due>=2026-12-01", "used<2026-12-01", "used>=2026-12-01"] {
            assert!(!holds(&search_query(query).unwrap(), &secret, None), "{query}");
        }
        assert!(holds(&search_query("used:never").unwrap(), &secret, None));
    }

    proptest! {
        #[test]
        fn text_is_found_as_lower_case_finds_it(text in "[a-cA-CäÄßK ]{0,6}", part in "[a-cä]{1,2}") {
            prop_assert_eq!(contains(&text, &part), text.to_lowercase().contains(&part));
        }
    }
}
