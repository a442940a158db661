//! How easily a text is guessed, by the estimator zxcvbn.
//!
//! It stands for an attacker who knows the common passwords, names, words, dates and keyboard patterns, and ways to
//! combine them. It sees nothing that is stored, and what it says holds no part of the text.

use serde_json::Value;
use strongroom_contract::v1::Strength;
use zxcvbn::{Score, zxcvbn};

/// The least score that counts as strong: from here on the estimator calls a password safely unguessable, with
/// protection also where an attacker has a slow hash of it.
pub(crate) const STRONG: i32 = 3;

/// Characters that are judged, the estimator's own bound: its work grows with the square of the length. A longer text is
/// as strong as its start, so one of repeats is weak at any length.
const JUDGED: usize = 100;

/// Characters that are judged first: a text whose start is strong needs no more work. Chosen by us: a random password of
/// half this length is strong already.
const START: usize = 24;

/// The member of a JSON object that is judged in its place.
const MEMBER: &str = "password";

pub(crate) fn judge(text: &str) -> Strength {
    let member = member(text);
    let text = member.as_deref().unwrap_or(text);
    let start = judge_start(text, START);
    if start.strong || text.chars().nth(START).is_none() { start } else { judge_start(text, JUDGED) }
}

fn judge_start(text: &str, length: usize) -> Strength {
    let end = text.char_indices().nth(length).map_or(text.len(), |(end, _)| end);
    let estimate = zxcvbn(text.get(..end).unwrap_or(text), &[]);
    let feedback = estimate.feedback();
    let reason = feedback.and_then(|feedback| feedback.warning()).map(|warning| warning.to_string());
    let suggestions = feedback.map(|feedback| feedback.suggestions()).unwrap_or_default();
    Strength {
        score: i32::from(u8::from(estimate.score())),
        strong: estimate.score() >= Score::Three,
        reason: reason.unwrap_or_default(),
        suggestions: suggestions.iter().map(|suggestion| suggestion.to_string()).collect(),
    }
}

/// The password in a JSON object that has one.
fn member(text: &str) -> Option<String> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let Ok(Value::Object(members)) = serde_json::from_str(text) else { return None };
    let found = members.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(MEMBER));
    found.map(|(_, value)| match value {
        Value::String(password) => password,
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            other.to_string()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores() {
        let repeated = "a".repeat(5_000);
        let long = "correct horse battery staple, and then some more words ".repeat(100);
        for (text, strong) in [
            ("", false),
            ("password", false),
            ("P@ssw0rd1", false),
            ("qwertyuiop", false),
            ("2024-12-31", false),
            (repeated.as_str(), false),
            ("correct horse battery staple", true),
            (long.as_str(), true),
            ("xK9#vLq2$mWz", true),
            ("пароль-длинный-и-редкий", true),
            (r#"{"user":"admin","password":"xK9#vLq2$mWz"}"#, true),
            (r#"{"user":"admin","PassWord":"admin"}"#, false),
            (r#" {"user":"xK9#vLq2$mWz","password":12345}"#, false),
            (r#"{"password":null}"#, false),
            (r#"{"user":"admin","password":"#, true),
        ] {
            let judged = judge(text);
            assert_eq!(judged.strong, strong, "{text:.40}: {}", judged.score);
            assert_eq!(judged.strong, judged.score >= STRONG);
            assert_eq!(judged.strong, judged.suggestions.is_empty(), "{text:.40}");
        }
    }

    #[test]
    fn what_is_said_is_about_the_kind_of_weakness() {
        let judged = judge("password");
        assert_eq!((judged.score, judged.reason.as_str()), (0, "This is a top-10 common password."));
        assert!(judged.suggestions.iter().any(|suggestion| suggestion.starts_with("Add another word")));
    }
}
