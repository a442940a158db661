//! Passwords of users and descriptions of access keys.

use crate::limits::{MAX_ACCESS_KEY_DESCRIPTION, MAX_USER_PASSWORD, MIN_USER_PASSWORD};
use crate::problem::{Code, Problem};

/// Fewest kinds of characters in a password. Documented.
const MIN_KINDS: u32 = 2;

/// Checks a new password of a user.
#[must_use]
pub fn user_password(password: &str, user_name: &str) -> Option<Problem> {
    let about = |code, message| Some(Problem::new("user.password", code, message));
    let length = password.chars().count();
    if length < MIN_USER_PASSWORD {
        return about(Code::OutOfRange, "The new password is too short. Give 8 to 128 characters.");
    }
    if length > MAX_USER_PASSWORD {
        return about(Code::TooLong, "The new password is longer than 128 characters. Shorten it.");
    }
    if kinds(password) < MIN_KINDS {
        return about(
            Code::Malformed,
            "The new password has one kind of characters only. Mix letters of both cases, digits or other characters.",
        );
    }
    if password.eq_ignore_ascii_case(user_name) {
        return about(Code::Malformed, "The new password is the name of the user. Choose another.");
    }
    None
}

/// Checks the description of an access key. It may be empty.
#[must_use]
pub fn access_key_description(description: &str) -> Option<Problem> {
    (description.chars().count() > MAX_ACCESS_KEY_DESCRIPTION).then(|| {
        Problem::new(
            "credential.description",
            Code::TooLong,
            "The description is longer than 255 characters. Shorten it.",
        )
    })
}

/// The number of kinds used: lower-case letters, upper-case letters, digits, other characters.
fn kinds(password: &str) -> u32 {
    let kind = |c| match c {
        'a'..='z' => 1_u8,
        'A'..='Z' => 2,
        '0'..='9' => 4,
        _ => 8,
    };
    password.chars().fold(0, |kinds, c| kinds | kind(c)).count_ones()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn description_longer_than_255_characters_is_rejected() {
        assert_eq!(access_key_description(""), None);
        assert_eq!(access_key_description(&"\u{e4}".repeat(255)), None);
        let code = access_key_description(&"a".repeat(256)).map(|problem| problem.code);
        assert_eq!(code, Some(Code::TooLong));
    }
}
