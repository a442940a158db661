//! The keys of all records. A key encodes a tuple and keeps its order, so a range of keys is a range of names or times. Different
//! tuples have different keys.

use crate::engine::Key;
use crate::{Id, Timestamp};

/// The first byte of a key, which is the kind of its record. Numbers are never reused; gaps leave room for related kinds. Add
/// each new kind to `kinds.rs` too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Tag {
    Secret = 0x10,
    SecretById = 0x11,
    Value = 0x12,
    // 0x13 was the index of deletion dates across projects.
    SecretByInstance = 0x14,
    #[allow(clippy::enum_variant_names, reason = "a tag of the secret, not of the key")]
    SecretByTag = 0x15,
    SecretByEvent = 0x16,
    SecretUse = 0x17,
    CheckerSettings = 0x18,
    SecretByDueTime = 0x19,
    MasterKey = 0x20,
    RootKey = 0x21,
    Domain = 0x30,
    DomainByName = 0x31,
    Project = 0x32,
    ProjectByName = 0x33,
    User = 0x34,
    UserByName = 0x35,
    AccessKey = 0x36,
    Token = 0x37,
    TokenByExpireTime = 0x38,
    AccessKeyByUser = 0x39,
    Audit = 0x40,
    Batch = 0x50,
    BatchPart = 0x51,
    BatchByExpireTime = 0x52,
    Request = 0x53,
    RequestByExpireTime = 0x54,
    SignedRequest = 0x55,
    Clock = 0x60,
    Scrub = 0x61,
    Epoch = 0x62,
}

/// Capacity for a tag, an id and a name of typical length, in bytes.
const TYPICAL_KEY_BYTES: usize = 64;

struct Builder(Key);

impl Builder {
    fn new(tag: Tag) -> Self {
        let mut key = Vec::with_capacity(TYPICAL_KEY_BYTES);
        key.push(tag as u8);
        Self(key)
    }

    fn id(self, id: Id) -> Self {
        self.bytes(id.as_bytes())
    }

    /// For fields of fixed size, which need no terminator.
    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// Terminated by 0x00, so that `a` sorts before `ab` whatever follows. The bytes 0x00 and 0x01 are escaped by two bytes that
    /// keep their order, so the terminator never occurs in a name.
    fn name(mut self, name: &str) -> Self {
        let is_plain = name.bytes().all(|byte| byte > 0x01);
        if is_plain {
            self.0.extend_from_slice(name.as_bytes());
        } else {
            for byte in name.bytes() {
                match byte {
                    0x00 | 0x01 => self.0.extend_from_slice(&[0x01, byte + 1]),
                    plain => self.0.push(plain),
                }
            }
        }
        self.0.push(0x00);
        self
    }

    fn number(self, number: u32) -> Self {
        self.bytes(&number.to_be_bytes())
    }

    /// The sign bit is inverted, so that times before 1970 sort before later ones.
    fn time(self, time: Timestamp) -> Self {
        self.bytes(&(time.milliseconds().cast_unsigned() ^ (1 << 63)).to_be_bytes())
    }
}

pub fn secret(project: Id, name: &str) -> Key {
    Builder::new(Tag::Secret).id(project).name(name).0
}

pub fn secrets(project: Id) -> Key {
    Builder::new(Tag::Secret).id(project).0
}

pub fn secret_by_id(secret: Id) -> Key {
    Builder::new(Tag::SecretById).id(secret).0
}

pub fn value(secret: Id, version: u32) -> Key {
    Builder::new(Tag::Value).id(secret).number(version).0
}

/// The secret and the version of the value at `key`.
pub fn value_at(key: &[u8]) -> Option<(Id, u32)> {
    let (version, before) =
        key.get(1..)?.split_last_chunk::<4>().map(|(before, version)| (version, before))?;
    Some((Id::new(before.try_into().ok()?), u32::from_be_bytes(*version)))
}

/// Ordered by project first, so that expired secrets of other projects cost nothing.
pub fn secret_by_due_time(project: Id, due: Timestamp, name: &str) -> Key {
    Builder::new(Tag::SecretByDueTime).id(project).time(due).name(name).0
}

pub fn secrets_by_due_time() -> Key {
    Builder::new(Tag::SecretByDueTime).0
}

pub fn secrets_of_project_by_due_time(project: Id) -> Key {
    Builder::new(Tag::SecretByDueTime).id(project).0
}

/// The first key with this deletion date.
pub fn secrets_due_at(project: Id, due: Timestamp) -> Key {
    Builder::new(Tag::SecretByDueTime).id(project).time(due).0
}

pub fn secret_by_instance(project: Id, instance: &str, name: &str) -> Key {
    Builder::new(Tag::SecretByInstance).id(project).name(instance).name(name).0
}

pub fn secrets_of_instance(project: Id, instance: &str) -> Key {
    Builder::new(Tag::SecretByInstance).id(project).name(instance).0
}

pub fn secrets_by_instance(project: Id) -> Key {
    Builder::new(Tag::SecretByInstance).id(project).0
}

pub fn secret_by_tag(project: Id, key: &str, value: &str, name: &str) -> Key {
    Builder::new(Tag::SecretByTag).id(project).name(key).name(value).name(name).0
}

pub fn secrets_of_tag(project: Id, key: &str, value: &str) -> Key {
    Builder::new(Tag::SecretByTag).id(project).name(key).name(value).0
}

pub fn secrets_of_tag_key(project: Id, key: &str) -> Key {
    Builder::new(Tag::SecretByTag).id(project).name(key).0
}

pub fn secrets_by_tag(project: Id) -> Key {
    Builder::new(Tag::SecretByTag).id(project).0
}

pub fn secret_by_event(project: Id, event: &str, name: &str) -> Key {
    Builder::new(Tag::SecretByEvent).id(project).name(event).name(name).0
}

pub fn secrets_of_event(project: Id, event: &str) -> Key {
    Builder::new(Tag::SecretByEvent).id(project).name(event).0
}

/// Decodes the names in a key after a prefix of `prefix_bytes`. `None` if the rest is anything else.
pub fn names(key: &[u8], prefix_bytes: usize) -> Option<Vec<String>> {
    let (end, names) = key.get(prefix_bytes..)?.split_last()?;
    let names = names.split(|byte| *byte == 0x00).map(|name| {
        let (mut plain, mut bytes) = (Vec::with_capacity(name.len()), name.iter().copied());
        while let Some(byte) = bytes.next() {
            plain.push(if byte == 0x01 { bytes.next()?.checked_sub(1)? } else { byte });
        }
        String::from_utf8(plain).ok()
    });
    (*end == 0x00).then(|| names.collect())?
}

/// The project in a key that starts with one.
pub fn project_at(key: &[u8]) -> Option<Id> {
    key.get(1..PROJECT_PREFIX_BYTES)?.try_into().ok().map(Id::new)
}

/// Length of the tag and a project, in bytes.
pub const PROJECT_PREFIX_BYTES: usize = 1 + 16;

/// Length of the tag, a project and a time, in bytes.
pub const TIME_PREFIX_BYTES: usize = PROJECT_PREFIX_BYTES + 8;

/// Ordered like the secrets, so that the access times of a page of secrets are one range.
pub fn secret_use(project: Id, name: &str) -> Key {
    Builder::new(Tag::SecretUse).id(project).name(name).0
}

pub fn checker_settings(project: Id) -> Key {
    Builder::new(Tag::CheckerSettings).id(project).0
}

/// The newest term sorts first, because it is needed most.
pub fn master_key(project: Id, name: &str, term: u32) -> Key {
    Builder::new(Tag::MasterKey).id(project).name(name).number(!term).0
}

pub fn master_keys(project: Id, name: &str) -> Key {
    Builder::new(Tag::MasterKey).id(project).name(name).0
}

pub fn project_master_keys(project: Id) -> Key {
    Builder::new(Tag::MasterKey).id(project).0
}

/// The master keys of all projects.
pub fn all_master_keys() -> Key {
    Builder::new(Tag::MasterKey).0
}

/// The project and the name of the master key at `key`.
pub fn master_key_at(key: &[u8]) -> Option<(Id, String)> {
    let (before_term, _) = key.split_last_chunk::<4>()?;
    Some((project_at(key)?, names(before_term, PROJECT_PREFIX_BYTES)?.pop()?))
}

pub fn root_key() -> Key {
    Builder::new(Tag::RootKey).0
}

pub fn domain(id: Id) -> Key {
    Builder::new(Tag::Domain).id(id).0
}

pub fn domain_by_name(name: &str) -> Key {
    Builder::new(Tag::DomainByName).name(name).0
}

pub fn project(id: Id) -> Key {
    Builder::new(Tag::Project).id(id).0
}

pub fn project_by_name(domain: Id, name: &str) -> Key {
    Builder::new(Tag::ProjectByName).id(domain).name(name).0
}

pub fn projects_by_name(domain: Id) -> Key {
    Builder::new(Tag::ProjectByName).id(domain).0
}

pub fn user(id: Id) -> Key {
    Builder::new(Tag::User).id(id).0
}

pub fn user_by_name(domain: Id, name: &str) -> Key {
    Builder::new(Tag::UserByName).id(domain).name(name).0
}

pub fn access_keys() -> Key {
    Builder::new(Tag::AccessKey).0
}

pub fn access_key(access_key: &str) -> Key {
    Builder::new(Tag::AccessKey).name(access_key).0
}

pub fn access_key_by_user(user: Id, access_key: &str) -> Key {
    Builder::new(Tag::AccessKeyByUser).id(user).name(access_key).0
}

pub fn access_keys_by_user(user: Id) -> Key {
    Builder::new(Tag::AccessKeyByUser).id(user).0
}

/// The access key in a key of the index by user.
pub fn access_key_of_user_at(key: &[u8]) -> Option<String> {
    names(key, 1 + 16)?.pop()
}

pub fn users() -> Key {
    Builder::new(Tag::User).0
}

/// The access key of the record at `key`.
pub fn access_key_at(key: &[u8]) -> Option<String> {
    names(key, 1)?.pop()
}

pub fn request(project: Id, request_id: &str) -> Key {
    Builder::new(Tag::Request).id(project).name(request_id).0
}

pub fn request_by_expire_time(time: Timestamp, project: Id, request_id: &str) -> Key {
    Builder::new(Tag::RequestByExpireTime).time(time).id(project).name(request_id).0
}

pub fn requests_by_expire_time() -> Key {
    Builder::new(Tag::RequestByExpireTime).0
}

/// The first key with this expiry time.
pub fn requests_expiring_at(time: Timestamp) -> Key {
    Builder::new(Tag::RequestByExpireTime).time(time).0
}

/// The expiry time in the key of an index entry.
pub fn expire_time_at(key: &[u8]) -> Option<Timestamp> {
    let time = u64::from_be_bytes(*key.get(1..)?.first_chunk()?) ^ (1 << 63);
    Some(Timestamp::from_milliseconds(time.cast_signed()))
}

/// Ordered by date, so that new records are neighbours and the oldest are found first.
pub fn signed_request(date: Timestamp, hash: &[u8; 32]) -> Key {
    Builder::new(Tag::SignedRequest).time(date).bytes(hash).0
}

pub fn signed_requests() -> Key {
    Builder::new(Tag::SignedRequest).0
}

/// The first key with this date.
pub fn signed_requests_of(date: Timestamp) -> Key {
    Builder::new(Tag::SignedRequest).time(date).0
}

pub fn clock() -> Key {
    Builder::new(Tag::Clock).0
}

/// Whether the key belongs to a record that every call creates anew, such as its audit record.
pub fn is_trace(key: &[u8]) -> bool {
    key.first().is_some_and(|tag| (Tag::Audit as u8..=Tag::SignedRequest as u8).contains(tag))
}

/// The hash of the token at `key`.
pub fn token_at(key: &[u8]) -> Option<[u8; 32]> {
    key.get(1..)?.try_into().ok()
}

pub fn scrub() -> Key {
    Builder::new(Tag::Scrub).0
}

pub fn epoch() -> Key {
    Builder::new(Tag::Epoch).0
}

pub fn token(hash: &[u8; 32]) -> Key {
    Builder::new(Tag::Token).bytes(hash).0
}

pub fn token_by_expire_time(time: Timestamp, hash: &[u8; 32]) -> Key {
    Builder::new(Tag::TokenByExpireTime).time(time).bytes(hash).0
}

pub fn tokens_by_expire_time() -> Key {
    Builder::new(Tag::TokenByExpireTime).0
}

/// The first key with this expiry time.
pub fn tokens_expiring_at(time: Timestamp) -> Key {
    Builder::new(Tag::TokenByExpireTime).time(time).0
}

/// `part` distinguishes the commits of one request.
pub fn audit(project: Id, time: Timestamp, request: Id, part: u32) -> Key {
    Builder::new(Tag::Audit).id(project).time(time).id(request).number(part).0
}

/// The first key of the audit records of a project at this time.
pub fn audit_from(project: Id, time: Timestamp) -> Key {
    Builder::new(Tag::Audit).id(project).time(time).0
}

pub fn audit_of_project(project: Id) -> Key {
    Builder::new(Tag::Audit).id(project).0
}

/// The newest batch sorts first, because it is needed most. Ids of batches grow with time.
pub fn batch(project: Id, batch: Id) -> Key {
    Builder::new(Tag::Batch).id(project).bytes(&batch.as_bytes().map(|byte| !byte)).0
}

pub fn batches(project: Id) -> Key {
    Builder::new(Tag::Batch).id(project).0
}

/// Ordered by the number of outcomes up to and including this part, so that the part of a given outcome is found by one seek.
pub fn batch_part(project: Id, batch: Id, outcomes: u32) -> Key {
    Builder::new(Tag::BatchPart).id(project).id(batch).number(outcomes).0
}

pub fn batch_parts(project: Id, batch: Id) -> Key {
    Builder::new(Tag::BatchPart).id(project).id(batch).0
}

/// The project and the batch of the part at `key`.
pub fn part_at(key: &[u8]) -> Option<(Id, Id)> {
    let batch = key.get(PROJECT_PREFIX_BYTES..PROJECT_PREFIX_BYTES + 16)?.try_into().ok()?;
    Some((project_at(key)?, Id::new(batch)))
}

pub fn batch_by_expire_time(time: Timestamp, project: Id, batch: Id) -> Key {
    Builder::new(Tag::BatchByExpireTime).time(time).id(project).id(batch).0
}

pub fn batches_by_expire_time() -> Key {
    Builder::new(Tag::BatchByExpireTime).0
}

/// The first key with this expiry time.
pub fn batches_expiring_at(time: Timestamp) -> Key {
    Builder::new(Tag::BatchByExpireTime).time(time).0
}

/// The project and the batch in a key of the index by expiry time.
pub fn expiring_batch_at(key: &[u8]) -> Option<(Id, Id)> {
    let (before, batch) = key.split_last_chunk::<16>()?;
    let (_, project) = before.split_last_chunk::<16>()?;
    Some((Id::new(*project), Id::new(*batch)))
}

#[cfg(test)]
mod tests;
