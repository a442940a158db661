//! How easily a text is guessed, by the estimator zxcvbn.
//!
//! It stands for an attacker who knows the common passwords, names, words, dates and keyboard patterns, and ways to
//! combine them. It sees nothing that is stored, and what it says holds no part of the text. What it copies while it works
//! is freed but not cleared, which is not ours to change.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use strongroom_contract::v1::Strength;
use zeroize::Zeroizing;
use zxcvbn::zxcvbn;

/// The least score that counts as strong: from here on the estimator calls a password safely unguessable, with
/// protection also where an attacker has a slow hash of it.
pub(crate) const STRONG: i32 = 3;

/// Characters judged at once. The estimator's work grows faster than the square of their number: 24 take it a third of a
/// millisecond, and 14 milliseconds where somebody has chosen them to be slow; 100 could take it a second.
const STRETCH: usize = 24;

/// Stretches judged, 96 characters. Chosen by us: a text that is weak up to here is taken to go on like that.
const STRETCHES: usize = 4;

/// The member of a JSON object that is judged in its place.
const MEMBER: &str = "password";

/// A text is as strong as the strongest of its stretches: more characters never help who guesses.
pub(crate) fn judge(text: &str) -> Strength {
    let member = member(text);
    let mut rest = member.as_ref().map_or(text, |member| member.as_str());
    let mut strongest = Strength::default();
    for number in 0..STRETCHES {
        let (stretch, after) = split(rest);
        let judged = estimate(stretch);
        if number == 0 || judged.score > strongest.score {
            strongest = judged;
        }
        if strongest.strong || after.is_empty() {
            break;
        }
        rest = after;
    }
    strongest
}

fn split(text: &str) -> (&str, &str) {
    let end = text.char_indices().nth(STRETCH).map_or(text.len(), |(end, _)| end);
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn estimate(text: &str) -> Strength {
    let estimate = zxcvbn(text, &[]);
    let feedback = estimate.feedback();
    let reason = feedback.and_then(|feedback| feedback.warning()).map(|warning| warning.to_string());
    let suggestions = feedback.map(|feedback| feedback.suggestions()).unwrap_or_default();
    let score = i32::from(u8::from(estimate.score()));
    Strength {
        score,
        strong: score >= STRONG,
        reason: reason.unwrap_or_default(),
        suggestions: suggestions.iter().map(|suggestion| suggestion.to_string()).collect(),
    }
}

/// The password in a JSON object that has one. The other members are passed over without a copy.
fn member(text: &str) -> Option<Zeroizing<String>> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
    let (_, password) = members.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(MEMBER))?;
    let plain = serde_json::from_str(password.get()).unwrap_or_else(|_| password.get().to_owned());
    Some(Zeroizing::new(plain))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_can_be_judged(text in prop_oneof![any::<String>(), "[ -~]{0,130}", "[0-9/.a\\-]{0,40}"]) {
            let judged = judge(&text);
            prop_assert!((0..=4).contains(&judged.score));
            prop_assert_eq!(judged.strong, judged.suggestions.is_empty());
        }
    }

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
            ("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaxK9#vLq2$mWz", true),
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
