//! Entries in our own form, and names with their values: what JSON and YAML have in common.

use std::collections::HashMap;

use strongroom_validation::{Expected, wrong_type};
use zeroize::Zeroizing;

use crate::entry::FileEntry;
use crate::field::{Field, NAMES};
use crate::line_problem::Code;
use crate::node::{Kind, Member, Node};
use crate::reading::Reading;

/// Reads what a file has at its top.
pub fn read(roots: &[Node<'_>], reading: &mut Reading<'_>) {
    for root in roots {
        match &root.kind {
            Kind::List(items) => entries(items, reading),
            Kind::Map(_) if is_entry(root) => entry(root, reading),
            Kind::Map(members) => match secrets_of(root) {
                Some(secrets) => batch(members, secrets, reading),
                None => values(members, reading),
            },
            Kind::Unread(message) => reading.complain(root.at, Code::NotSupported, *message),
            Kind::Text(_) | Kind::Word(_) | Kind::Literal(_) | Kind::Null => reading.complain(
                root.at,
                Code::Syntax,
                "There is a single value, and no name for it. Write names with their values, or a list of entries.",
            ),
        }
    }
}

/// The entries of a batch as it is sent to the server.
fn secrets_of<'a, 'b>(root: &'b Node<'a>) -> Option<&'b Node<'a>> {
    root.member("secrets").filter(|secrets| secrets.list().is_some() || secrets.map().is_some())
}

/// Whether a map is one entry and not names with values.
fn is_entry(node: &Node<'_>) -> bool {
    (node.has("name") && ["secret_string", "secret_binary", "value"].iter().any(|key| node.has(key)))
        || (node.has("key") && node.has("value"))
}

fn batch(members: &[Member<'_>], secrets: &Node<'_>, reading: &mut Reading<'_>) {
    let mut first = None;
    for member in members {
        if &*member.key != "secrets" {
            reading.note(
                member.at,
                format!("Only `secrets` is read; `{}` beside it is not.", shown(&member.key)),
            );
        } else if let Some(first) = first {
            reading.repeated_key_of_file(first, member.at);
        } else {
            first = Some(member.at);
        }
    }
    match &secrets.kind {
        Kind::Map(members) => values(members, reading),
        Kind::List(items) => entries(items, reading),
        Kind::Text(_) | Kind::Word(_) | Kind::Literal(_) | Kind::Null | Kind::Unread(_) => {}
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
            return reading.complain(node.at, Code::NotSupported, message);
        }
        let problem = wrong_type("secrets", Expected::Object);
        return reading.complain(node.at, Code::Rule(problem.code), problem.message);
    };
    let mut entry = reading.entry(node.at);
    let mut seen: Vec<(Field, usize)> = Vec::new();
    for member in members {
        // A request names the line that its entry came from; here the line is where it stands.
        if &*member.key == "line" {
            continue;
        }
        let Some(field) = field_of(&member.key) else {
            let message =
                format!("`{}` is not a field of an entry. The fields are {NAMES}.", shown(&member.key));
            reading.complain_of_next(member.at, "", Code::UnknownField, message);
            continue;
        };
        if let Some((_, first)) = seen.iter().find(|(known, _)| *known == field) {
            reading.repeated_key_of_next(*first, member.at, Some(field));
            continue;
        }
        seen.push((field, member.at));
        fill(&mut entry, field, member, reading);
    }
    reading.entries.push(entry);
}

/// `key` and `value` are what lists of names and values of other programs have.
fn field_of(key: &str) -> Option<Field> {
    match key {
        "key" => Some(Field::Name),
        "value" => Some(Field::SecretString),
        _ => Field::named(key),
    }
}

fn fill(entry: &mut FileEntry, field: Field, member: &Member<'_>, reading: &mut Reading<'_>) {
    let node = &member.node;
    if let Kind::Unread(message) = node.kind {
        return reading.complain_of_next(node.at, field.as_str(), Code::NotSupported, message);
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
        Field::SecretString if &*member.key == "value" => {
            entry.secret_string = value(node, reading);
            return;
        }
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
            Some(text) => return entry.set_text(field, text),
            None => Expected::Text,
        },
    };
    reading.problem_of_next(node.at, wrong_type(field.as_str(), expected));
}

fn texts(node: &Node<'_>) -> Option<Vec<String>> {
    node.list()?.iter().map(|item| item.text().map(|text| text.to_string())).collect()
}

/// Names with their values.
fn values(members: &[Member<'_>], reading: &mut Reading<'_>) {
    let mut firsts: HashMap<&str, usize> = HashMap::with_capacity(members.len());
    for member in members {
        let mut entry = reading.entry(member.at);
        entry.name = member.key.to_string();
        if let Some(first) = firsts.get(&*member.key).copied() {
            reading.repeated_key_of_next(first, member.at, Some(Field::Name));
        } else {
            firsts.insert(&member.key, member.at);
        }
        entry.secret_string = value(&member.node, reading);
        reading.entries.push(entry);
    }
}

/// The text of a plain value of the entry being read: text as it is, and everything else as it is written.
pub fn value(node: &Node<'_>, reading: &mut Reading<'_>) -> Option<Zeroizing<String>> {
    match &node.kind {
        Kind::Text(text) | Kind::Word(text) => Some(text.to_value()),
        Kind::Literal(text) => Some(Zeroizing::new((*text).to_owned())),
        Kind::List(_) | Kind::Map(_) if reading.is_json => Some(source(node, reading)),
        Kind::List(_) | Kind::Map(_) => {
            let message =
                "The value is a list or a map. Write it as text: behind | for a block, or in quotes.";
            reading.complain_of_next(node.at, "secret_string", Code::NotSupported, message);
            None
        }
        Kind::Null => {
            let message =
                "The value is null, so there is none. Write \"\" for an empty value, or take the line out.";
            reading.complain_of_next(node.at, "secret_string", Code::NotSupported, message);
            None
        }
        Kind::Unread(message) => {
            reading.complain_of_next(node.at, "secret_string", Code::NotSupported, *message);
            None
        }
    }
}

/// A list or a map of JSON, as it stands in the file.
fn source(node: &Node<'_>, reading: &mut Reading<'_>) -> Zeroizing<String> {
    let text = reading.text.get(node.at..node.end).unwrap_or_default();
    reading.note(node.at, "The value is a list or a map; its JSON text is taken exactly as it is written.");
    Zeroizing::new(text.to_owned())
}

/// A key in a sentence: the beginning of it, when it is long.
fn shown(key: &str) -> String {
    // Chosen: longer than every field, short enough for a line.
    const SHOWN: usize = 40;
    match key.char_indices().nth(SHOWN) {
        Some((end, _)) => key.get(..end).unwrap_or_default().to_owned() + "…",
        None => key.to_owned(),
    }
}
