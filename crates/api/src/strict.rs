//! Requests that delete or replace something: whatever is unknown in one, or stands in the wrong place, is rejected before
//! anything is done. An option that is overlooked there destroys what it should have saved.

use std::fmt;

use memchr::memmem;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use strongroom_contract::shape::{Member, Place, Shape};

use crate::Rpc;
use crate::error::ApiError;
use crate::incoming::without_blocking;

mod suggestion;

/// Whether a request may have unknown members. The contract says so, in its option `access`.
pub(crate) enum Strict {
    No,
    Always,
    /// Not with one of these members, at any depth.
    With(&'static [&'static str]),
}

/// What the transport itself takes of a change, in the query or in the body.
const SAFEGUARDS: &[&str] = &["dry_run", "dry_run_token", "request_id"];

const NOTHING_DONE: &str = " Nothing was done.";

/// Stands for an unknown name that is like no known one.
const UNLIKE_ANY: &str = "*";

/// Most characters of an unknown name that are repeated.
const MAX_SHOWN: usize = 64;

impl Strict {
    /// Whether a text of JSON has to be looked at.
    pub(crate) fn concerns(&self, text: &[u8]) -> bool {
        match self {
            Self::No => false,
            Self::Always => true,
            Self::With(names) => names.iter().any(|name| memmem::find(text, name.as_bytes()).is_some()),
        }
    }

    fn names(&self) -> &'static [&'static str] {
        match self {
            Self::No | Self::Always => &[],
            Self::With(names) => names,
        }
    }
}

/// Rejects what is unknown in the query or in the body.
pub(crate) fn check(rpc: &Rpc, query: &str, body: &[u8]) -> Result<(), ApiError> {
    if !rpc.strict.concerns(body) {
        return Ok(());
    }
    let safeguards = if rpc.is_change { SAFEGUARDS } else { &[] };
    let whole = rpc.shape.members.iter().find(|member| member.place == Place::WholeBody);
    let root = Root {
        shape: whole.and_then(|member| member.in_json).unwrap_or(rpc.shape),
        takes: |member| matches!(member.place, Place::Body),
        also: if whole.is_some() { &[] } else { safeguards },
    };
    if !body.iter().all(u8::is_ascii_whitespace) {
        let found = without_blocking(body.len(), || look(&root, rpc.strict.names(), body));
        let found = found.map_err(|_| {
            let sentence = "The body is not a JSON object. Correct it, or leave it out. Nothing was done.";
            ApiError::Body(sentence.to_owned())
        })?;
        if !matches!(rpc.strict, Strict::Always) && !found.has_named {
            return Ok(());
        }
        if let Some(unknown) = found.unknown {
            return Err(unknown.rejected(rpc.shape, safeguards, NOTHING_DONE));
        }
    }
    check_query(rpc, safeguards, query)
}

/// Rejects what is unknown in the query.
pub(crate) fn check_query(rpc: &Rpc, safeguards: &[&'static str], query: &str) -> Result<(), ApiError> {
    let parameters: Vec<(String, String)> = serde_html_form::from_str(query).map_err(|_| {
        ApiError::Body("The query is not of the form name=value. Correct it. Nothing was done.".to_owned())
    })?;
    let taken = rpc.shape.members.iter().filter(|member| member.place == Place::Query);
    let known: Vec<_> = taken.map(|member| member.name).chain(safeguards.iter().copied()).collect();
    match parameters.into_iter().find(|(name, _)| !known.contains(&name.as_str())) {
        Some((name, _)) => {
            let unknown = Unknown { path: String::new(), name: shown(&name), known, in_query: true };
            Err(unknown.rejected(rpc.shape, safeguards, NOTHING_DONE))
        }
        None => Ok(()),
    }
}

/// One line of a body of lines, which is an element or a message of its own.
pub(crate) struct Line {
    /// One of the members that the contract names is in it.
    pub(crate) has_named: bool,
    unknown: Option<ApiError>,
}

impl Line {
    pub(crate) fn read(shape: &'static Shape, strict: &Strict, line: &[u8]) -> Self {
        let root = Root { shape, takes: |_| true, also: &[] };
        // What is not JSON is reported by who decodes it.
        let found = look(&root, strict.names(), line).unwrap_or_default();
        let unknown = found.unknown.map(|unknown| unknown.rejected(shape, &[], ""));
        Self { has_named: found.has_named, unknown }
    }

    /// What must not be in it, in itself or because of a line before.
    pub(crate) fn rejected(self, is_strict: bool) -> Option<ApiError> {
        self.unknown.filter(|_| is_strict || self.has_named)
    }
}

/// Something unknown, and what is known where it stands.
struct Unknown {
    /// The objects it stands in, such as `tags[0].`.
    path: String,
    name: String,
    known: Vec<&'static str>,
    in_query: bool,
}

impl Unknown {
    fn rejected(self, request: &Shape, safeguards: &[&'static str], end: &str) -> ApiError {
        let hint = suggestion::for_name(&self.name, &self.known, request, safeguards, self.in_query);
        // A name that is like no other may be a value in the wrong place, and values are never repeated.
        let name = if hint.is_some() { self.name.as_str() } else { UNLIKE_ANY };
        let hint = hint.unwrap_or_else(|| suggestion::for_place(&self.known));
        ApiError::UnknownMember {
            field: format!("{}{name}", self.path),
            sentence: format!(
                "There is no such {} here. {hint}{end}",
                match self.in_query {
                    true => "query parameter",
                    false => "member",
                }
            ),
        }
    }
}

/// Of a name that may be anything: one line, and no more than a name needs.
fn shown(name: &str) -> String {
    let cut: String = name.chars().take(MAX_SHOWN).collect();
    cut.escape_debug().to_string()
}

/// The object that a text of JSON has to be.
struct Root<'a> {
    shape: &'static Shape,
    takes: fn(&Member) -> bool,
    /// Members it takes that no field of the message carries.
    also: &'a [&'static str],
}

#[derive(Default)]
struct Found {
    unknown: Option<Unknown>,
    /// One of the members looked for is there.
    has_named: bool,
}

fn look(root: &Root<'_>, names: &'static [&'static str], text: &[u8]) -> Result<Found, serde_json::Error> {
    let mut walk = Walk { root, names, path: Vec::new(), found: Found::default() };
    let mut reader = serde_json::Deserializer::from_slice(text);
    Value { shape: root.shape, walk: &mut walk }.deserialize(&mut reader)?;
    reader.end()?;
    Ok(walk.found)
}

struct Walk<'a> {
    root: &'a Root<'a>,
    names: &'static [&'static str],
    path: Vec<Step>,
    found: Found,
}

enum Step {
    Member(&'static str),
    Element(usize),
}

impl Walk<'_> {
    fn find(&self, shape: &'static Shape, name: &str) -> Key {
        let at_root = self.path.is_empty();
        let member = shape.members.iter().find(|member| member.name == name);
        match member.filter(|member| !at_root || (self.root.takes)(member)) {
            Some(member) => Key::Known(member),
            None if at_root && self.root.also.contains(&name) => Key::Also,
            None => Key::Unknown(shown(name)),
        }
    }

    fn report(&mut self, shape: &'static Shape, name: String) {
        if self.found.unknown.is_some() {
            return;
        }
        let at_root = self.path.is_empty();
        let members = shape.members.iter().filter(|member| !at_root || (self.root.takes)(member));
        let also = if at_root { self.root.also } else { &[] };
        let mut known: Vec<_> = members.map(|member| member.name).collect();
        known.extend(also.iter().filter(|name| !known.contains(name)).copied().collect::<Vec<_>>());
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Member(name) => path += &format!("{}{name}", if path.is_empty() { "" } else { "." }),
                Step::Element(index) => path += &format!("[{index}]"),
            }
        }
        path += if path.is_empty() { "" } else { "." };
        self.found.unknown = Some(Unknown { path, name, known, in_query: false });
    }
}

enum Key {
    Known(&'static Member),
    Also,
    Unknown(String),
}

/// The name of a member, looked up without keeping it.
struct Name<'a, 'w> {
    shape: &'static Shape,
    walk: &'a Walk<'w>,
}

impl<'de> DeserializeSeed<'de> for Name<'_, '_> {
    type Value = Key;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_, '_> {
    type Value = Key;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Key, E> {
        Ok(self.walk.find(self.shape, name))
    }
}

/// An object of a known shape, or a list of such.
struct Value<'a, 'w> {
    shape: &'static Shape,
    walk: &'a mut Walk<'w>,
}

impl<'de> DeserializeSeed<'de> for Value<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let Self { shape, walk } = self;
        while let Some(key) = members.next_key_seed(Name { shape, walk })? {
            match key {
                Key::Known(member) => {
                    walk.found.has_named |= walk.names.contains(&member.name);
                    match member.in_json {
                        Some(shape) => {
                            walk.path.push(Step::Member(member.name));
                            members.next_value_seed(Value { shape, walk })?;
                            walk.path.pop();
                        }
                        None => drop(members.next_value::<IgnoredAny>()?),
                    }
                }
                Key::Also => drop(members.next_value::<IgnoredAny>()?),
                Key::Unknown(name) => {
                    walk.report(shape, name);
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let Self { shape, walk } = self;
        if walk.path.is_empty() {
            return Err(serde::de::Error::custom("a list is no object"));
        }
        for index in 0.. {
            walk.path.push(Step::Element(index));
            let element = elements.next_element_seed(Value { shape, walk })?;
            walk.path.pop();
            if element.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Some clients write null for what they leave out.
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BATCH_DELETE_SECRETS, BATCH_IMPORT_SECRETS, DELETE_SECRET, LIST_RESOURCE_INSTANCES};

    fn told(rpc: &Rpc, query: &str, body: &str) -> Option<String> {
        check(rpc, query, body.as_bytes()).err().map(|rejected| rejected.sentence())
    }

    #[test]
    fn what_is_known_passes() {
        for body in [
            "",
            " \n",
            "null",
            "{}",
            r#"{"instance_id":"i","expect_total":1}"#,
            r#"{"names":["a"],"tags":null,"dry_run":true,"request_id":"r","recovery_window_in_days":7}"#,
            r#"{"tags":[{"key":"a","values":["b"]}]}"#,
        ] {
            assert_eq!(told(&BATCH_DELETE_SECRETS, "dry_run=true&request_id=r", body), None, "{body}");
        }
        assert_eq!(told(&DELETE_SECRET, "dry_run=true", r#"{"request_id":"r"}"#), None);
    }

    #[test]
    fn what_is_unknown_is_rejected_with_what_was_meant() {
        let window = "recovery_window_in_days";
        for (query, body, field, hint) in [
            ("", r#"{"names":["a"],"recoveryWindowInDays":7}"#, "recoveryWindowInDays", window),
            ("", r#"{"names":["a"],"recovery_window_days":7}"#, "recovery_window_days", window),
            ("", r#"{"names":["a"],"recovery-window-in-days":7}"#, "recovery-window-in-days", window),
            ("", r#"{"names":["a"],"RecoveryWindowInDays":null}"#, "RecoveryWindowInDays", window),
            ("", r#"{"instance_id":"i","expectTotal":1}"#, "expectTotal", "Write expect_total"),
            ("", r#"{"names":["a"],"options":{"recovery_window_in_days":7}}"#, UNLIKE_ANY, "Known here: "),
            ("", r#"{"tags":[{"key":"a","correct horse battery":1}]}"#, "tags[0].*", "Known here: "),
            ("hunter2=1", r#"{"names":["a"]}"#, UNLIKE_ANY, "Known here: "),
            ("recovery_window_in_days=7", r#"{"names":["a"]}"#, window, "at the top of the body"),
            ("recoveryWindowInDays=7", r#"{"names":["a"]}"#, "recoveryWindowInDays", window),
            (
                "",
                r#"{"tags":[{"key":"a"},{"key":"b","atomic":true}]}"#,
                "tags[1].atomic",
                "at the top of the body",
            ),
            ("", r#"{"tags":[{"key":"a","value":"b"}]}"#, "tags[0].value", "values"),
            ("", r#"{"key":"a"}"#, "key", "inside tags"),
            ("", r#"{"project_id":"p","names":["a"]}"#, "project_id", "in the path"),
            ("dryRun=true", r#"{"names":["a"]}"#, "dryRun", "Write dry_run"),
        ] {
            let told = told(&BATCH_DELETE_SECRETS, query, body).unwrap_or_default();
            assert!(told.starts_with(&format!("{field}: There is no such ")), "{query} {body}: {told}");
            assert!(told.contains(hint) && told.ends_with(" Nothing was done."), "{query} {body}: {told}");
        }
        assert!(told(&DELETE_SECRET, "recovery_window_in_days=7", "").is_some());
        assert!(told(&DELETE_SECRET, "", r#"{"recovery_window_in_days":7}"#).is_some());
        for body in ["[]", "x", "1", "{} {}", "{"] {
            assert!(
                told(&DELETE_SECRET, "", body).is_some_and(|told| told.contains("not a JSON object")),
                "{body}"
            );
        }
    }

    #[test]
    fn an_import_is_strict_once_it_asks_to_replace() {
        let entry = r#"{"name":"a","onExisting":"SKIP"}"#;
        let body = |more: &str| format!(r#"{{"secrets":[{entry}]{more}}}"#);
        assert_eq!(told(&BATCH_IMPORT_SECRETS, "", &body("")), None);
        assert_eq!(told(&BATCH_IMPORT_SECRETS, "", &body(r#","description":"on_existing""#)), None);
        let rejected = told(&BATCH_IMPORT_SECRETS, "", &body(r#","on_existing":"NEW_VERSION""#)).unwrap();
        assert!(
            rejected.starts_with("secrets[0].onExisting: ") && rejected.contains("Write on_existing"),
            "{rejected}"
        );
        let nested = r#"{"secrets":[{"name":"a","on_existing":"NEW_VERSION"}],"atomicc":true}"#;
        assert!(
            told(&BATCH_IMPORT_SECRETS, "", nested).is_some_and(|told| told.contains("Did you mean atomic?"))
        );
        assert!(told(&BATCH_IMPORT_SECRETS, "atomic=true", &body(r#","on_pending":"REJECT""#)).is_some());
    }

    #[test]
    fn what_only_reads_takes_anything() {
        assert_eq!(told(&LIST_RESOURCE_INSTANCES, "a=b", r#"{"action":"count","a":1}"#), None);
    }

    #[test]
    fn a_name_is_cut_and_escaped() {
        let long = format!("recovery_window_in_days{}", "s".repeat(100));
        assert_eq!(shown(&long), long[..MAX_SHOWN]);
    }
}
