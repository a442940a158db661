//! Entries in our own form, and names with their values: what JSON and YAML have in common.

use std::collections::HashMap;

use strongroom_validation::{Expected, wrong_type};

use crate::entry::FileEntry;
use crate::field::{Field, NAMES};
use crate::flatten;
use crate::line_problem::Code;
use crate::node::{Kind, Member, Node};
use crate::reading::Reading;
use crate::value_node::set_value;

/// Reads the top level of a file.
pub fn read(roots: &[Node<'_>], reading: &mut Reading<'_>) {
    for root in roots {
        match &root.kind {
            Kind::List(items) => entries(items, reading),
            Kind::Map(_) if is_entry(root) => entry(root, reading),
            Kind::Map(members) => match secrets_of(root) {
                Some(secrets) if is_batch(members) || reading.options.flatten.is_none() => {
                    batch(members, secrets, reading);
                }
                _ => names_with_values(members, reading),
            },
            Kind::Unread(message) => reading.problem(root.at, Code::NotSupported, *message),
            // A document of YAML without content.
            Kind::Word(word) if word.is_empty() => {}
            Kind::Text(_) | Kind::Word(_) | Kind::Literal(_) | Kind::Binary(_) | Kind::Null => reading.problem(
                root.at,
                Code::Syntax,
                "There is a single value without a name. Write names with their values, or a list of entries.",
            ),
        }
    }
}

/// The entries of a batch as it is sent to the server.
fn secrets_of<'a, 'b>(root: &'b Node<'a>) -> Option<&'b Node<'a>> {
    root.member("secrets").filter(|secrets| secrets.list().is_some() || secrets.map().is_some())
}

/// Whether a map is one entry and not names with values.
pub fn is_entry(node: &Node<'_>) -> bool {
    (node.has("name") && ["secret_string", "secret_binary", "value"].iter().any(|key| node.has(key)))
        || (node.has("key") && node.has("value"))
}

/// The members of an import request beside its entries. Flags and switches say the same.
const REQUEST_OPTIONS: [&str; 7] =
    ["on_existing", "on_pending", "atomic", "dry_run", "dry_run_token", "request_id", "max_outcomes"];

/// Whether nothing but options of a request is beside the entries.
fn is_batch(members: &[Member<'_>]) -> bool {
    members.iter().all(|member| &*member.key == "secrets" || REQUEST_OPTIONS.contains(&&*member.key))
}

fn batch(members: &[Member<'_>], secrets: &Node<'_>, reading: &mut Reading<'_>) {
    let mut first = None;
    let mut others: Vec<&Member<'_>> = Vec::new();
    for member in members {
        if REQUEST_OPTIONS.contains(&&*member.key) {
            let message = format!("`{}` beside `secrets` is not used: set it for the import.", &*member.key);
            reading.note(member.at, message);
        } else if &*member.key != "secrets" {
            others.push(member);
        } else if let Some(first) = first {
            reading.repeated_key_of_file(first, member.at);
        } else {
            first = Some(member.at);
        }
    }
    if let Some(other) = others.first() {
        let message = format!(
            "Beside `secrets` the file also has {}. Move these names into `secrets`, or take them out; if `secrets` is a \
             name like the others, give nested names one level (--flatten .).",
            listed(others.iter().map(|member| &*member.key))
        );
        reading.problem(other.at, Code::UnknownField, message);
    }
    match &secrets.kind {
        Kind::Map(members) => names_with_values(members, reading),
        Kind::List(items) => entries(items, reading),
        Kind::Text(_) | Kind::Word(_) | Kind::Literal(_) | Kind::Null | Kind::Binary(_) | Kind::Unread(_) => {
        }
    }
}

fn entries(items: &[Node<'_>], reading: &mut Reading<'_>) {
    for item in items {
        entry(item, reading);
    }
}

fn entry(node: &Node<'_>, reading: &mut Reading<'_>) {
    let Some(members) = node.map() else {
        if let Kind::Unread(message) = node.kind {
            return reading.problem(node.at, Code::NotSupported, message);
        }
        let problem = wrong_type("secrets", Expected::Object);
        return reading.problem(node.at, Code::Rule(problem.code), problem.message);
    };
    let mut entry = reading.entry(node.at);
    let mut seen: Vec<(Field, usize)> = Vec::new();
    for member in members {
        // A request names the line that its entry came from; here it is the line in this file.
        if &*member.key == "line" {
            continue;
        }
        let Some(field) = field_of(&member.key) else {
            let message =
                format!("`{}` is not a field of an entry. The fields are {NAMES}.", shown(&member.key));
            reading.entry_problem(member.at, "", Code::UnknownField, message);
            continue;
        };
        if let Some((_, first)) = seen.iter().find(|(known, _)| *known == field) {
            reading.repeated_key_of_entry(*first, member.at, Some(field));
            continue;
        }
        seen.push((field, member.at));
        fill(&mut entry, field, member, reading);
    }
    reading.entries.push(entry);
}

/// `key` and `value` are the fields in the lists of other programs.
pub fn field_of(key: &str) -> Option<Field> {
    match key {
        "key" => Some(Field::Name),
        "value" => Some(Field::SecretString),
        _ => Field::named(key),
    }
}

fn fill(entry: &mut FileEntry, field: Field, member: &Member<'_>, reading: &mut Reading<'_>) {
    let node = &member.node;
    if let Kind::Unread(message) = node.kind {
        return reading.entry_problem(node.at, field.as_str(), Code::NotSupported, message);
    }
    // As the server takes JSON: null is absent.
    if matches!(node.kind, Kind::Null) {
        return;
    }
    let expected = match field {
        Field::AutoRotation => match node.boolean() {
            Some(on) => {
                entry.auto_rotation = on;
                return;
            }
            None => Expected::Boolean,
        },
        Field::EventSubscriptions => match texts(node) {
            Some(events) => {
                entry.event_subscriptions = events;
                return;
            }
            None => Expected::TextList,
        },
        // A plain value may be anything; the documented fields are text.
        Field::SecretString if &*member.key == "value" => return set_value(entry, node, reading),
        Field::Name
        | Field::SecretString
        | Field::SecretBinary
        | Field::Description
        | Field::KmsKeyId
        | Field::SecretType
        | Field::RotationPeriod
        | Field::RotationConfig
        | Field::EnterpriseProjectId
        | Field::RotationFuncUrn
        | Field::OnExisting
        | Field::OnPending => match node.text() {
            Some(text) => {
                if field == Field::SecretString {
                    reading.explicit.push(reading.next());
                }
                return entry.set_text(field, text);
            }
            None => Expected::Text,
        },
    };
    reading.rule_problem(node.at, wrong_type(field.as_str(), expected));
}

fn texts(node: &Node<'_>) -> Option<Vec<String>> {
    node.list()?.iter().map(|item| item.text().map(|text| text.to_string())).collect()
}

/// Names with their values, those inside nested maps too when that is asked for.
pub fn names_with_values(members: &[Member<'_>], reading: &mut Reading<'_>) {
    match &reading.options.flatten {
        Some(separator) => flatten::read(members, separator, reading),
        None => one_level(members, reading),
    }
}

fn one_level(members: &[Member<'_>], reading: &mut Reading<'_>) {
    let mut firsts: HashMap<&str, usize> = HashMap::with_capacity(members.len());
    for member in members {
        let mut entry = reading.entry(member.at);
        entry.name = member.key.to_string();
        if let Some(first) = firsts.get(&*member.key).copied() {
            reading.repeated_key_of_entry(first, member.at, Some(Field::Name));
        } else {
            firsts.insert(&member.key, member.at);
        }
        set_value(&mut entry, &member.node, reading);
        reading.entries.push(entry);
    }
}

/// A key in a sentence: only the start of it when it is long.
pub fn shown(key: &str) -> String {
    // Chosen: longer than every field, short enough for a line.
    const SHOWN: usize = 40;
    match key.char_indices().nth(SHOWN) {
        Some((end, _)) => key.get(..end).unwrap_or_default().to_owned() + "…",
        None => key.to_owned(),
    }
}

/// Keys in a sentence, the first of them when there are many.
pub fn listed<'a>(keys: impl Iterator<Item = &'a str>) -> String {
    const LISTED: usize = 5;
    let keys: Vec<&str> = keys.collect();
    let first: Vec<String> = keys.iter().take(LISTED).map(|key| format!("`{}`", shown(key))).collect();
    let more = keys.len().checked_sub(LISTED).filter(|more| *more > 0);
    first.join(", ") + &more.map(|more| format!(" and {more} more")).unwrap_or_default()
}
