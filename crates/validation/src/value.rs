//! Values of a new secret, an entry of an import, or a new version.

use crate::base64::is_canonical;
use crate::problem::{Code, Problem, grouped};

/// All problems of a value. Exactly one of the two forms must be given.
#[must_use]
pub fn value(secret_string: Option<&str>, secret_binary: Option<&str>, max_bytes: usize) -> Vec<Problem> {
    let mut problems = Vec::new();
    judge(secret_string, secret_binary, max_bytes, &mut problems);
    problems
}

pub(crate) fn judge(
    secret_string: Option<&str>,
    secret_binary: Option<&str>,
    max_bytes: usize,
    problems: &mut Vec<Problem>,
) {
    match (secret_string, secret_binary) {
        (Some(_), None) | (None, Some(_)) => {}
        (None, None) => problems.push(Problem::new(
            "secret_string",
            Code::Required,
            "The secret has no value. Give secret_string or secret_binary.",
        )),
        (Some(_), Some(_)) => problems.push(Problem::new(
            "secret_string",
            Code::OneValueOnly,
            "The secret has both secret_string and secret_binary. Give only one of them.",
        )),
    }
    if secret_string.is_some_and(|value| value.len() > max_bytes) {
        let message = [
            "The secret_string is larger than ",
            &grouped(max_bytes),
            " bytes. Shorten it, or split it over several secrets.",
        ];
        problems.push(Problem::new("secret_string", Code::TooLarge, message.concat()));
    }
    let Some(binary) = secret_binary else { return };
    if binary.len() > max_bytes {
        let message = [
            "The secret_binary is larger than ",
            &grouped(max_bytes),
            " bytes of Base64. Shorten it, or split it over several secrets.",
        ];
        problems.push(Problem::new("secret_binary", Code::TooLarge, message.concat()));
    }
    if !is_canonical(binary) {
        problems.push(Problem::new(
            "secret_binary",
            Code::NotBase64,
            "The secret_binary is not standard Base64. Encode it with A to Z, a to z, 0 to 9, '+' and '/', padded with \
             '=', without spaces and line breaks.",
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        for (string, binary, expected) in [
            (Some(""), None, &[][..]),
            (None, Some(""), &[]),
            (Some("1234"), None, &[]),
            (None, Some("AAAA"), &[]),
            (None, None, &[Code::Required]),
            (Some("x"), Some("AAAA"), &[Code::OneValueOnly]),
            (Some("12345"), None, &[Code::TooLarge]),
            (Some("äöü"), None, &[Code::TooLarge]),
            (None, Some("AAAAAAAA"), &[Code::TooLarge]),
            (None, Some("A"), &[Code::NotBase64]),
            (
                Some("12345"),
                Some("-----"),
                &[Code::OneValueOnly, Code::TooLarge, Code::TooLarge, Code::NotBase64],
            ),
        ] {
            let codes: Vec<_> = value(string, binary, 4).iter().map(|problem| problem.code).collect();
            assert_eq!(codes, expected, "{string:?} {binary:?}");
        }
        assert_eq!(
            value(Some(&"x".repeat(1_025)), None, 1_024)[0].message,
            "The secret_string is larger than 1,024 bytes. Shorten it, or split it over several secrets."
        );
    }
}
