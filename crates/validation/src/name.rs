//! Names of secrets, versions and stages, and markers of pages.

use crate::characters::{Plain, only};
use crate::limits::{MAX_NAME, MAX_STAGE_NAME, MAX_VERSION_DIGITS};
use crate::problem::{Code, Problem};

/// Characters of a secret name other than letters and digits.
pub(crate) const NAME_OTHERS: &[u8] = b"._-";

/// Characters of a stage name other than letters and digits. No dots, as documented.
const STAGE_OTHERS: &[u8] = b"_-";

/// Checks the name of a secret in a path or a request.
#[must_use]
pub fn secret_name(name: &str) -> Option<Problem> {
    let mut problems = Vec::new();
    judge("secret_name", name, &mut problems);
    problems.into_iter().next()
}

/// Adds the problems of the name of a secret.
pub(crate) fn judge(field: &'static str, name: &str, problems: &mut Vec<Problem>) {
    if name.is_empty() {
        problems.push(Problem::new(
            field,
            Code::Required,
            "The name is missing. Give 1 to 64 letters a to z or A to Z, digits, '.', '_' or '-'.",
        ));
        return;
    }
    // Clients and proxies resolve these path segments, so such a secret could not be addressed.
    if name == "." || name == ".." {
        problems.push(Problem::new(
            field,
            Code::Reserved,
            "The names '.' and '..' cannot be addressed in a path. Choose another name.",
        ));
        return;
    }
    Plain {
        field,
        others: NAME_OTHERS,
        max: MAX_NAME,
        too_long: "The name is longer than 64 characters. Shorten it.",
        bad_characters: "The name has characters that are not allowed. Use only letters a to z or A to Z, digits, '.', '_' \
                         and '-'.",
    }
    .judge(name, problems);
}

/// Checks the id of a secret.
#[must_use]
pub fn secret_id(id: &str) -> Option<Problem> {
    let mut groups = id.split('-').map(|group| only(group, b"").then_some(group.len()));
    let is_uuid = [8, 4, 4, 4, 12].iter().all(|length| groups.next() == Some(Some(*length)));
    if is_uuid && groups.next().is_none() && !id.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    Some(Problem::new(
        "secret_id",
        Code::Malformed,
        "The id is not a lower-case UUID with dashes. Send the id that ShowSecret returns, not the name.",
    ))
}

/// Checks a version id in a request.
#[must_use]
pub fn version_id(version: &str) -> Option<Problem> {
    if is_version(version) {
        return None;
    }
    Some(Problem::new(
        "version_id",
        Code::Malformed,
        "The version is not 'v' with 1 to 10 digits, nor 'latest'. Write it like v1, or latest for the current one.",
    ))
}

/// Checks the marker of a page of versions. An empty marker starts at the beginning.
#[must_use]
pub fn version_marker(marker: &str) -> Option<Problem> {
    if marker.is_empty() || is_version(marker) {
        return None;
    }
    Some(Problem::new(
        "marker",
        Code::Malformed,
        "The marker is not a version. Send the next_marker of the previous page, such as v20, or no marker.",
    ))
}

fn is_version(version: &str) -> bool {
    let digits = version.strip_prefix('v').unwrap_or_default();
    let numbered =
        (1..=MAX_VERSION_DIGITS).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    numbered || version == "latest"
}

/// Checks the name of a stage in a path.
#[must_use]
pub fn stage_name(stage: &str) -> Option<Problem> {
    if is_stage(stage) {
        return None;
    }
    Some(Problem::new(
        "stage_name",
        Code::Malformed,
        "The name of the stage does not have 1 to 64 letters a to z or A to Z, digits, '_' and '-'. Write it like \
         SYSCURRENT or blue-2.",
    ))
}

/// Checks the stages of a new version.
#[must_use]
pub fn version_stages(stages: &[String]) -> Option<Problem> {
    // One problem for all of them, so that a long list does not cause a long answer.
    if stages.iter().all(|stage| is_stage(stage)) {
        return None;
    }
    Some(Problem::new(
        "version_stages",
        Code::Malformed,
        "The version_stages have a text that is not the name of a stage. Names have 1 to 64 letters a to z or A to Z, \
         digits, '_' and '-'; remove the others.",
    ))
}

fn is_stage(name: &str) -> bool {
    (1..=MAX_STAGE_NAME).contains(&name.len()) && only(name, STAGE_OTHERS)
}

/// Checks the marker of a page. An empty marker starts at the beginning.
#[must_use]
pub fn marker(marker: &str) -> Option<Problem> {
    if marker.len() <= MAX_NAME && only(marker, NAME_OTHERS) {
        return None;
    }
    Some(Problem::new(
        "marker",
        Code::Malformed,
        "The marker is not the name of a secret. Send the next_marker of the previous page, or no marker.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let longest = "a".repeat(MAX_NAME);
        let longer = "a".repeat(MAX_NAME + 1);
        for (name, code) in [
            ("web-db", None),
            ("A.b_c-9", None),
            ("...", None),
            (".a", None),
            (longest.as_str(), None),
            ("", Some(Code::Required)),
            (".", Some(Code::Reserved)),
            ("..", Some(Code::Reserved)),
            (longer.as_str(), Some(Code::TooLong)),
            ("a b", Some(Code::BadCharacters)),
            ("a/b", Some(Code::BadCharacters)),
            ("a\0", Some(Code::BadCharacters)),
            ("a\n", Some(Code::BadCharacters)),
            ("näme", Some(Code::BadCharacters)),
            ("%2e", Some(Code::BadCharacters)),
        ] {
            assert_eq!(secret_name(name).map(|p| p.code), code, "{name:?}");
        }
    }

    #[test]
    fn name_length_counts_characters_not_bytes() {
        let mut problems = Vec::new();
        judge("name", &"ж".repeat(MAX_NAME), &mut problems);
        assert_eq!(problems.iter().map(|p| p.code).collect::<Vec<_>>(), [Code::BadCharacters]);
        problems.clear();
        judge("name", &"ж".repeat(MAX_NAME + 1), &mut problems);
        assert_eq!(problems.iter().map(|p| p.code).collect::<Vec<_>>(), [Code::TooLong, Code::BadCharacters]);
    }

    #[test]
    fn ids() {
        for id in ["0198c3f0-1c5a-7e3b-8c1d-0123456789ab", "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz"] {
            assert_eq!(secret_id(id), None, "{id}");
        }
        for id in [
            "",
            "web-db",
            "0198c3f01c5a7e3b8c1d0123456789ab",
            "0198C3F0-1c5a-7e3b-8c1d-0123456789ab",
            "0198c3f0-1c5a-7e3b-8c1d-0123456789ab-",
            "0198c3f0-1c5a-7e3b-8c1d-0123456789a",
            "0198c3f0-1c5a-7e3b-8c1-d0123456789ab",
            "{198c3f0-1c5a-7e3b-8c1d-0123456789ab",
        ] {
            assert_eq!(secret_id(id).map(|p| p.code), Some(Code::Malformed), "{id}");
        }
    }

    #[test]
    fn versions() {
        for version in ["latest", "v1", "v0", "v1234567890"] {
            assert_eq!(version_id(version), None, "{version}");
            assert_eq!(version_marker(version), None, "{version}");
        }
        for version in
            ["", "v", "1", "V1", "v12345678901", "v1 ", "v-1", "v+1", "v١", "Latest", "latest1", "vv1"]
        {
            assert_eq!(version_id(version).map(|p| p.code), Some(Code::Malformed), "{version}");
            let rejected = version_marker(version).map(|p| p.code);
            assert_eq!(rejected, (!version.is_empty()).then_some(Code::Malformed), "{version}");
        }
    }

    #[test]
    fn stages() {
        let longest = "a".repeat(MAX_STAGE_NAME);
        for name in ["SYSCURRENT", "blue-2", "_", &longest] {
            assert_eq!(stage_name(name), None, "{name}");
            assert_eq!(version_stages(&["blue".to_owned(), name.to_owned()]), None, "{name}");
        }
        for name in ["", "a.b", "a b", "blü", "a\n", &"a".repeat(MAX_STAGE_NAME + 1)] {
            assert_eq!(stage_name(name).map(|p| p.code), Some(Code::Malformed), "{name}");
            let stages = ["blue".to_owned(), name.to_owned(), name.to_owned()];
            assert_eq!(version_stages(&stages).map(|p| p.code), Some(Code::Malformed), "{name}");
        }
        assert_eq!(version_stages(&[]), None);
    }

    #[test]
    fn markers() {
        let longest = "a".repeat(MAX_NAME);
        for text in ["", "web-db", "a.b", &longest] {
            assert_eq!(marker(text), None, "{text}");
        }
        for text in [" ", "a/b", "é", &"a".repeat(MAX_NAME + 1)] {
            assert_eq!(marker(text).map(|p| p.code), Some(Code::Malformed), "{text}");
        }
    }
}
