//! Index entries. They are derived from their record by one function, so they always match it.

use prost::Message;
use strongroom_sealing::Sealed;

use crate::engine::{Key, Revision, Stored};
use crate::keys::{self, PROJECT_PREFIX_BYTES, TIME_PREFIX_BYTES, Tag};
use crate::records::{
    AccessKeyRecord, AuditRecord, BatchPart, BatchRecord, CheckerRecord, ClockRecord, DomainRecord,
    LocationRecord, MasterKeyRecord, ProjectRecord, RequestRecord, RootKeyRecord, ScrubRecord, SecretRecord,
    SignedRequestRecord, TokenRecord, UseRecord, UserRecord, decoded, encoded, with_checksum_capacity,
};
use crate::{Id, StorageError, Timestamp};

/// All index entries of a secret. Their content is the location of the secret. Entries of tags and events are empty: there may
/// be many, and their keys contain the name.
pub fn index_entries(project: Id, secret: &SecretRecord) -> Result<Vec<(Key, Vec<u8>)>, StorageError> {
    let id = Id::from_stored(&secret.id)?;
    let location = encoded(&LocationRecord { project_id: project.to_stored(), name: secret.name.clone() });

    let mut entries = vec![(keys::secret_by_id(id), with_checksum_capacity(&location))];
    if let Some(due) = secret.scheduled_delete_time.map(Timestamp::from_milliseconds) {
        entries
            .push((keys::secret_by_due_time(project, due, &secret.name), with_checksum_capacity(&location)));
    }
    if !secret.instance_id.is_empty() {
        entries.push((keys::secret_by_instance(project, &secret.instance_id, &secret.name), location));
    }
    for tag in &secret.tags {
        entries.push((
            keys::secret_by_tag(project, &tag.key, &tag.value, &secret.name),
            with_checksum_capacity(&[]),
        ));
    }
    for event in &secret.event_subscriptions {
        entries.push((keys::secret_by_event(project, event, &secret.name), with_checksum_capacity(&[])));
    }
    Ok(entries)
}

/// All index entries that the record at `key` must have.
///
/// # Errors
/// `Damaged` if the record cannot be decoded, or belongs to another key.
pub(crate) fn entries_of(key: &[u8], content: &[u8]) -> Result<Vec<(Key, Vec<u8>)>, StorageError> {
    let Some(tag) = Tag::of(key) else { return Ok(Vec::new()) };
    let none = Ok(Vec::new());
    let misplaced = || StorageError::Damaged { what: tag.noun(), cause: None };
    match tag {
        Tag::Secret => {
            let secret: SecretRecord = read(tag, content)?;
            let project = keys::project_at(key).ok_or_else(misplaced)?;
            match keys::secret(project, &secret.name) == key {
                true => index_entries(project, &secret),
                false => Err(misplaced()),
            }
        }
        Tag::Domain => {
            let domain: DomainRecord = read(tag, content)?;
            Ok(vec![(keys::domain_by_name(&domain.name), with_checksum_capacity(&domain.id))])
        }
        Tag::Project => {
            let project: ProjectRecord = read(tag, content)?;
            let domain = Id::from_stored(&project.domain_id)?;
            Ok(vec![(keys::project_by_name(domain, &project.name), with_checksum_capacity(&project.id))])
        }
        Tag::User => {
            let user: UserRecord = read(tag, content)?;
            let domain = Id::from_stored(&user.domain_id)?;
            Ok(vec![(keys::user_by_name(domain, &user.name), with_checksum_capacity(&user.id))])
        }
        Tag::Token => {
            let token: TokenRecord = read(tag, content)?;
            let hash = keys::token_at(key).ok_or_else(misplaced)?;
            let expires = Timestamp::from_milliseconds(token.expire_time);
            Ok(vec![(keys::token_by_expire_time(expires, &hash), with_checksum_capacity(&hash))])
        }
        Tag::Batch => {
            let batch: BatchRecord = read(tag, content)?;
            let (project, id) = (keys::project_at(key).ok_or_else(misplaced)?, Id::from_stored(&batch.id)?);
            let expires = Timestamp::from_milliseconds(batch.expire_time);
            Ok(vec![(keys::batch_by_expire_time(expires, project, id), with_checksum_capacity(&[]))])
        }
        Tag::Request => {
            let request: RequestRecord = read(tag, content)?;
            let project = keys::project_at(key).ok_or_else(misplaced)?;
            let name = keys::names(key, PROJECT_PREFIX_BYTES).and_then(|mut names| names.pop());
            let name = name.ok_or_else(misplaced)?;
            let expires = Timestamp::from_milliseconds(request.expire_time);
            let entry = keys::request_by_expire_time(expires, project, &name);
            Ok(vec![(entry, encoded(&LocationRecord { project_id: project.to_stored(), name }))])
        }
        Tag::Value => {
            let damaged = |_| StorageError::Damaged { what: tag.noun(), cause: None };
            Sealed::from_stored(content.to_vec()).map_err(damaged).and(none)
        }
        Tag::SecretUse => read::<UseRecord>(tag, content).and(none),
        Tag::CheckerSettings => read::<CheckerRecord>(tag, content).and(none),
        Tag::MasterKey => read::<MasterKeyRecord>(tag, content).and(none),
        Tag::RootKey => read::<RootKeyRecord>(tag, content).and(none),
        Tag::AccessKey => {
            let access_key: AccessKeyRecord = read(tag, content)?;
            let user = Id::from_stored(&access_key.user_id)?;
            Ok(vec![(keys::access_key_by_user(user, &access_key.access_key), with_checksum_capacity(&[]))])
        }
        Tag::SignedRequest => read::<SignedRequestRecord>(tag, content).and(none),
        Tag::Clock => read::<ClockRecord>(tag, content).and(none),
        Tag::Audit => read::<AuditRecord>(tag, content).and(none),
        Tag::BatchPart => read::<BatchPart>(tag, content).and(none),
        Tag::Scrub => read::<ScrubRecord>(tag, content).and(none),
        Tag::Epoch
        | Tag::SecretById
        | Tag::SecretByInstance
        | Tag::SecretByTag
        | Tag::SecretByEvent
        | Tag::SecretByDueTime
        | Tag::DomainByName
        | Tag::ProjectByName
        | Tag::UserByName
        | Tag::AccessKeyByUser
        | Tag::TokenByExpireTime
        | Tag::BatchByExpireTime
        | Tag::RequestByExpireTime => none,
    }
}

/// The key of the record that the index entry at `key` belongs to; `None` if it is not an index entry.
pub(crate) fn owner_of(key: &[u8], content: &[u8]) -> Result<Option<Key>, StorageError> {
    let Some(tag) = Tag::of(key) else { return Ok(None) };
    let damaged = || StorageError::Damaged { what: "index entry", cause: None };
    let located = || {
        let location: LocationRecord = read(tag, content)?;
        Ok::<_, StorageError>((Id::from_stored(&location.project_id)?, location.name))
    };
    let in_key = |prefix_bytes| {
        let name = keys::names(key, prefix_bytes).and_then(|mut names| names.pop());
        Some(keys::secret(keys::project_at(key)?, &name?))
    };
    let owner = match tag {
        Tag::SecretById => located().map(|(project, name)| keys::secret(project, &name))?,
        Tag::SecretByInstance | Tag::SecretByTag | Tag::SecretByEvent | Tag::SecretUse => {
            in_key(PROJECT_PREFIX_BYTES).ok_or_else(damaged)?
        }
        Tag::SecretByDueTime => in_key(TIME_PREFIX_BYTES).ok_or_else(damaged)?,
        Tag::DomainByName => keys::domain(Id::from_stored(content)?),
        Tag::ProjectByName => keys::project(Id::from_stored(content)?),
        Tag::UserByName => keys::user(Id::from_stored(content)?),
        Tag::AccessKeyByUser => keys::access_key(&keys::access_key_of_user_at(key).ok_or_else(damaged)?),
        Tag::TokenByExpireTime => keys::token(content.try_into().map_err(|_| damaged())?),
        Tag::BatchByExpireTime => {
            let (project, batch) = keys::expiring_batch_at(key).ok_or_else(damaged)?;
            keys::batch(project, batch)
        }
        Tag::RequestByExpireTime => located().map(|(project, name)| keys::request(project, &name))?,
        Tag::Secret
        | Tag::Value
        | Tag::CheckerSettings
        | Tag::MasterKey
        | Tag::RootKey
        | Tag::Domain
        | Tag::Project
        | Tag::User
        | Tag::AccessKey
        | Tag::Token
        | Tag::Audit
        | Tag::Batch
        | Tag::BatchPart
        | Tag::Request
        | Tag::SignedRequest
        | Tag::Clock
        | Tag::Scrub
        | Tag::Epoch => return Ok(None),
    };
    Ok(Some(owner))
}

fn read<T: Message + Default>(tag: Tag, content: &[u8]) -> Result<T, StorageError> {
    let stored = Stored { value: content.to_vec().into(), revision: Revision(0) };
    Ok(decoded(tag.noun(), stored)?.record)
}
