//! What users choose for themselves: a password, and what an access key is for.

use crate::limits::{MAX_ACCESS_KEY_DESCRIPTION, MAX_USER_PASSWORD, MIN_USER_PASSWORD};
use crate::problem::{Code, Problem};

/// Kinds of characters that a password needs. Documented.
const MIN_KINDS: usize = 2;

/// What is wrong with a password that the user of this name chooses.
#[must_use]
pub fn user_password(password: &str, user_name: &str) -> Option<Problem> {
    let about = |code, message| Some(Problem::new("user.password", code, message));
    let length = password.chars().count();
    if length == 0 {
        return about(Code::Required, "The new password is missing. Give 8 to 128 characters.");
    }
    if length < MIN_USER_PASSWORD {
        return about(Code::OutOfRange, "The new password is too short. Give 8 to 128 characters.");
    }
    if length > MAX_USER_PASSWORD {
        return about(Code::TooLong, "The new password is longer than 128 characters. Shorten it.");
    }
    if kinds(password) < MIN_KINDS {
        return about(
            Code::Malformed,
            "The new password has one kind of characters only. Use two or more of lower-case letters, upper-case letters, \
             digits and anything else, such as spaces.",
        );
    }
    if password.eq_ignore_ascii_case(user_name) {
        return about(Code::Malformed, "The new password is the name of the user. Choose another.");
    }
    None
}

/// What is wrong with the description of an access key. It may be empty.
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

fn kinds(password: &str) -> usize {
    let of: [fn(char) -> bool; 4] = [
        |c| c.is_ascii_lowercase(),
        |c| c.is_ascii_uppercase(),
        |c| c.is_ascii_digit(),
        |c| !c.is_ascii_alphanumeric(),
    ];
    of.into_iter().filter(|is| password.chars().any(is)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_has_255_characters_at_most() {
        assert_eq!(access_key_description(""), None);
        assert_eq!(access_key_description(&"\u{e4}".repeat(255)), None);
        let code = access_key_description(&"a".repeat(256)).map(|problem| problem.code);
        assert_eq!(code, Some(Code::TooLong));
    }
}
