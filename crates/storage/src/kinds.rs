//! Names of records, for messages about records that cannot be read.

use crate::keys::{self, PROJECT_PREFIX_BYTES, TIME_PREFIX_BYTES, Tag};

const ALL: [Tag; 31] = [
    Tag::Secret,
    Tag::SecretById,
    Tag::Value,
    Tag::SecretByInstance,
    Tag::SecretByTag,
    Tag::SecretByEvent,
    Tag::SecretUse,
    Tag::CheckerSettings,
    Tag::SecretByDueTime,
    Tag::MasterKey,
    Tag::RootKey,
    Tag::Domain,
    Tag::DomainByName,
    Tag::Project,
    Tag::ProjectByName,
    Tag::User,
    Tag::UserByName,
    Tag::AccessKey,
    Tag::AccessKeyByUser,
    Tag::Token,
    Tag::TokenByExpireTime,
    Tag::Audit,
    Tag::Batch,
    Tag::BatchPart,
    Tag::BatchByExpireTime,
    Tag::Request,
    Tag::RequestByExpireTime,
    Tag::SignedRequest,
    Tag::Clock,
    Tag::Scrub,
    Tag::Epoch,
];

impl Tag {
    /// The kind of the record at `key`; `None` for an unknown kind.
    pub(crate) fn of(key: &[u8]) -> Option<Self> {
        let first = *key.first()?;
        ALL.into_iter().find(|tag| *tag as u8 == first)
    }

    /// The noun in errors such as "A stored secret is damaged".
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Value => "value",
            Self::SecretById
            | Self::SecretByInstance
            | Self::SecretByTag
            | Self::SecretByEvent
            | Self::SecretByDueTime
            | Self::DomainByName
            | Self::ProjectByName
            | Self::UserByName
            | Self::AccessKeyByUser
            | Self::TokenByExpireTime
            | Self::BatchByExpireTime
            | Self::RequestByExpireTime => "index entry",
            Self::SecretUse => "time of use",
            Self::CheckerSettings => "settings of the checker",
            Self::MasterKey => "master key",
            Self::RootKey => "root key",
            Self::Domain => "domain",
            Self::Project => "project",
            Self::User => "user",
            Self::AccessKey => "access key",
            Self::Token => "token",
            Self::Audit => "audit record",
            Self::Batch => "batch",
            Self::BatchPart => "part of a batch",
            Self::Request => "request",
            Self::SignedRequest => "signed request",
            Self::Clock => "record of the clock",
            Self::Scrub => "progress of the scrub",
            Self::Epoch => "epoch",
        }
    }
}

/// Describes the record at `key` by the ids and names in the key, never by a token.
pub(crate) fn described(key: &[u8]) -> String {
    let Some(tag) = Tag::of(key) else {
        return match key.first() {
            Some(first) => format!("a record of the unknown kind {first:#04x}"),
            None => "a record without a key".to_owned(),
        };
    };
    let noun = tag.noun();
    let last_name = |prefix_bytes| keys::names(key, prefix_bytes).and_then(|mut names| names.pop());
    let in_project = |name: Option<String>, words: &str| match (name, keys::project_at(key)) {
        (Some(name), Some(project)) => format!("{words} {name:?} of project {project}"),
        (_, Some(project)) => format!("{words} of project {project}"),
        (_, None) => words.to_owned(),
    };
    match tag {
        Tag::Secret => in_project(last_name(PROJECT_PREFIX_BYTES), "secret"),
        Tag::SecretUse => in_project(last_name(PROJECT_PREFIX_BYTES), "time of use of secret"),
        Tag::SecretByInstance => {
            in_project(last_name(PROJECT_PREFIX_BYTES), "instance index entry of secret")
        }
        Tag::SecretByTag => in_project(last_name(PROJECT_PREFIX_BYTES), "tag index entry of secret"),
        Tag::SecretByEvent => in_project(last_name(PROJECT_PREFIX_BYTES), "event index entry of secret"),
        Tag::SecretByDueTime => in_project(last_name(TIME_PREFIX_BYTES), "deletion index entry of secret"),
        Tag::SecretById => format!("id index entry of secret {}", hex(key.get(1..))),
        Tag::Value => match keys::value_at(key) {
            Some((secret, version)) => format!("value v{version} of the secret with id {secret}"),
            None => noun.to_owned(),
        },
        Tag::CheckerSettings | Tag::Audit => in_project(None, noun),
        Tag::MasterKey => in_project(keys::master_key_at(key).map(|(_, name)| name), noun),
        Tag::Domain | Tag::Project | Tag::User => format!("{noun} {}", hex(key.get(1..))),
        Tag::DomainByName => match last_name(1) {
            Some(name) => format!("name index entry of domain {name:?}"),
            None => noun.to_owned(),
        },
        Tag::ProjectByName => match last_name(PROJECT_PREFIX_BYTES) {
            Some(name) => format!("name index entry of project {name:?}"),
            None => noun.to_owned(),
        },
        Tag::UserByName => match last_name(PROJECT_PREFIX_BYTES) {
            Some(name) => format!("name index entry of user {name:?}"),
            None => noun.to_owned(),
        },
        Tag::AccessKey => match keys::access_key_at(key) {
            Some(access_key) => format!("access key {access_key}"),
            None => noun.to_owned(),
        },
        Tag::AccessKeyByUser => match keys::access_key_of_user_at(key) {
            Some(access_key) => format!("user index entry of access key {access_key}"),
            None => noun.to_owned(),
        },
        Tag::Batch | Tag::BatchPart | Tag::Request => in_project(None, noun),
        // The hash of a token is of no use to the reader.
        Tag::RootKey | Tag::Token | Tag::SignedRequest | Tag::Clock | Tag::Scrub | Tag::Epoch => {
            noun.to_owned()
        }
        Tag::TokenByExpireTime => "expiry index entry of a token".to_owned(),
        Tag::BatchByExpireTime => "expiry index entry of a batch".to_owned(),
        Tag::RequestByExpireTime => "expiry index entry of a request".to_owned(),
    }
}

fn hex(bytes: Option<&[u8]>) -> String {
    bytes.unwrap_or_default().iter().map(|byte| format!("{byte:02x}")).collect()
}
