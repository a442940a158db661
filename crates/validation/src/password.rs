//! Policies of generated passwords.

use crate::limits::{DEFAULT_PASSWORD_LENGTH, MAX_EXCLUDED_CHARACTERS, MAX_PASSWORD_LENGTH};
use crate::problem::{Code, Problem, grouped};

/// The policy in a request.
#[derive(Debug, Default, Clone, Copy)]
pub struct PasswordPolicy<'a> {
    pub name: &'a str,
    pub length: Option<i32>,
    pub exclude_characters: &'a str,
    pub exclude_lowercase: bool,
    pub exclude_uppercase: bool,
    pub exclude_numbers: bool,
    pub exclude_punctuation: bool,
    pub include_space: bool,
    pub require_each_included_type: bool,
}

/// A policy that can be satisfied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordForm {
    pub length: usize,
    /// All allowed characters; ASCII only.
    pub alphabet: Vec<u8>,
    /// The password must have a character of each of these sets.
    pub required: Vec<Vec<u8>>,
}

impl PasswordForm {
    /// Whether a password has a character of each required set.
    #[must_use]
    pub fn is_met_by(&self, password: &str) -> bool {
        self.required.iter().all(|kind| password.bytes().any(|byte| kind.contains(&byte)))
    }
}

/// The form of passwords for a policy, or all problems of the policy.
pub fn password_form(policy: &PasswordPolicy<'_>) -> Result<PasswordForm, Vec<Problem>> {
    let mut problems = Vec::new();
    if !policy.name.is_empty() {
        problems.push(Problem::new(
            "password_policy_name",
            Code::NotOneOf,
            "Named policies are not supported. Omit password_policy_name and use the other fields.",
        ));
    }
    let length = policy.length.map_or(Some(DEFAULT_PASSWORD_LENGTH), |length| usize::try_from(length).ok());
    let length = length.filter(|length| (1..=MAX_PASSWORD_LENGTH).contains(length));
    if length.is_none() {
        problems.push(Problem::new(
            "length",
            Code::OutOfRange,
            "The length is not between 1 and 4,096. Give 1 to 4,096, or nothing for 32.",
        ));
    }
    if policy.exclude_characters.chars().count() > MAX_EXCLUDED_CHARACTERS {
        problems.push(Problem::new(
            "exclude_characters",
            Code::TooLong,
            "The exclude_characters are more than 256. Name each character once.",
        ));
    }
    let kinds = kinds(policy);
    let alphabet: Vec<u8> = kinds.iter().flat_map(|(_, kind)| kind).copied().collect();
    if alphabet.is_empty() {
        problems.push(Problem::new(
            "exclude_characters",
            Code::Required,
            "The policy excludes every character. Exclude fewer, or include the space.",
        ));
    } else if policy.require_each_included_type {
        judge_required(&kinds, length, &mut problems);
    }
    let Some(length) = length.filter(|_| problems.is_empty()) else { return Err(problems) };
    let required = kinds.into_iter().map(|(_, kind)| kind);
    let required = required.filter(|_| policy.require_each_included_type).collect();
    Ok(PasswordForm { length, alphabet, required })
}

fn judge_required(kinds: &[(&'static str, Vec<u8>)], length: Option<usize>, problems: &mut Vec<Problem>) {
    for (name, _) in kinds.iter().filter(|(_, kind)| kind.is_empty()) {
        let message = [
            "Each kind is required, but no ",
            name,
            " is left. Exclude the whole kind, or fewer of its characters.",
        ];
        problems.push(Problem::new("require_each_included_type", Code::Required, message.concat()));
    }
    if length.is_some_and(|length| length < kinds.len()) {
        let message = [
            "The length is too short for one character of each of the ",
            &grouped(kinds.len()),
            " kinds. Make it longer, or exclude kinds.",
        ];
        problems.push(Problem::new("length", Code::OutOfRange, message.concat()));
    }
}

/// The included kinds of characters, without the excluded characters.
fn kinds(policy: &PasswordPolicy<'_>) -> Vec<(&'static str, Vec<u8>)> {
    let ascii = |is: fn(&u8) -> bool| (0..=0x7f).filter(is).collect::<Vec<u8>>();
    [
        (!policy.exclude_lowercase, "lower-case letter", ascii(u8::is_ascii_lowercase)),
        (!policy.exclude_uppercase, "upper-case letter", ascii(u8::is_ascii_uppercase)),
        (!policy.exclude_numbers, "digit", ascii(u8::is_ascii_digit)),
        (!policy.exclude_punctuation, "punctuation character", ascii(u8::is_ascii_punctuation)),
        (policy.include_space, "space", vec![b' ']),
    ]
    .into_iter()
    .filter(|(included, _, _)| *included)
    .map(|(_, name, mut characters)| {
        characters.retain(|byte| !policy.exclude_characters.contains(char::from(*byte)));
        (name, characters)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: PasswordPolicy<'_> = PasswordPolicy {
        name: "",
        length: None,
        exclude_characters: "",
        exclude_lowercase: false,
        exclude_uppercase: false,
        exclude_numbers: false,
        exclude_punctuation: false,
        include_space: false,
        require_each_included_type: false,
    };

    #[test]
    fn forms() {
        for (policy, length, characters) in [
            (ALL, 32, 94),
            (PasswordPolicy { include_space: true, ..ALL }, 32, 95),
            (PasswordPolicy { length: Some(1), exclude_punctuation: true, ..ALL }, 1, 62),
            (PasswordPolicy { length: Some(4_096), exclude_characters: "aAé0 ", ..ALL }, 4_096, 91),
            (PasswordPolicy { exclude_lowercase: true, exclude_uppercase: true, ..ALL }, 32, 42),
        ] {
            let form = password_form(&policy).unwrap();
            assert_eq!((form.length, form.alphabet.len()), (length, characters));
            assert!(form.required.is_empty());
        }
        let each = PasswordPolicy { length: Some(4), require_each_included_type: true, ..ALL };
        assert_eq!(password_form(&each).unwrap().required.len(), 4);
    }

    #[test]
    fn policy_that_cannot_be_satisfied_is_rejected_with_all_problems() {
        let none = PasswordPolicy {
            exclude_lowercase: true,
            exclude_uppercase: true,
            exclude_numbers: true,
            exclude_punctuation: true,
            ..ALL
        };
        let each = PasswordPolicy { require_each_included_type: true, ..ALL };
        for (policy, expected) in [
            (none, vec![("exclude_characters", Code::Required)]),
            (
                PasswordPolicy { include_space: true, exclude_characters: " ", ..none },
                vec![("exclude_characters", Code::Required)],
            ),
            (PasswordPolicy { length: Some(0), ..ALL }, vec![("length", Code::OutOfRange)]),
            (PasswordPolicy { length: Some(-1), ..ALL }, vec![("length", Code::OutOfRange)]),
            (PasswordPolicy { length: Some(4_097), ..each }, vec![("length", Code::OutOfRange)]),
            (PasswordPolicy { length: Some(3), ..each }, vec![("length", Code::OutOfRange)]),
            (
                PasswordPolicy { exclude_characters: "0123456789", ..each },
                vec![("require_each_included_type", Code::Required)],
            ),
            (
                PasswordPolicy { exclude_characters: &"x".repeat(257), ..ALL },
                vec![("exclude_characters", Code::TooLong)],
            ),
            (
                PasswordPolicy { name: "strict", length: Some(0), ..ALL },
                vec![("password_policy_name", Code::NotOneOf), ("length", Code::OutOfRange)],
            ),
        ] {
            let problems = password_form(&policy).unwrap_err();
            let found: Vec<_> = problems.iter().map(|problem| (problem.field, problem.code)).collect();
            assert_eq!(found, expected, "{policy:?}");
        }
    }
}
