//! The safeguards of a change as REST callers write them: in the query or in the body, wherever the rest stands.
//!
//! A mistyped one is rejected, as is one where none is taken, because a dry run that is overlooked is done for real.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use http::Uri;
use memchr::memmem;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use strongroom_contract::safeguards::Change;

use crate::error::ApiError;
use crate::incoming::without_blocking;

mod nested;

#[derive(Clone, Copy)]
enum Word {
    DryRun,
    DryRunToken,
    RequestId,
}

impl Word {
    fn spelling(self) -> &'static str {
        match self {
            Self::DryRun => "dry_run",
            Self::DryRunToken => "dry_run_token",
            Self::RequestId => "request_id",
        }
    }

    /// What a name is meant to say, however it is written.
    fn meant(name: &str) -> Option<Self> {
        let letters = |name: &'static str| name.chars().filter(|letter| *letter != '_');
        let given = name.chars().filter(|letter| !matches!(letter, '-' | '_'));
        let given = given.map(|letter| letter.to_ascii_lowercase());
        [Self::DryRun, Self::DryRunToken, Self::RequestId]
            .into_iter()
            .find(|word| given.clone().eq(letters(word.spelling())))
    }
}

/// The request with the safeguards that stand in the query and in the body.
pub(crate) fn given<R: Change>(uri: &Uri, body: &[u8], mut request: R) -> Result<R, ApiError> {
    let body = without_blocking(body.len(), || telling(body));
    if without_blocking(body.len(), || nested::holds_one(body)) {
        let sentence = "It stands inside another member, where it does not count. Write it beside the others, at the top of the body. Nothing was done.";
        return Err(wrong("dry_run", sentence));
    }
    let mut safeguards = request.take_safeguards();
    for (word, text) in found(uri, body)? {
        match word {
            Word::DryRun => safeguards.dry_run |= truth(&text)?,
            Word::DryRunToken => once(&mut safeguards.dry_run_token, word, text)?,
            Word::RequestId => once(&mut safeguards.request_id, word, text)?,
        }
    }
    request.give_safeguards(safeguards);
    Ok(request)
}

/// Rejects safeguards where an operation takes none.
pub(crate) fn none(uri: &Uri, body: &[u8]) -> Result<(), ApiError> {
    match found(uri, without_blocking(body.len(), || telling(body)))?.first() {
        Some((word, _)) => Err(wrong(
            word.spelling(),
            "This operation does not take it here; the API description at /openapi.yaml says what it takes. Nothing was done.",
        )),
        None => Ok(()),
    }
}

fn found(uri: &Uri, body: &[u8]) -> Result<Vec<(Word, String)>, ApiError> {
    let mut found = Vec::new();
    let query: Vec<(String, String)> =
        serde_html_form::from_str(uri.query().unwrap_or_default()).unwrap_or_default();
    for (name, text) in query {
        found.extend(word(&name)?.map(|word| (word, text)));
    }
    let read = || serde_json::from_slice(body).unwrap_or_default();
    let Members(members) = without_blocking(body.len(), read);
    for (name, value) in members {
        let Some(word) = word(&name)? else { continue };
        let text = match serde_json::from_str(value.get()) {
            Ok(serde_json::Value::String(text)) => text,
            Ok(serde_json::Value::Null) => continue,
            _ => value.get().to_owned(),
        };
        found.push((word, text));
    }
    Ok(found)
}

/// The members of an object that are named like a safeguard. A body can have millions of others.
#[derive(Default)]
struct Members<'a>(BTreeMap<Cow<'a, str>, &'a RawValue>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Self::default())
    }
}

impl<'de> Visitor<'de> for Members<'de> {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Self, A::Error> {
        while let Some(name) = members.next_key::<Cow<'de, str>>()? {
            match Word::meant(&name) {
                Some(_) => drop(self.0.insert(name, members.next_value()?)),
                None => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(self)
    }
}

/// A body that may hold a safeguard, and nothing of any other: most hold none, and reading one twice is dear.
fn telling(body: &[u8]) -> &[u8] {
    let parts: [&[u8]; 5] = [b"dry", b"Dry", b"DRY", b"equest", b"EQUEST"];
    match parts.iter().any(|part| memmem::find(body, part).is_some()) {
        true => body,
        false => &[],
    }
}

fn word(name: &str) -> Result<Option<Word>, ApiError> {
    match Word::meant(name) {
        Some(word) if word.spelling() != name => {
            Err(wrong(name, &format!("There is no {name}. Write {}. Nothing was done.", word.spelling())))
        }
        word => Ok(word),
    }
}

fn truth(text: &str) -> Result<bool, ApiError> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(wrong("dry_run", "It is neither true nor false. Write dry_run=true. Nothing was done.")),
    }
}

fn once(place: &mut String, word: Word, text: String) -> Result<(), ApiError> {
    if !place.is_empty() && *place != text {
        return Err(wrong(word.spelling(), "It is given twice, and not the same. Give it once."));
    }
    *place = text;
    Ok(())
}

fn wrong(field: &str, sentence: &str) -> ApiError {
    ApiError::Parameter { field: field.to_owned(), sentence: sentence.to_owned() }
}

#[cfg(test)]
mod tests {
    use strongroom_contract::safeguards::Safeguards;
    use strongroom_contract::v1::DeleteSecretRequest;

    use super::*;

    fn read(query: &str, body: &str) -> Result<Safeguards, String> {
        let uri: Uri = format!("/v1/p/secrets/db{query}").parse().unwrap();
        match given(&uri, body.as_bytes(), DeleteSecretRequest::default()) {
            Ok(mut request) => Ok(request.take_safeguards()),
            Err(rejected) => Err(rejected.sentence()),
        }
    }

    #[test]
    fn they_count_wherever_they_stand() {
        let dry = || Ok(Safeguards { dry_run: true, ..Safeguards::default() });
        assert_eq!(read("", ""), Ok(Safeguards::default()));
        assert_eq!(read("?other=1", r#"{"name":"laundry","value":"dry_run"}"#), Ok(Safeguards::default()));
        assert_eq!(read("?dry_run=true", ""), dry());
        assert_eq!(read("", r#"{"dry_run":true}"#), dry());
        assert_eq!(read("?dry_run=false", r#"{"dry_run":true,"request_id":null}"#), dry());
        let both =
            Safeguards { dry_run_token: "t".to_owned(), request_id: "r".to_owned(), ..Safeguards::default() };
        assert_eq!(read("?dry_run_token=t&request_id=r", r#"{"request_id":"r"}"#), Ok(both));
        assert!(read("?request_id=a", r#"{"request_id":"b"}"#).is_err());
    }

    #[test]
    fn a_mistyped_one_is_never_overlooked() {
        for query in [
            "?dry_run",
            "?dry_run=",
            "?dry_run=1",
            "?dryrun=true",
            "?dryRun=true",
            "?DRY_RUN=true",
            "?dry-run=true",
            "?requestId=a",
        ] {
            assert!(read(query, "").is_err(), "{query}");
        }
        for body in [r#"{"dryRun":true}"#, r#"{"dry_run":"yes"}"#, r#"{"dry_run":1}"#, r#"{"requestId":"a"}"#]
        {
            assert!(read("", body).is_err(), "{body}");
        }
        for body in [
            r#"{"options":{"dry_run":true}}"#,
            r#"{"secrets":[{"name":"db","dryRun":true}]}"#,
            r#"{"dry_run":true,"options":{"dry_run":true}}"#,
        ] {
            assert!(read("", body).is_err(), "{body}");
        }
        assert!(read("", r#"{"dry_run":false,"secrets":[{"name":"dry_run"}]}"#).is_ok());
        let uri = |query: &str| format!("/v1/csms/root-key/rotate{query}").parse::<Uri>().unwrap();
        assert!(none(&uri(""), b"{}").is_ok());
        assert!(none(&uri("?dry_run=true"), b"").is_err());
        assert!(none(&uri(""), br#"{"dry_run":true}"#).is_err());
    }
}
