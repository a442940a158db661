//! Rules of the options of every change: the dry run token and the request id.

use crate::characters::only;
use crate::limits::MAX_REQUEST_ID;
use crate::problem::{Code, Problem};

/// 8 bytes of time and 32 of a hash in Base64 without padding.
const TOKEN_CHARACTERS: usize = 54;

/// All problems of the options. An empty option is absent.
#[must_use]
pub fn safeguards(dry_run_token: &str, request_id: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    let whole = dry_run_token.len() == TOKEN_CHARACTERS && only(dry_run_token, b"-_");
    if !dry_run_token.is_empty() && !whole {
        problems.push(Problem::new(
            "dry_run_token",
            Code::Malformed,
            "The dry_run_token does not come from a dry run. Send the token unchanged, or omit it.",
        ));
    }
    if request_id.len() > MAX_REQUEST_ID {
        problems.push(Problem::new(
            "request_id",
            Code::TooLong,
            "The request_id is longer than 64 characters. Shorten it; a UUID will do.",
        ));
    }
    if !only(request_id, b"._:-") {
        problems.push(Problem::new(
            "request_id",
            Code::BadCharacters,
            "The request_id has characters that are not allowed. Use only letters a to z or A to Z, digits, '.', '_', ':' and '-'.",
        ));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_of_both_options_are_reported() {
        let token = "a".repeat(TOKEN_CHARACTERS);
        for (token, id, codes) in [
            ("", "", vec![]),
            (token.as_str(), "deploy-2026.1:a_b", vec![]),
            ("abc", &"x".repeat(65), vec![Code::Malformed, Code::TooLong]),
            (&token.replacen('a', "+", 1), "a b", vec![Code::Malformed, Code::BadCharacters]),
            ("", &"x".repeat(64), vec![]),
        ] {
            let found: Vec<_> = safeguards(token, id).iter().map(|problem| problem.code).collect();
            assert_eq!(found, codes, "{token} {id}");
        }
    }
}
