//! Writes of the records: everything a request changes, collected and then committed as one. A record and
//! what leads to it are written together, and each change says what it relies on.

use prost::Message;

use crate::batches::ExpiredBatch;
use crate::checksum::RecordKey;
use crate::engine::{Commit, Expect, Key, Operation};
use crate::index::index_entries;
use crate::records::{
    AccessKeyRecord, AuditRecord, BatchPart, BatchRecord, CheckerRecord, ClockRecord, DomainRecord,
    LocationRecord, MasterKeyRecord, ProjectRecord, RequestRecord, RootKeyRecord, ScrubRecord, SecretRecord,
    SignedRequestRecord, TokenRecord, UseRecord, UserRecord, Versioned, bare, encoded,
};
use crate::view::{ExpiredRequest, SignedRequestKey};
use crate::{Id, Revision, Sealed, StorageError, Timestamp, keys};

/// What one commit shall do. It may name a record only once.
#[derive(Default)]
pub struct Change {
    preconditions: Vec<(Key, Expect)>,
    writes: Vec<Write>,
    /// What was known of callers counts no longer.
    begins_epoch: bool,
}

/// One change of one key, before its checksum is made.
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

    /// Conflicts if the project has a secret of this name by then.
    pub fn create_secret(&mut self, project: Id, secret: &SecretRecord) -> Result<(), StorageError> {
        let entries = index_entries(project, secret)?;
        self.create(keys::secret(project, &secret.name), secret);
        self.put_all(entries);
        Ok(())
    }

    /// Conflicts if the secret has changed since it was read. A version no longer named loses its value. Its content is new,
    /// whatever it was before.
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

    /// The same where its content is that of an earlier revision, as the record says.
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

    /// Removes the secret with all its values and when it was read. Conflicts if it has changed since it was read.
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

    /// The value of a version that the secret's record names, in this change or before.
    pub fn put_value(&mut self, secret: Id, version: u32, value: Sealed) {
        self.put(keys::value(secret, version), value.into_bytes());
    }

    /// Notes when the value of a secret was last read. Conflicts if the secret has changed since it was read, so that
    /// nothing is noted of one that is gone.
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

    /// Conflicts if this term of the key exists by then. A root key wraps it: call [`Change::rely_on_root_key`] too.
    pub fn put_master_key(&mut self, project: Id, name: &str, key: &MasterKeyRecord) {
        self.create(keys::master_key(project, name, key.term), key);
    }

    /// Conflicts if the master key has changed since it was read. It keeps its term.
    pub fn update_master_key(
        &mut self,
        project: Id,
        name: &str,
        before: &Versioned<MasterKeyRecord>,
        after: &MasterKeyRecord,
    ) {
        self.update(keys::master_key(project, name, before.record.term), before.revision, after);
    }

    /// Conflicts if the root key's record has changed since it was read. Without it, what is sealed with the root key that
    /// the record named could be stored after a rotation has looked for such records, and be lost with that key.
    pub fn rely_on_root_key(&mut self, read: Option<&Versioned<RootKeyRecord>>) {
        let expect = read.map_or(Expect::Absent, |read| Expect::At(read.revision));
        self.expect(keys::root_key(), expect);
    }

    /// Conflicts if the store has another root key by then than the one read.
    pub fn put_root_key(&mut self, before: Option<&Versioned<RootKeyRecord>>, after: &RootKeyRecord) {
        self.rely_on_root_key(before);
        self.put(keys::root_key(), encoded(after));
    }

    /// Conflicts if there is a domain of this id or name by then.
    pub fn put_domain(&mut self, domain: &DomainRecord) -> Result<(), StorageError> {
        let id = Id::from_stored(&domain.id)?;
        self.create(keys::domain(id), domain);
        self.create_pointer(keys::domain_by_name(&domain.name), id);
        Ok(())
    }

    /// Conflicts if there is a project of this id, or of this name in the domain, by then.
    pub fn put_project(&mut self, project: &ProjectRecord) -> Result<(), StorageError> {
        let id = Id::from_stored(&project.id)?;
        let domain = Id::from_stored(&project.domain_id)?;
        self.create(keys::project(id), project);
        self.create_pointer(keys::project_by_name(domain, &project.name), id);
        Ok(())
    }

    /// Conflicts if there is a user of this id, or of this name in the domain, by then.
    pub fn put_user(&mut self, user: &UserRecord) -> Result<(), StorageError> {
        let id = Id::from_stored(&user.id)?;
        let domain = Id::from_stored(&user.domain_id)?;
        self.create(keys::user(id), user);
        self.create_pointer(keys::user_by_name(domain, &user.name), id);
        Ok(())
    }

    /// Conflicts if the user has changed since it was read. It keeps its id, its name and its domain.
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

    /// Conflicts if the access key is taken by then. A root key seals it: call [`Change::rely_on_root_key`] too.
    pub fn put_access_key(&mut self, key: &AccessKeyRecord) -> Result<(), StorageError> {
        let user = Id::from_stored(&key.user_id)?;
        self.create(keys::access_key(&key.access_key), key);
        self.put(keys::access_key_by_user(user, &key.access_key), bare(&[]));
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
        self.put(keys::token_by_expire_time(expires, hash), bare(hash));
    }

    pub fn remove_token(&mut self, hash: &[u8; 32], token: &TokenRecord) {
        let expires = Timestamp::from_milliseconds(token.expire_time);
        self.delete(keys::token(hash));
        self.delete(keys::token_by_expire_time(expires, hash));
        self.begins_epoch = true;
    }

    /// The same of a token that has not expired. Conflicts if somebody else has removed it since it was read.
    pub fn revoke_token(&mut self, hash: &[u8; 32], before: &Versioned<TokenRecord>) {
        self.expect(keys::token(hash), Expect::At(before.revision));
        self.remove_token(hash, &before.record);
    }

    /// Conflicts rather than overwrite: `part` tells the commits of one request apart.
    pub fn audit(&mut self, project: Id, record: &AuditRecord) -> Result<(), StorageError> {
        let request = Id::from_stored(&record.request_id)?;
        let time = Timestamp::from_milliseconds(record.time);
        self.create(keys::audit(project, time, request, record.part), record);
        Ok(())
    }

    /// A new batch: its id is that of the request, so there is none of it before.
    pub fn put_batch(&mut self, project: Id, batch: &BatchRecord) -> Result<(), StorageError> {
        let id = Id::from_stored(&batch.id)?;
        let expires = Timestamp::from_milliseconds(batch.expire_time);
        self.put(keys::batch(project, id), encoded(batch));
        self.put(keys::batch_by_expire_time(expires, project, id), bare(&[]));
        Ok(())
    }

    /// Conflicts if the batch has changed since it was read. It keeps the time at which it expires.
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

    /// The outcomes of this change. They are never written again.
    pub fn put_batch_part(&mut self, project: Id, batch: Id, part: &BatchPart) -> Result<(), StorageError> {
        let outcomes = u32::try_from(part.outcomes.len()).ok().and_then(|own| part.first.checked_add(own));
        let outcomes =
            outcomes.ok_or(StorageError::Malformed { problem: "a batch has too many outcomes" })?;
        self.put(keys::batch_part(project, batch, outcomes), encoded(part));
        Ok(())
    }

    /// Removes these parts, and the batch itself if they are the last of it.
    pub fn remove_batch(&mut self, expired: &ExpiredBatch) {
        for part in &expired.parts {
            self.delete(part.clone());
        }
        if expired.is_whole {
            self.delete(keys::batch(expired.project, expired.id));
            self.delete(expired.entry.clone());
        }
    }

    /// Conflicts if what is known of this name has changed since it was read. Another request may have had it once; what is
    /// left of that in the index goes when its time has come.
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

    /// Removes an entry of the index and the request it leads to, unless that is another one by now. Conflicts if the
    /// request has changed since it was read.
    pub fn remove_request(&mut self, expired: &ExpiredRequest) {
        let ExpiredRequest { project, request_id, expire_time, known } = expired;
        self.delete(keys::request_by_expire_time(*expire_time, *project, request_id));
        let expired = known.as_ref().filter(|known| known.record.expire_time == expire_time.milliseconds());
        if let Some(known) = expired {
            self.expect(keys::request(*project, request_id), Expect::At(known.revision));
            self.delete(keys::request(*project, request_id));
        }
    }

    /// Conflicts if the same signed request has changed something by then.
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

    /// Relies on nothing: of two servers that scrub one store, either may say how far it is.
    pub fn put_scrub(&mut self, scrub: &ScrubRecord) {
        self.put(keys::scrub(), encoded(scrub));
    }

    /// What this change relies on, as one text of bytes: two changes with the same one were decided on the same records.
    /// Records that each call makes for itself, such as the audit's, are left out.
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
            // It says nothing but its revision.
            self.put(keys::epoch(), bare(&[]));
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
        self.put(key, bare(id.as_bytes()));
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
