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

/// Of several passwords in a JSON object the weakest counts.
pub(crate) fn judge(text: &str) -> Strength {
    let passwords = passwords(text);
    let weakest = passwords.iter().map(|password| judge_text(password)).min_by_key(|judged| judged.score);
    weakest.unwrap_or_else(|| judge_text(text))
}

/// A text is as strong as the strongest of its stretches: more characters never help who guesses. Unless they repeat what
/// came before, which helps nobody but who types.
fn judge_text(text: &str) -> Strength {
    let mut rest = repeated(text);
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

/// What a text repeats from its start to its end, or the text itself. Found by how far each start of it comes again, as
/// Knuth, Morris and Pratt do.
fn repeated(text: &str) -> &str {
    let bytes = text.as_bytes();
    let (mut borders, mut border) = (vec![0; bytes.len()], 0);
    for (place, byte) in bytes.iter().enumerate().skip(1) {
        while border > 0 && bytes.get(border) != Some(byte) {
            border = borders.get(border - 1).copied().unwrap_or_default();
        }
        border += usize::from(bytes.get(border) == Some(byte));
        if let Some(own) = borders.get_mut(place) {
            *own = border;
        }
    }
    let period = bytes.len() - border;
    text.get(..period).filter(|_| period <= bytes.len() / 2).unwrap_or(text)
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

/// The passwords in a JSON object that has any. The other members are passed over without a copy. Of two of the very same
/// name the last counts, as for most who read JSON.
fn passwords(text: &str) -> Vec<Zeroizing<String>> {
    if !text.trim_start().starts_with('{') {
        return Vec::new();
    }
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).unwrap_or_default();
    let passwords = members.into_iter().filter(|(name, _)| name.eq_ignore_ascii_case(MEMBER));
    let plain = passwords.map(|(_, password)| {
        let plain = serde_json::from_str(password.get()).unwrap_or_else(|_| password.get().to_owned());
        Zeroizing::new(plain)
    });
    plain.collect()
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
            (r#"{"password":"xK9#vLq2$mWz","Password":"123456"}"#, false),
            (r#"{"Password":"xK9#vLq2$mWz","password":"123456"}"#, false),
            ("Passw0rd!Passw0rd!Passw0rd!", false),
            ("qwertyuiopqwertyuiopqwertyuiopqwertyuiopqwertyuiop", false),
            ("password password password password", false),
            ("123456789123456789123456789123456789", false),
            ("Summer2024!Summer2024!Summer2024!Summ", false),
            ("парольпарольпарольпарольпароль", false),
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
