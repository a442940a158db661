//! Rules of several tags: of a batch, and of a search.

use crate::batch::repeated_names;
use crate::limits::{DEFAULT_INSTANCE_LIMIT, MAX_LIST_LIMIT, MAX_SEARCH_KEYS, MAX_SEARCH_VALUES};
use crate::limits::{MAX_TAG_KEY, MAX_TAG_VALUE};
use crate::problem::{Code, Problem, grouped};
use crate::tag::{longer, tag_key, tag_value};

/// One tag of a batch.
#[derive(Debug, Clone, Copy)]
pub struct Tag<'a> {
    pub key: &'a str,
    /// `None` if only the key is used.
    pub value: Option<&'a str>,
}

/// One key of a search. Without values, any value matches.
#[derive(Debug, Clone, Copy)]
pub struct SoughtTag<'a> {
    pub key: &'a str,
    pub values: &'a [String],
}

/// All problems of the tags of a batch. `most` is the limit of a secret; `None` for a removal, because the secret may have more
/// tags from before the limit was lowered.
#[must_use]
pub fn tag_batch(tags: &[Tag<'_>], most: Option<usize>) -> Vec<Problem> {
    let mut problems = Vec::new();
    if tags.is_empty() {
        problems.push(Problem::new("tags", Code::Required, "There are no tags. Send at least one."));
    }
    if let Some(most) = most.filter(|most| tags.len() > *most) {
        problems.push(too_many("tags", "tags", tags.len(), most));
    }
    for (index, tag) in tags.iter().enumerate() {
        problems.extend(tag_key(tag.key).map(|problem| with_position(index, &problem)));
        problems.extend(tag.value.and_then(tag_value).map(|problem| with_position(index, &problem)));
    }
    problems.extend(repeated_keys(tags.iter().map(|tag| tag.key)));
    problems
}

/// The problem of an action that is neither of the two.
#[must_use]
pub fn unknown_action([one, other]: [&str; 2]) -> Problem {
    let message = ["The action is missing or unknown. Use ", one, " or ", other, "."].concat();
    Problem::new("action", Code::NotOneOf, message)
}

/// All problems of the tags of a search. A key that no tag can have is not a problem: it matches nothing.
#[must_use]
pub fn tag_search(tags: &[SoughtTag<'_>]) -> Vec<Problem> {
    let mut problems = Vec::new();
    if tags.len() > MAX_SEARCH_KEYS {
        problems.push(too_many("tags", "keys", tags.len(), MAX_SEARCH_KEYS));
    }
    for (index, tag) in tags.iter().enumerate() {
        let mut add = |code, sentence: &str| {
            problems.push(with_position(index, &Problem::new("tags", code, sentence.to_owned())));
        };
        if tag.key.is_empty() {
            add(Code::Required, "The key of the tag is missing. Give 1 to 128 characters.");
        }
        if longer(tag.key, MAX_TAG_KEY) {
            add(Code::TooLong, "The key of the tag is longer than 128 characters. Shorten it.");
        }
        if tag.values.iter().any(|value| longer(value, MAX_TAG_VALUE)) {
            add(Code::TooLong, "A value of the tag is longer than 255 characters. Shorten it.");
        }
        if tag.values.len() > MAX_SEARCH_VALUES {
            add(Code::TooMany, "The tag has more than 10 values. Send fewer, or none to match any value.");
        }
        let mut values = tag.values.iter().enumerate();
        if values.any(|(position, value)| tag.values.iter().take(position).any(|earlier| earlier == value)) {
            add(Code::Repeated, "The tag has a value twice. Send each value once.");
        }
    }
    problems.extend(repeated_keys(tags.iter().map(|tag| tag.key)));
    problems
}

/// All problems of the name conditions of a search, given as pairs of key and value.
#[must_use]
pub fn name_matches(matches: &[(&str, &str)]) -> Vec<Problem> {
    let mut problems = Vec::new();
    if matches.len() > MAX_SEARCH_KEYS {
        problems.push(too_many("matches", "matches", matches.len(), MAX_SEARCH_KEYS));
    }
    if matches.iter().any(|(key, _)| *key != "resource_name") {
        let message = "A match has an unknown key. Write resource_name.";
        problems.push(Problem::new("matches", Code::NotOneOf, message));
    }
    if matches.iter().any(|(_, value)| longer(value, MAX_TAG_VALUE)) {
        let message = "The value of a match is longer than 255 characters. Shorten it.";
        problems.push(Problem::new("matches", Code::TooLong, message));
    }
    problems
}

/// The limit of a page of a search by tags, as text.
pub fn instance_limit(limit: &str) -> Result<usize, Problem> {
    if limit.is_empty() {
        return Ok(DEFAULT_INSTANCE_LIMIT as usize);
    }
    let limit = number(limit).filter(|limit| (1..=MAX_LIST_LIMIT as usize).contains(limit));
    let message = "The limit is not between 1 and 1,000. Give 1 to 1,000, or nothing for 10.";
    limit.ok_or_else(|| Problem::new("limit", Code::OutOfRange, message))
}

/// The number of items to skip, as text.
pub fn instance_offset(offset: &str) -> Result<usize, Problem> {
    if offset.is_empty() {
        return Ok(0);
    }
    let message = "The offset is not a whole number of 0 or more. Give the number of secrets to skip, or nothing for 0.";
    number(offset).ok_or_else(|| Problem::new("offset", Code::OutOfRange, message))
}

/// Digits only, because `parse` would accept a sign. Too large a number becomes the largest one.
fn number(text: &str) -> Option<usize> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().unwrap_or(usize::MAX))
}

fn repeated_keys<'a>(keys: impl Iterator<Item = &'a str>) -> impl Iterator<Item = Problem> {
    repeated_names(keys).into_iter().map(|(index, first)| {
        let sentence =
            ["Its key is the same as that of tag ", &position(first), ". Send each key once."].concat();
        with_position(index, &Problem::new("tags", Code::Repeated, sentence))
    })
}

pub(crate) fn too_many(field: &'static str, what: &str, given: usize, most: usize) -> Problem {
    let are = if most == 1 { " is allowed. Send fewer." } else { " are allowed. Send fewer." };
    let message = ["There are ", &grouped(given), " ", what, "; at most ", &grouped(most), are].concat();
    Problem::new(field, Code::TooMany, message)
}

/// Adds the position of the tag to a problem.
fn with_position(index: usize, problem: &Problem) -> Problem {
    Problem::new("tags", problem.code, ["Tag ", &position(index), ": ", &problem.message].concat())
}

/// The position for people, who count from 1.
fn position(index: usize) -> String {
    grouped(index.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes_and_messages(problems: &[Problem]) -> Vec<(Code, &str)> {
        problems.iter().map(|problem| (problem.code, problem.message.as_ref())).collect()
    }

    #[test]
    fn problem_of_a_batch_names_the_tag() {
        let tag = |key, value| Tag { key, value };
        assert_eq!(tag_batch(&[tag("a", Some("x")), tag("b", Some(""))], Some(20)), []);
        assert_eq!(tag_batch(&[tag("a", None), tag("b", None)], None), []);
        assert_eq!(
            codes_and_messages(&tag_batch(&[], None)),
            [(Code::Required, "There are no tags. Send at least one.")]
        );
        assert_eq!(
            codes_and_messages(&tag_batch(&[tag("a", None), tag("", None), tag("a", Some(","))], Some(2))),
            [
                (Code::TooMany, "There are 3 tags; at most 2 are allowed. Send fewer."),
                (Code::Required, "Tag 2: The key of the tag is missing. Give 1 to 128 characters."),
                (
                    Code::BadCharacters,
                    "Tag 3: The value of the tag has characters that are not allowed. Use only letters, numbers, spaces, '_', \
                     '.', ':', '/', '=', '+', '-' and '@'."
                ),
                (Code::Repeated, "Tag 3: Its key is the same as that of tag 1. Send each key once."),
            ]
        );
    }

    #[test]
    fn search_has_at_most_ten_keys_with_ten_values() {
        let many: Vec<String> = (0..11).map(|value| value.to_string()).collect();
        let (ten, twice) = (&many[..10], ["a".to_owned(), "b".to_owned(), "a".to_owned()]);
        let long = ["x".repeat(256)];
        let sought = |key, values| SoughtTag { key, values };
        assert_eq!(tag_search(&[]), []);
        assert_eq!(tag_search(&[sought("_sys_any/thing", ten), sought("b", &[])]), []);
        for (tags, code) in [
            (vec![sought("", &[])], Code::Required),
            (vec![sought("a", &many)], Code::TooMany),
            (vec![sought("a", &twice)], Code::Repeated),
            (vec![sought("a", &long)], Code::TooLong),
            (vec![sought("a", &[]), sought("a", ten)], Code::Repeated),
            (many.iter().map(|key| sought(key, &[])).collect(), Code::TooMany),
        ] {
            assert_eq!(tag_search(&tags).iter().map(|p| p.code).collect::<Vec<_>>(), [code]);
        }
    }

    #[test]
    fn match_key_other_than_resource_name_is_rejected() {
        assert_eq!(name_matches(&[]), []);
        assert_eq!(name_matches(&[("resource_name", "")]), []);
        assert_eq!(name_matches(&[("resource_name", "a"); MAX_SEARCH_KEYS]), []);
        for (matches, code) in [
            (vec![("name", "a")], Code::NotOneOf),
            (vec![("resource_name", "a"); MAX_SEARCH_KEYS + 1], Code::TooMany),
            (vec![("resource_name", "x".repeat(256).as_str())], Code::TooLong),
        ] {
            assert_eq!(name_matches(&matches).iter().map(|p| p.code).collect::<Vec<_>>(), [code]);
        }
    }

    #[test]
    fn limit_and_offset_are_parsed_from_text() {
        for (limit, read) in [("", Some(10)), ("1", Some(1)), ("1000", Some(1_000)), ("007", Some(7))] {
            assert_eq!(instance_limit(limit).ok(), read, "{limit}");
        }
        for limit in ["0", "1001", "-1", "+1", "ten", "1.0", " 1", "99999999999999999999999"] {
            assert_eq!(instance_limit(limit).map_err(|p| p.code), Err(Code::OutOfRange), "{limit}");
        }
        for (offset, read) in
            [("", 0), ("0", 0), ("000", 0), ("12", 12), ("99999999999999999999999", usize::MAX)]
        {
            assert_eq!(instance_offset(offset).ok(), Some(read), "{offset}");
        }
        for offset in ["-1", "+1", "x", " "] {
            assert_eq!(instance_offset(offset).map_err(|p| p.code), Err(Code::OutOfRange), "{offset}");
        }
    }
}
