//! Writes of records. A [`Change`] collects everything that a request changes, with index entries and preconditions, and is
//! committed as one.

use prost::Message;

use crate::batches::ExpiredBatch;
use crate::checksum::RecordKey;
use crate::engine::{Commit, Expect, Key, Operation};
use crate::index::index_entries;
use crate::records::{
    AccessKeyRecord, AuditRecord, BatchPart, BatchRecord, CheckerRecord, ClockRecord, DomainRecord,
    LocationRecord, MasterKeyRecord, ProjectRecord, RequestRecord, RootKeyRecord, ScrubRecord, SecretRecord,
    SignedRequestRecord, TokenRecord, UseRecord, UserRecord, Versioned, encoded, with_checksum_capacity,
};
use crate::view::{ExpiredRequest, SignedRequestKey};
use crate::{Id, Revision, Sealed, StorageError, Timestamp, keys};

/// The writes and preconditions of one commit. It may write a record only once.
#[derive(Default)]
pub struct Change {
    preconditions: Vec<(Key, Expect)>,
    writes: Vec<Write>,
    /// Whether cached callers, users and tokens become invalid.
    begins_epoch: bool,
}

/// One write, without its checksum.
enum Write {
    Put { key: Key, content: Vec<u8> },
    Delete { key: Key },
}

impl Write {
    fn protected(self, record_key: &RecordKey) -> Operation {
        match self {
            Self::Put { key, mut content } => {
                record_key.protect(&key, &mut content);
                Operation::Put { key, value: content.into() }
            }
            Self::Delete { key } => Operation::Delete { key },
        }
    }
}

impl Change {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn is_empty(&self) -> bool {
        self.writes.is_empty()
    }

    /// Conflicts if the project has a secret with this name at commit time.
    pub fn create_secret(&mut self, project: Id, secret: &SecretRecord) -> Result<(), StorageError> {
        let entries = index_entries(project, secret)?;
        self.create(keys::secret(project, &secret.name), secret);
        self.put_all(entries);
        Ok(())
    }

    /// Conflicts if the secret has changed since it was read. Values of versions that `after` no longer names are deleted.
    /// Marks the content as changed, even if it equals an earlier one.
    pub fn update_secret(
        &mut self,
        project: Id,
        before: &Versioned<SecretRecord>,
        after: &SecretRecord,
    ) -> Result<(), StorageError> {
        match after.content_revision {
            0 => self.restate_secret(project, before, after),
            _ => {
                let after = SecretRecord { content_revision: 0, ..after.clone() };
                self.restate_secret(project, before, &after)
            }
        }
    }

    /// Like [`Self::update_secret`], but keeps the `content_revision` in the record.
    pub fn restate_secret(
        &mut self,
        project: Id,
        before: &Versioned<SecretRecord>,
        after: &SecretRecord,
    ) -> Result<(), StorageError> {
        if before.record.name != after.name || before.record.id != after.id {
            return Err(StorageError::Malformed { problem: "a secret keeps its name and its id" });
        }
        let id = Id::from_stored(&after.id)?;
        let old = index_entries(project, &before.record)?;
        let new = index_entries(project, after)?;

        let key = keys::secret(project, &after.name);
        self.expect(key.clone(), Expect::At(before.revision));
        self.put(key, encoded(after));
        for (key, _) in old.iter().filter(|entry| !new.contains(entry)) {
            self.delete(key.clone());
        }
        self.put_all(new.into_iter().filter(|entry| !old.contains(entry)));
        for version in &before.record.versions {
            if !after.versions.iter().any(|kept| kept.number == version.number) {
                self.delete(keys::value(id, version.number));
            }
        }
        Ok(())
    }

    /// Removes the secret with its values and its last access time. Conflicts if it has changed since it was read.
    pub fn remove_secret(
        &mut self,
        project: Id,
        before: &Versioned<SecretRecord>,
    ) -> Result<(), StorageError> {
        let id = Id::from_stored(&before.record.id)?;
        let entries = index_entries(project, &before.record)?;

        let key = keys::secret(project, &before.record.name);
        self.expect(key.clone(), Expect::At(before.revision));
        self.delete(key);
        self.delete(keys::secret_use(project, &before.record.name));
        for (key, _) in entries {
            self.delete(key);
        }
        for version in &before.record.versions {
            self.delete(keys::value(id, version.number));
        }
        Ok(())
    }

    /// Stores the value of a version. The record of the secret must name the version, in this change or before.
    pub fn put_value(&mut self, secret: Id, version: u32, value: Sealed) {
        self.put(keys::value(secret, version), value.into_bytes());
    }

    /// Stores the last access time of a secret. Conflicts if the secret has changed since it was read, so that no access time is
    /// stored for a deleted secret.
    pub fn put_use(&mut self, project: Id, secret: &Versioned<SecretRecord>, time: Timestamp) {
        self.expect(keys::secret(project, &secret.record.name), Expect::At(secret.revision));
        let noted = UseRecord { secret_id: secret.record.id.clone(), time: time.milliseconds() };
        self.put(keys::secret_use(project, &secret.record.name), encoded(&noted));
    }

    /// Conflicts if the settings have changed since they were read.
    pub fn put_checker_settings(
        &mut self,
        project: Id,
        before: Option<&Versioned<CheckerRecord>>,
        after: &CheckerRecord,
    ) {
        let expect = before.map_or(Expect::Absent, |before| Expect::At(before.revision));
        self.expect(keys::checker_settings(project), expect);
        self.put(keys::checker_settings(project), encoded(after));
    }

    /// Conflicts if this term of the key exists at commit time. A root key wraps it: call [`Change::rely_on_root_key`] too.
    pub fn put_master_key(&mut self, project: Id, name: &str, key: &MasterKeyRecord) {
        self.create(keys::master_key(project, name, key.term), key);
    }

    /// Conflicts if the master key has changed since it was read. The term must stay the same.
    pub fn update_master_key(
        &mut self,
        project: Id,
        name: &str,
        before: &Versioned<MasterKeyRecord>,
        after: &MasterKeyRecord,
    ) {
        self.update(keys::master_key(project, name, before.record.term), before.revision, after);
    }

    /// Conflicts if the record of the root key has changed since it was read.
    ///
    /// Call it for every record sealed by the root key. Otherwise a record sealed by the previous root key could be committed
    /// after the rotation has searched for such records, and could not be opened once that key is removed.
    pub fn rely_on_root_key(&mut self, read: Option<&Versioned<RootKeyRecord>>) {
        let expect = read.map_or(Expect::Absent, |read| Expect::At(read.revision));
        self.expect(keys::root_key(), expect);
    }

    /// Conflicts if the record of the root key has changed since it was read.
    pub fn put_root_key(&mut self, before: Option<&Versioned<RootKeyRecord>>, after: &RootKeyRecord) {
        self.rely_on_root_key(before);
        self.put(keys::root_key(), encoded(after));
    }

    /// Conflicts if a domain with this id or name exists at commit time.
    pub fn put_domain(&mut self, domain: &DomainRecord) -> Result<(), StorageError> {
        let id = Id::from_stored(&domain.id)?;
        self.create(keys::domain(id), domain);
        self.create_pointer(keys::domain_by_name(&domain.name), id);
        Ok(())
    }

    /// Conflicts if a project with this id, or with this name in the domain, exists at commit time.
    pub fn put_project(&mut self, project: &ProjectRecord) -> Result<(), StorageError> {
        let id = Id::from_stored(&project.id)?;
        let domain = Id::from_stored(&project.domain_id)?;
        self.create(keys::project(id), project);
        self.create_pointer(keys::project_by_name(domain, &project.name), id);
        Ok(())
    }

    /// Conflicts if a user with this id, or with this name in the domain, exists at commit time.
    pub fn put_user(&mut self, user: &UserRecord) -> Result<(), StorageError> {
        let id = Id::from_stored(&user.id)?;
        let domain = Id::from_stored(&user.domain_id)?;
        self.create(keys::user(id), user);
        self.create_pointer(keys::user_by_name(domain, &user.name), id);
        Ok(())
    }

    /// Conflicts if the user has changed since it was read. Id, name and domain must stay the same.
    pub fn update_user(
        &mut self,
        before: &Versioned<UserRecord>,
        after: &UserRecord,
    ) -> Result<(), StorageError> {
        let id = Id::from_stored(&before.record.id)?;
        self.update(keys::user(id), before.revision, after);
        self.begins_epoch = true;
        Ok(())
    }

    /// Conflicts if the access key exists at commit time. A root key seals it: call [`Change::rely_on_root_key`] too.
    pub fn put_access_key(&mut self, key: &AccessKeyRecord) -> Result<(), StorageError> {
        let user = Id::from_stored(&key.user_id)?;
        self.create(keys::access_key(&key.access_key), key);
        self.put(keys::access_key_by_user(user, &key.access_key), with_checksum_capacity(&[]));
        Ok(())
    }

    /// Conflicts if the access key has changed since it was read.
    pub fn update_access_key(&mut self, before: &Versioned<AccessKeyRecord>, after: &AccessKeyRecord) {
        self.update(keys::access_key(&before.record.access_key), before.revision, after);
    }

    /// Conflicts if the access key has changed since it was read.
    pub fn remove_access_key(&mut self, before: &Versioned<AccessKeyRecord>) -> Result<(), StorageError> {
        let user = Id::from_stored(&before.record.user_id)?;
        let key = keys::access_key(&before.record.access_key);
        self.expect(key.clone(), Expect::At(before.revision));
        self.delete(key);
        self.delete(keys::access_key_by_user(user, &before.record.access_key));
        Ok(())
    }

    pub fn put_token(&mut self, hash: &[u8; 32], token: &TokenRecord) {
        let expires = Timestamp::from_milliseconds(token.expire_time);
        self.put(keys::token(hash), encoded(token));
        self.put(keys::token_by_expire_time(expires, hash), with_checksum_capacity(hash));
    }

    pub fn remove_token(&mut self, hash: &[u8; 32], token: &TokenRecord) {
        let expires = Timestamp::from_milliseconds(token.expire_time);
        self.delete(keys::token(hash));
        self.delete(keys::token_by_expire_time(expires, hash));
        self.begins_epoch = true;
    }

    /// Removes a token that has not expired. Conflicts if it was removed since it was read.
    pub fn revoke_token(&mut self, hash: &[u8; 32], before: &Versioned<TokenRecord>) {
        self.expect(keys::token(hash), Expect::At(before.revision));
        self.remove_token(hash, &before.record);
    }

    /// Conflicts if the audit record exists. `part` distinguishes the commits of one request.
    pub fn audit(&mut self, project: Id, record: &AuditRecord) -> Result<(), StorageError> {
        let request = Id::from_stored(&record.request_id)?;
        let time = Timestamp::from_milliseconds(record.time);
        self.create(keys::audit(project, time, request, record.part), record);
        Ok(())
    }

    /// Creates a batch. Its id is the request id, so it is new.
    pub fn put_batch(&mut self, project: Id, batch: &BatchRecord) -> Result<(), StorageError> {
        let id = Id::from_stored(&batch.id)?;
        let expires = Timestamp::from_milliseconds(batch.expire_time);
        self.put(keys::batch(project, id), encoded(batch));
        self.put(keys::batch_by_expire_time(expires, project, id), with_checksum_capacity(&[]));
        Ok(())
    }

    /// Conflicts if the batch has changed since it was read. The expiry time must stay the same.
    pub fn update_batch(
        &mut self,
        project: Id,
        before: &Versioned<BatchRecord>,
        after: &BatchRecord,
    ) -> Result<(), StorageError> {
        let id = Id::from_stored(&before.record.id)?;
        self.update(keys::batch(project, id), before.revision, after);
        Ok(())
    }

    /// Conflicts if the batch has changed since it was read.
    pub fn rely_on_batch(&mut self, project: Id, read: &Versioned<BatchRecord>) -> Result<(), StorageError> {
        let id = Id::from_stored(&read.record.id)?;
        self.expect(keys::batch(project, id), Expect::At(read.revision));
        Ok(())
    }

    /// Stores the outcomes of this change. A part is written once and never changed.
    pub fn put_batch_part(&mut self, project: Id, batch: Id, part: &BatchPart) -> Result<(), StorageError> {
        let outcomes = u32::try_from(part.outcomes.len()).ok().and_then(|own| part.first.checked_add(own));
        let outcomes =
            outcomes.ok_or(StorageError::Malformed { problem: "a batch has too many outcomes" })?;
        self.put(keys::batch_part(project, batch, outcomes), encoded(part));
        Ok(())
    }

    /// Removes these parts, and the batch itself if no other parts are left.
    pub fn remove_batch(&mut self, expired: &ExpiredBatch) {
        for part in &expired.parts {
            self.delete(part.clone());
        }
        if expired.is_whole {
            self.delete(keys::batch(expired.project, expired.id));
            self.delete(expired.entry.clone());
        }
    }

    /// Stores an idempotency record. Conflicts if the record of this request id has changed since it was read.
    ///
    /// An index entry of an earlier request with the same id may remain; it is removed when it expires.
    pub fn put_request(
        &mut self,
        project: Id,
        request_id: &str,
        before: Option<&Versioned<RequestRecord>>,
        request: &RequestRecord,
    ) {
        let expires = Timestamp::from_milliseconds(request.expire_time);
        let expect = before.map_or(Expect::Absent, |before| Expect::At(before.revision));
        self.expect(keys::request(project, request_id), expect);
        self.put(keys::request(project, request_id), encoded(request));
        let location = LocationRecord { project_id: project.to_stored(), name: request_id.to_owned() };
        self.put(keys::request_by_expire_time(expires, project, request_id), encoded(&location));
    }

    /// Removes an index entry and its idempotency record, unless a newer request has taken over the id. Conflicts if the record
    /// has changed since it was read.
    pub fn remove_request(&mut self, expired: &ExpiredRequest) {
        let ExpiredRequest { project, request_id, expire_time, known } = expired;
        self.delete(keys::request_by_expire_time(*expire_time, *project, request_id));
        let expired = known.as_ref().filter(|known| known.record.expire_time == expire_time.milliseconds());
        if let Some(known) = expired {
            self.expect(keys::request(*project, request_id), Expect::At(known.revision));
            self.delete(keys::request(*project, request_id));
        }
    }

    /// Conflicts if the same signed request was executed already.
    pub fn put_signed_request(&mut self, date: Timestamp, hash: &[u8; 32], request: &SignedRequestRecord) {
        self.create(keys::signed_request(date, hash), request);
    }

    pub fn remove_signed_request(&mut self, expired: &SignedRequestKey) {
        self.delete(expired.0.clone());
    }

    /// Conflicts if the record has changed since it was read.
    pub fn put_clock(&mut self, before: Option<&Versioned<ClockRecord>>, after: &ClockRecord) {
        let expect = before.map_or(Expect::Absent, |before| Expect::At(before.revision));
        self.expect(keys::clock(), expect);
        self.put(keys::clock(), encoded(after));
    }

    /// Has no precondition: if two servers scrub one store, either may store its progress.
    pub fn put_scrub(&mut self, scrub: &ScrubRecord) {
        self.put(keys::scrub(), encoded(scrub));
    }

    /// The preconditions of this change in bytes. Two changes with the same basis were computed from the same records.
    ///
    /// Leaves out records that every call creates anew, such as its audit record.
    pub fn basis(&self) -> Vec<u8> {
        let own = |(key, expect): &&(Key, Expect)| !(keys::is_trace(key) && *expect == Expect::Absent);
        let mut relied_on: Vec<_> = self.preconditions.iter().filter(own).collect();
        relied_on.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        let mut basis = Vec::new();
        for (key, expect) in relied_on {
            let revision = match expect {
                Expect::Absent => 0,
                Expect::At(revision) => revision.0,
            };
            basis.extend_from_slice(&(key.len() as u64).to_be_bytes());
            basis.extend_from_slice(key);
            basis.extend_from_slice(&revision.to_be_bytes());
        }
        basis
    }

    pub(crate) fn into_commit(mut self, record_key: &RecordKey) -> Commit {
        if self.begins_epoch {
            // Only the revision of the epoch record matters.
            self.put(keys::epoch(), with_checksum_capacity(&[]));
        }
        let operations = self.writes.into_iter().map(|write| write.protected(record_key)).collect();
        Commit { preconditions: self.preconditions, operations }
    }

    fn create(&mut self, key: Key, record: &impl Message) {
        self.expect(key.clone(), Expect::Absent);
        self.put(key, encoded(record));
    }

    fn update(&mut self, key: Key, read: Revision, after: &impl Message) {
        self.expect(key.clone(), Expect::At(read));
        self.put(key, encoded(after));
    }

    fn create_pointer(&mut self, key: Key, id: Id) {
        self.expect(key.clone(), Expect::Absent);
        self.put(key, with_checksum_capacity(id.as_bytes()));
    }

    fn expect(&mut self, key: Key, expect: Expect) {
        self.preconditions.push((key, expect));
    }

    pub(crate) fn put(&mut self, key: Key, content: Vec<u8>) {
        self.writes.push(Write::Put { key, content });
    }

    fn put_all(&mut self, entries: impl IntoIterator<Item = (Key, Vec<u8>)>) {
        self.writes.extend(entries.into_iter().map(|(key, content)| Write::Put { key, content }));
    }

    pub(crate) fn delete(&mut self, key: Key) {
        self.writes.push(Write::Delete { key });
    }
}
