//! Rules for all messages: they contain the actual limits, say what to do, and reveal no value.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test, and the policy's exception does not reach functions beside the tests"
)]

use proptest::prelude::*;
use serde_json::Value;
use strongroom_validation::{Code, Entry, entry, limits};

/// All codes and messages in the vectors.
fn sentences() -> Vec<(String, String)> {
    fn collect(value: &Value, found: &mut Vec<(String, String)>) {
        match value {
            Value::Array(values) => match values.as_slice() {
                [.., Value::String(code), Value::String(sentence)]
                    if Code::ALL.iter().any(|c| c.as_str() == code) =>
                {
                    found.push((code.clone(), sentence.clone()));
                }
                values => values.iter().for_each(|value| collect(value, found)),
            },
            Value::Object(map) => map.values().for_each(|value| collect(value, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = Vec::new();
    let vectors: Value = serde_json::from_str(include_str!("../vectors.json")).unwrap();
    collect(&vectors, &mut found);
    found.sort();
    found.dedup();
    found
}

#[test]
fn every_code_has_a_vector() {
    let sentences = sentences();
    // The vectors also run on the page, which has no streams.
    for code in Code::ALL.into_iter().filter(|code| *code != Code::NotHere) {
        assert!(sentences.iter().any(|(used, _)| used == code.as_str()), "{}", code.as_str());
    }
}

#[test]
fn every_message_says_what_is_wrong_and_what_to_do() {
    for (_, sentence) in sentences() {
        assert!(sentence.ends_with('.'), "{sentence}");
        assert!(sentence.contains(". "), "does not say what to do: {sentence}");
        for word in ["invalid", "illegal", "please", "sorry", "error", "must"] {
            assert!(!sentence.to_lowercase().contains(word), "{word}: {sentence}");
        }
    }
}

#[test]
fn messages_contain_the_actual_limits() {
    let grouped = |number: usize| {
        let digits = number.to_string();
        let groups: Vec<&str> =
            digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
        groups.join(",")
    };
    let hours = |seconds: u64| format!("{} hours", seconds / 3_600);
    let days = |seconds: u64| format!("{} days", seconds / 86_400);
    let password = format!("{} to {}", limits::MIN_USER_PASSWORD, limits::MAX_USER_PASSWORD);
    let sentences = sentences();
    for (start, code, limit) in [
        ("The name is longer", Code::TooLong, grouped(limits::MAX_NAME)),
        ("The name is missing", Code::Required, format!("1 to {}", limits::MAX_NAME)),
        ("The query is longer", Code::TooLong, grouped(limits::MAX_QUERY)),
        ("The query has", Code::TooMany, format!("at most {} are", limits::MAX_QUERY_TERMS)),
        ("The kms_key_id is longer", Code::TooLong, grouped(limits::MAX_KMS_KEY_ID)),
        ("The description", Code::TooLong, grouped(limits::MAX_DESCRIPTION_BYTES)),
        ("The rotation period", Code::OutOfRange, hours(limits::MIN_ROTATION_SECONDS)),
        ("The rotation period", Code::OutOfRange, days(limits::MAX_ROTATION_SECONDS)),
        ("The rotation_config", Code::TooLong, grouped(limits::MAX_ROTATION_CONFIG)),
        ("The secret subscribes", Code::TooMany, format!("at most {} is", limits::MAX_EVENT_SUBSCRIPTIONS)),
        ("The event_subscriptions", Code::Malformed, format!("1 to {}", limits::MAX_EVENT_NAME)),
        ("The enterprise_project_id", Code::TooLong, grouped(limits::MAX_ENTERPRISE_PROJECT_ID)),
        ("The rotation_func_urn", Code::TooLong, grouped(limits::MAX_ROTATION_FUNC_URN)),
        (
            "The recovery window",
            Code::OutOfRange,
            format!(
                // Without a number, one rpc uses the default and the other no window.
                "{} to {}, or nothing",
                limits::MIN_WINDOW_DAYS,
                limits::MAX_WINDOW_DAYS
            ),
        ),
        (
            "The limit",
            Code::OutOfRange,
            format!(
                "1 to {}, or nothing for {}",
                grouped(limits::MAX_LIST_LIMIT as usize),
                limits::DEFAULT_LIST_LIMIT
            ),
        ),
        ("The version is", Code::Malformed, format!("1 to {}", limits::MAX_VERSION_DIGITS)),
        ("The name of the stage", Code::Malformed, format!("1 to {}", limits::MAX_STAGE_NAME)),
        ("The version_stages", Code::Malformed, format!("1 to {}", limits::MAX_STAGE_NAME)),
        ("The expire_time is not between", Code::OutOfRange, grouped(limits::MAX_EXPIRE_TIME as usize)),
        ("The new password is too short", Code::OutOfRange, password),
        ("The new password is longer", Code::TooLong, grouped(limits::MAX_USER_PASSWORD)),
        ("The key of the tag is longer", Code::TooLong, grouped(limits::MAX_TAG_KEY)),
        ("The value of the tag is longer", Code::TooLong, grouped(limits::MAX_TAG_VALUE)),
    ] {
        let mut named = sentences
            .iter()
            .filter(|(used, text)| used == code.as_str() && text.starts_with(start))
            .peekable();
        assert!(named.peek().is_some(), "no vector for {start}");
        for (_, sentence) in named {
            assert!(sentence.contains(&limit), "{limit} is not in: {sentence}");
        }
    }
}

proptest! {
    /// Any text in any field: no panic, and no message repeats any of it.
    #[test]
    fn messages_never_repeat_the_input(
        before in any::<String>(), after in any::<String>(), fields in any::<[bool; 10]>(), rotates in any::<bool>()
    ) {
        const MARKER: &str = "qzXj7";
        let marked = format!("{before}{MARKER}{after}");
        let field = |given: bool| if given { marked.as_str() } else { "" };
        let events = if fields[7] { vec![marked.clone(), marked.clone()] } else { Vec::new() };
        let problems = entry(&Entry {
            name: field(fields[0]),
            kms_key_id: field(fields[1]),
            description: field(fields[2]),
            secret_string: fields[3].then_some(&marked),
            secret_binary: fields[4].then_some(&marked),
            secret_type: field(fields[5]),
            auto_rotation: rotates,
            rotation_period: field(fields[6]),
            rotation_config: field(fields[8]),
            event_subscriptions: &events,
            enterprise_project_id: field(fields[9]),
            rotation_func_urn: field(fields[9]),
            on_existing: field(fields[9]),
            on_pending: field(fields[9]),
        }, limits::DEFAULT_VALUE_BYTES);
        for problem in problems {
            prop_assert!(!problem.message.contains(MARKER), "{}", problem.message);
        }
    }

    /// The message is the same for every value that is too long, so it does not reveal the length.
    #[test]
    fn message_does_not_reveal_the_length_of_a_value(extra in 1usize..5_000) {
        let judge = |value: String| entry(&Entry { name: "a", secret_string: Some(&value), ..Entry::default() }, limits::DEFAULT_VALUE_BYTES);
        let value = "x".repeat(limits::DEFAULT_VALUE_BYTES + extra);
        prop_assert_eq!(judge(value), judge("x".repeat(limits::DEFAULT_VALUE_BYTES + 1)));
    }
}
