//! The rules of an entry. A single create, an import and the page all use them.

use crate::characters::{Plain, only};
use crate::limits::{
    MAX_DESCRIPTION_BYTES, MAX_ENTERPRISE_PROJECT_ID, MAX_EVENT_NAME, MAX_EVENT_SUBSCRIPTIONS,
    MAX_KMS_KEY_ID, RESERVED_KEYS,
};
use crate::problem::{Code, Problem, grouped};
use crate::rotation::{self, Kind};
use crate::{Repeat, batch, name, policy, value};

/// A borrowed view of one entry. An empty text means that the field is absent, except for the two values.
///
/// Has no `Debug`, because it holds a value.
#[derive(Default, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Entry<'a> {
    pub name: &'a str,
    pub kms_key_id: &'a str,
    pub description: &'a str,
    /// A text value. An empty text is a value.
    pub secret_string: Option<&'a str>,
    /// A binary value in Base64. An empty text is a value.
    pub secret_binary: Option<&'a str>,
    /// JSON spelling; any unknown text, such as `?`, for an unknown enum number.
    pub secret_type: &'a str,
    pub auto_rotation: bool,
    pub rotation_period: &'a str,
    pub rotation_config: &'a str,
    pub event_subscriptions: &'a [String],
    pub enterprise_project_id: &'a str,
    pub rotation_func_urn: &'a str,
    /// JSON spelling.
    pub on_existing: &'a str,
    pub on_pending: &'a str,
}

/// All problems of an entry, in the order of its fields; empty if it may be stored.
#[must_use]
pub fn entry(entry: &Entry<'_>, max_value_bytes: usize) -> Vec<Problem> {
    entry_of_batch(entry, None, max_value_bytes)
}

/// Like [`entry`], for an entry of a batch that may repeat an earlier name.
#[must_use]
pub fn entry_of_batch(entry: &Entry<'_>, repeat: Option<Repeat>, max_value_bytes: usize) -> Vec<Problem> {
    let mut problems = Vec::new();
    name::judge("name", entry.name, &mut problems);
    problems.extend(repeat.map(batch::repeated));
    judge_key(entry.kms_key_id, &mut problems);
    judge_description(entry.description, &mut problems);
    value::judge(entry.secret_string, entry.secret_binary, max_value_bytes, &mut problems);
    let kind = judge_type(entry.secret_type, &mut problems);
    rotation::judge_period(entry.rotation_period, entry.auto_rotation, &mut problems);
    rotation::judge_config(entry.rotation_config, kind, &mut problems);
    judge_events(entry.event_subscriptions, &mut problems);
    judge_enterprise_project(entry.enterprise_project_id, &mut problems);
    rotation::judge_function(entry.rotation_func_urn, entry.auto_rotation, kind, &mut problems);
    policy::judge(entry.on_existing, entry.on_pending, &mut problems);
    problems
}

/// All problems of a secret after a change. Name, values, type and instance cannot change, so they are not checked; the type
/// still determines what rotation needs.
#[must_use]
pub fn update(entry: &Entry<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    if entry.kms_key_id.is_empty() {
        problems.push(Problem::new(
            "kms_key_id",
            Code::Required,
            "The kms_key_id is empty. Name a key, or leave the field out to keep the one in use.",
        ));
    }
    judge_key(entry.kms_key_id, &mut problems);
    judge_description(entry.description, &mut problems);
    rotation::judge_period(entry.rotation_period, entry.auto_rotation, &mut problems);
    judge_events(entry.event_subscriptions, &mut problems);
    let kind = kind(entry.secret_type);
    rotation::judge_function(entry.rotation_func_urn, entry.auto_rotation, kind, &mut problems);
    problems
}

fn judge_key(key: &str, problems: &mut Vec<Problem>) {
    Plain {
        field: "kms_key_id",
        others: b"_/:.-",
        max: MAX_KMS_KEY_ID,
        too_long: "The kms_key_id is longer than 64 characters. Shorten it, or leave it out for csms/default.",
        bad_characters: "The kms_key_id has characters that are not allowed. Use only letters a to z or A to Z, digits, '_', \
                         '/', ':', '.' and '-'.",
    }
    .judge(key, problems);
    if key.starts_with(RESERVED_KEYS) {
        problems.push(Problem::new(
            "kms_key_id",
            Code::Reserved,
            "Keys that start with strongroom/ belong to the server. Choose another kms_key_id, or leave it out for csms/default.",
        ));
    }
}

fn judge_description(description: &str, problems: &mut Vec<Problem>) {
    let bytes = description.len();
    if bytes > MAX_DESCRIPTION_BYTES {
        // Bytes are not visible, so the message contains their number.
        let message =
            ["The description has ", &grouped(bytes), " bytes; at most 2,048 are allowed. Shorten it."]
                .concat();
        problems.push(Problem::new("description", Code::TooLong, message));
    }
}

fn judge_type(secret_type: &str, problems: &mut Vec<Problem>) -> Kind {
    let kind = kind(secret_type);
    if secret_type == "RDS" {
        problems.push(Problem::new(
            "secret_type",
            Code::NoLongerOffered,
            "The type RDS is no longer offered. Use RDS-FG.",
        ));
    } else if kind == Kind::Unknown {
        problems.push(Problem::new(
            "secret_type",
            Code::NotOneOf,
            "The secret_type is unknown. Use COMMON, RDS-FG or GaussDB-FG.",
        ));
    }
    kind
}

fn kind(secret_type: &str) -> Kind {
    match secret_type {
        "" | "COMMON" => Kind::Common,
        // RDS-FG, which replaces RDS, needs the same configuration, so report that at once.
        "RDS" | "RDS-FG" | "GaussDB-FG" => Kind::Account,
        _ => Kind::Unknown,
    }
}

fn judge_events(events: &[String], problems: &mut Vec<Problem>) {
    if events.len() > MAX_EVENT_SUBSCRIPTIONS {
        let message = [
            "The secret subscribes to ",
            &grouped(events.len()),
            " events; at most 1 is allowed. Give only one.",
        ]
        .concat();
        problems.push(Problem::new("event_subscriptions", Code::TooMany, message));
    }
    // One problem for all of them, so that a long list does not cause a long answer.
    if events.iter().any(|event| event.is_empty() || event.len() > MAX_EVENT_NAME || !only(event, b"_-")) {
        problems.push(Problem::new(
            "event_subscriptions",
            Code::Malformed,
            "The event_subscriptions have a text that is not the name of an event. Names have 1 to 64 letters a to z or A to \
             Z, digits, '_' and '-'; remove the others.",
        ));
    }
}

fn judge_enterprise_project(id: &str, problems: &mut Vec<Problem>) {
    Plain {
        field: "enterprise_project_id",
        others: b"_-",
        max: MAX_ENTERPRISE_PROJECT_ID,
        too_long: "The enterprise_project_id is longer than 36 characters. Give the identifier, or 0 for the default \
                   project.",
        bad_characters: "The enterprise_project_id has characters that are not allowed. Use only letters a to z or A to Z, \
                         digits, '_' and '-'.",
    }
    .judge(id, problems);
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORED: Entry<'static> = Entry {
        name: "",
        kms_key_id: "csms/default",
        description: "",
        secret_string: None,
        secret_binary: None,
        secret_type: "COMMON",
        auto_rotation: false,
        rotation_period: "",
        rotation_config: "",
        event_subscriptions: &[],
        enterprise_project_id: "",
        rotation_func_urn: "",
        on_existing: "",
        on_pending: "",
    };

    fn codes(problems: &[Problem]) -> Vec<(&'static str, Code)> {
        problems.iter().map(|problem| (problem.field, problem.code)).collect()
    }

    #[test]
    fn change_is_checked_by_its_result() {
        let period = ("rotation_period", Code::Required);
        let function = ("rotation_func_urn", Code::Required);
        for (made, expected) in [
            (STORED, vec![]),
            (Entry { kms_key_id: "", ..STORED }, vec![("kms_key_id", Code::Required)]),
            (Entry { kms_key_id: "strongroom/backup", ..STORED }, vec![("kms_key_id", Code::Reserved)]),
            (Entry { kms_key_id: "a b", ..STORED }, vec![("kms_key_id", Code::BadCharacters)]),
            (Entry { auto_rotation: true, ..STORED }, vec![period, function]),
            (Entry { auto_rotation: true, rotation_period: "1d", ..STORED }, vec![function]),
            (Entry { auto_rotation: true, rotation_period: "1d", rotation_func_urn: "f", ..STORED }, vec![]),
            (Entry { auto_rotation: true, rotation_period: "1d", secret_type: "RDS-FG", ..STORED }, vec![]),
            (Entry { rotation_period: "1h", ..STORED }, vec![("rotation_period", Code::OutOfRange)]),
            (Entry { description: &"x".repeat(2_049), ..STORED }, vec![("description", Code::TooLong)]),
            (Entry { rotation_func_urn: "f f", ..STORED }, vec![("rotation_func_urn", Code::BadCharacters)]),
            (
                Entry { event_subscriptions: &["a".to_owned(), "b".to_owned()], ..STORED },
                vec![("event_subscriptions", Code::TooMany)],
            ),
            // A secret of a type that can no longer be created may still be changed.
            (Entry { secret_type: "RDS", ..STORED }, vec![]),
        ] {
            assert_eq!(codes(&update(&made)), expected);
        }
    }

    #[test]
    fn create_and_update_have_the_same_rules_for_common_fields() {
        let both =
            ["kms_key_id", "description", "rotation_period", "event_subscriptions", "rotation_func_urn"];
        for auto_rotation in [true, false] {
            for rotation_period in ["", "1d", "1h", "x"] {
                for rotation_func_urn in ["", "f", "f f"] {
                    for secret_type in ["COMMON", "RDS-FG", "GaussDB-FG"] {
                        let made = Entry {
                            auto_rotation,
                            rotation_period,
                            rotation_func_urn,
                            secret_type,
                            ..STORED
                        };
                        let mut created = entry(&made, crate::limits::DEFAULT_VALUE_BYTES);
                        created.retain(|problem| both.contains(&problem.field));
                        assert_eq!(update(&made), created);
                    }
                }
            }
        }
    }
}
