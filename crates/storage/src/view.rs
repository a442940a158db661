//! Reads of records. All reads of a [`View`] see the same snapshot.

use std::collections::BTreeSet;

use prost::Message;

use crate::checksum::Verified;
use crate::engine::{Key, Span, Stored};
use crate::records::{
    AccessKeyRecord, AuditRecord, CheckerRecord, ClockRecord, DomainRecord, LocationRecord, MasterKeyRecord,
    ProjectRecord, RequestRecord, RootKeyRecord, ScrubRecord, SecretRecord, SignedRequestRecord, TokenRecord,
    UseRecord, UserRecord, Versioned, decoded,
};
use crate::{Id, Revision, Sealed, StorageError, Timestamp, keys};

/// Entries read in one engine call. Our choice: a page takes about 0.1 ms, after which other tasks may run.
pub const PAGE: usize = 1_000;

/// A snapshot of the records.
pub struct View {
    pub(crate) snapshot: Verified,
}

/// The key of a master key record, and the record unless it is damaged.
pub struct PlacedMasterKey {
    pub project: Id,
    pub name: String,
    pub key: Result<Versioned<MasterKeyRecord>, StorageError>,
}

/// The key of an access key record, and the record unless it is damaged.
pub struct PlacedAccessKey {
    pub access_key: String,
    pub key: Result<Versioned<AccessKeyRecord>, StorageError>,
}

/// An expired entry in the index of idempotency records by time.
pub struct ExpiredRequest {
    pub project: Id,
    pub request_id: String,
    pub expire_time: Timestamp,
    /// The record that has this request id now: the expired one, a newer one, or `None`.
    pub known: Option<Versioned<RequestRecord>>,
}

/// The key of a signed request record.
pub struct SignedRequestKey(pub(crate) Key);

impl View {
    pub(crate) fn new(snapshot: Verified) -> Self {
        Self { snapshot }
    }

    pub async fn secret(
        &self,
        project: Id,
        name: &str,
    ) -> Result<Option<Versioned<SecretRecord>>, StorageError> {
        self.record("secret", &keys::secret(project, name)).await
    }

    /// The secrets with these names, in the same order. Reads [`PAGE`] of them per round trip.
    pub async fn secrets_by_name(
        &self,
        project: Id,
        names: &[&str],
    ) -> Result<Vec<Option<Versioned<SecretRecord>>>, StorageError> {
        self.records("secret", names.iter().map(|name| keys::secret(project, name)).collect()).await
    }

    /// When the value of each of these secrets was last read, in the same order. Reads [`PAGE`] of them per round trip.
    pub async fn last_uses_by_name(
        &self,
        project: Id,
        names: &[&str],
    ) -> Result<Vec<Option<UseRecord>>, StorageError> {
        let keys = names.iter().map(|name| keys::secret_use(project, name)).collect();
        let found = self.records("last access time", keys).await?;
        Ok(found.into_iter().map(|found| found.map(|found| found.record)).collect())
    }

    /// The secret with this id, and its project.
    pub async fn secret_by_id(
        &self,
        secret: Id,
    ) -> Result<Option<(Id, Versioned<SecretRecord>)>, StorageError> {
        match self.snapshot.get(&keys::secret_by_id(secret)).await? {
            Some(entry) => self.located(entry).await.map(Some),
            None => Ok(None),
        }
    }

    /// The first `limit` secrets of the project with names from `start` on, inclusive, ordered by name.
    pub async fn secrets(
        &self,
        project: Id,
        start: &str,
        limit: usize,
    ) -> Result<Vec<SecretRecord>, StorageError> {
        let span = Span { start: keys::secret(project, start), ..Span::prefix(keys::secrets(project)) };
        let found = self.range(span, limit).await?;
        found.into_iter().map(|(_, stored)| Ok(decoded("secret", stored)?.record)).collect()
    }

    /// Counts the secrets of the project, including damaged ones. Scans all of them.
    pub async fn count_secrets(&self, project: Id) -> Result<usize, StorageError> {
        let mut count = 0;
        self.each(Span::prefix(keys::secrets(project)), |_, _| {
            count += 1;
            Ok(())
        })
        .await?;
        Ok(count)
    }

    /// The last access time of the secret with this name.
    pub async fn last_use(&self, project: Id, name: &str) -> Result<Option<UseRecord>, StorageError> {
        let found = self.record("time of use", &keys::secret_use(project, name)).await?;
        Ok(found.map(|kept| kept.record))
    }

    /// The last access times of all secrets between the first and the last of these names, by name. Secrets that were never read
    /// are left out.
    pub async fn last_uses(
        &self,
        project: Id,
        first: &str,
        last: &str,
    ) -> Result<Vec<UseRecord>, StorageError> {
        let mut end = keys::secret_use(project, last);
        end.push(0);
        let span = Span { start: keys::secret_use(project, first), end: Some(end) };
        let found = self.range(span, usize::MAX).await?;
        found.into_iter().map(|(_, stored)| Ok(decoded("time of use", stored)?.record)).collect()
    }

    pub async fn checker_settings(
        &self,
        project: Id,
    ) -> Result<Option<Versioned<CheckerRecord>>, StorageError> {
        self.record("settings of the checker", &keys::checker_settings(project)).await
    }

    /// The secrets with these names, in that order. Names without a secret are skipped.
    pub async fn secrets_named(
        &self,
        project: Id,
        names: &[String],
    ) -> Result<Vec<SecretRecord>, StorageError> {
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let found = self.secrets_by_name(project, &names).await?;
        Ok(found.into_iter().flatten().map(|secret| secret.record).collect())
    }

    /// The first `limit` wanted secrets of this instance, or of any instance for `None`, ordered by name.
    pub async fn secrets_of_instance(
        &self,
        project: Id,
        instance: Option<&str>,
        wanted: impl Fn(&Versioned<SecretRecord>) -> bool + Send,
        limit: usize,
    ) -> Result<Vec<Versioned<SecretRecord>>, StorageError> {
        let prefix = match instance {
            Some(instance) => keys::secrets_of_instance(project, instance),
            None => keys::secrets_by_instance(project),
        };
        let (mut rest, mut secrets) = (Span::prefix(prefix), Vec::new());
        while secrets.len() < limit {
            let page = self.snapshot.range(&rest, PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            rest = rest.after(last.clone());
            secrets.reserve(page.len());
            for (_, entry) in page {
                secrets.extend(Some(self.located(entry).await?.1).filter(&wanted));
            }
            tokio::task::yield_now().await;
        }
        secrets.truncate(limit);
        secrets.sort_by(|one, other| one.record.name.cmp(&other.record.name));
        Ok(secrets)
    }

    /// The first `limit` secrets of any project that are past their deletion date, with their projects. Ordered by project and
    /// deletion date.
    pub async fn overdue(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Id, Versioned<SecretRecord>)>, StorageError> {
        let (mut rest, mut overdue) = (Span::prefix(keys::secrets_by_due_time()), Vec::new());
        while overdue.len() < limit {
            let Some((first, _)) = self.snapshot.range(&rest, 1).await?.pop() else { break };
            let project = keys::project_at(&first).ok_or(missing("project of a due time"))?;
            let waiting = Span::prefix(keys::secrets_of_project_by_due_time(project));
            rest.start = waiting.end.clone().ok_or(missing("project of a due time"))?;
            let due = until_inclusive(waiting, now, |time| keys::secrets_due_at(project, time));
            overdue.extend(self.all_located(due, limit - overdue.len()).await?);
            tokio::task::yield_now().await;
        }
        Ok(overdue)
    }

    pub async fn value(&self, secret: Id, version: u32) -> Result<Option<Sealed>, StorageError> {
        let Some(stored) = self.snapshot.get(&keys::value(secret, version)).await? else {
            return Ok(None);
        };
        let sealed = Sealed::from_stored(stored.value.into()).map_err(|error| StorageError::Damaged {
            what: "value",
            cause: Some(std::sync::Arc::new(error)),
        })?;
        Ok(Some(sealed))
    }

    pub async fn master_key(
        &self,
        project: Id,
        name: &str,
        term: u32,
    ) -> Result<Option<Versioned<MasterKeyRecord>>, StorageError> {
        self.record("master key", &keys::master_key(project, name, term)).await
    }

    pub async fn latest_master_key(
        &self,
        project: Id,
        name: &str,
    ) -> Result<Option<Versioned<MasterKeyRecord>>, StorageError> {
        let newest = self.snapshot.range(&Span::prefix(keys::master_keys(project, name)), 1).await?;
        newest.into_iter().next().map(|(_, stored)| decoded("master key", stored)).transpose()
    }

    /// Names of the master keys of the project.
    pub async fn master_key_names(&self, project: Id) -> Result<BTreeSet<String>, StorageError> {
        let mut names = BTreeSet::new();
        self.each(Span::prefix(keys::project_master_keys(project)), |key, _| {
            let (_, name) = keys::master_key_at(&key).ok_or(missing("name of a master key"))?;
            names.insert(name);
            Ok(())
        })
        .await?;
        Ok(names)
    }

    /// Calls the function for every term of every master key of every project, a page at a time.
    pub async fn each_master_key(
        &self,
        mut look: impl FnMut(PlacedMasterKey) + Send,
    ) -> Result<(), StorageError> {
        self.each(Span::prefix(keys::all_master_keys()), |key, stored| {
            let (project, name) = keys::master_key_at(&key).ok_or(missing("project of a master key"))?;
            let key = stored.and_then(|stored| decoded("master key", stored));
            look(PlacedMasterKey { project, name, key });
            Ok(())
        })
        .await
    }

    pub async fn root_key(&self) -> Result<Option<Versioned<RootKeyRecord>>, StorageError> {
        self.record("root key", &keys::root_key()).await
    }

    /// The progress of the scrub; `None` before the first one.
    pub async fn scrub(&self) -> Result<Option<Versioned<ScrubRecord>>, StorageError> {
        self.record("progress of the scrub", &keys::scrub()).await
    }

    /// Changes whenever a user or a token changes in a way that affects authentication. Cached callers, users and tokens are valid
    /// for every view with the same epoch.
    pub async fn epoch(&self) -> Result<Option<Revision>, StorageError> {
        Ok(self.snapshot.get(&keys::epoch()).await?.map(|epoch| epoch.revision))
    }

    pub async fn domain(&self, id: Id) -> Result<Option<Versioned<DomainRecord>>, StorageError> {
        self.record("domain", &keys::domain(id)).await
    }

    pub async fn domain_by_name(&self, name: &str) -> Result<Option<Versioned<DomainRecord>>, StorageError> {
        self.follow("domain", &keys::domain_by_name(name), keys::domain).await
    }

    pub async fn project(&self, id: Id) -> Result<Option<Versioned<ProjectRecord>>, StorageError> {
        self.record("project", &keys::project(id)).await
    }

    pub async fn project_by_name(
        &self,
        domain: Id,
        name: &str,
    ) -> Result<Option<Versioned<ProjectRecord>>, StorageError> {
        self.follow("project", &keys::project_by_name(domain, name), keys::project).await
    }

    /// All projects of the domain, ordered by name.
    pub async fn projects(&self, domain: Id) -> Result<Vec<ProjectRecord>, StorageError> {
        let entries = self.range(Span::prefix(keys::projects_by_name(domain)), usize::MAX).await?;
        let mut projects = Vec::with_capacity(entries.len());
        for (_, entry) in entries {
            let id = Id::from_stored(&entry.value)?;
            projects.push(self.project(id).await?.ok_or(missing("project"))?.record);
        }
        Ok(projects)
    }

    pub async fn user(&self, id: Id) -> Result<Option<Versioned<UserRecord>>, StorageError> {
        self.record("user", &keys::user(id)).await
    }

    pub async fn user_by_name(
        &self,
        domain: Id,
        name: &str,
    ) -> Result<Option<Versioned<UserRecord>>, StorageError> {
        self.follow("user", &keys::user_by_name(domain, name), keys::user).await
    }

    /// All users of all domains.
    pub async fn users(&self) -> Result<Vec<Versioned<UserRecord>>, StorageError> {
        let found = self.range(Span::prefix(keys::users()), usize::MAX).await?;
        found.into_iter().map(|(_, stored)| decoded("user", stored)).collect()
    }

    pub async fn access_key(
        &self,
        access_key: &str,
    ) -> Result<Option<Versioned<AccessKeyRecord>>, StorageError> {
        self.record("access key", &keys::access_key(access_key)).await
    }

    /// The access keys of a user, ordered by access key.
    pub async fn access_keys_of_user(
        &self,
        user: Id,
    ) -> Result<Vec<Versioned<AccessKeyRecord>>, StorageError> {
        let entries = self.range(Span::prefix(keys::access_keys_by_user(user)), usize::MAX).await?;
        let mut found = Vec::with_capacity(entries.len());
        for (key, _) in entries {
            let name = keys::access_key_of_user_at(&key).ok_or(missing("name of an access key"))?;
            found.push(self.access_key(&name).await?.ok_or(missing("access key"))?);
        }
        Ok(found)
    }

    /// Calls the function for every access key, a page at a time.
    pub async fn each_access_key(
        &self,
        mut look: impl FnMut(PlacedAccessKey) + Send,
    ) -> Result<(), StorageError> {
        self.each(Span::prefix(keys::access_keys()), |key, stored| {
            let access_key = keys::access_key_at(&key).ok_or(missing("name of an access key"))?;
            let key = stored.and_then(|stored| decoded("access key", stored));
            look(PlacedAccessKey { access_key, key });
            Ok(())
        })
        .await
    }

    /// The token with this keyed hash, even if it has expired.
    pub async fn token(&self, hash: &[u8; 32]) -> Result<Option<Versioned<TokenRecord>>, StorageError> {
        self.record("token", &keys::token(hash)).await
    }

    /// The first `limit` tokens that have expired at `now`, with their keyed hashes, ordered by expiry time.
    pub async fn expired_tokens(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<([u8; 32], TokenRecord)>, StorageError> {
        let expired =
            until_inclusive(Span::prefix(keys::tokens_by_expire_time()), now, keys::tokens_expiring_at);
        let entries = self.range(expired, limit).await?;
        let mut tokens = Vec::with_capacity(entries.len());
        for (_, entry) in entries {
            let hash: [u8; 32] = entry.value.as_ref().try_into().map_err(|_| missing("hash of a token"))?;
            let token = self.token(&hash).await?.ok_or(missing("token"))?;
            tokens.push((hash, token.record));
        }
        Ok(tokens)
    }

    /// The idempotency record with this request id, even if it has expired.
    pub async fn request(
        &self,
        project: Id,
        request_id: &str,
    ) -> Result<Option<Versioned<RequestRecord>>, StorageError> {
        self.record("request", &keys::request(project, request_id)).await
    }

    /// The first `limit` idempotency records that have expired at `now`, ordered by expiry time.
    pub async fn expired_requests(
        &self,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<ExpiredRequest>, StorageError> {
        let expired =
            until_inclusive(Span::prefix(keys::requests_by_expire_time()), now, keys::requests_expiring_at);
        let mut requests = Vec::new();
        for (key, entry) in self.range(expired, limit).await? {
            let at: LocationRecord = decoded("request", entry)?.record;
            let project = Id::from_stored(&at.project_id)?;
            let expire_time = keys::expire_time_at(&key).ok_or(missing("time of a request"))?;
            let known = self.request(project, &at.name).await?;
            requests.push(ExpiredRequest { project, request_id: at.name, expire_time, known });
        }
        Ok(requests)
    }

    /// The record of a signed request; `None` unless the request has changed something.
    pub async fn signed_request(
        &self,
        date: Timestamp,
        hash: &[u8; 32],
    ) -> Result<Option<Versioned<SignedRequestRecord>>, StorageError> {
        self.record("signed request", &keys::signed_request(date, hash)).await
    }

    /// The first `limit` signed requests with an earlier date, ordered by date.
    pub async fn signed_requests_before(
        &self,
        date: Timestamp,
        limit: usize,
    ) -> Result<Vec<SignedRequestKey>, StorageError> {
        let before = Span::prefix(keys::signed_requests()).until(keys::signed_requests_of(date));
        let found = self.range(before, limit).await?;
        Ok(found.into_iter().map(|(key, _)| SignedRequestKey(key)).collect())
    }

    /// The trusted time of the clock.
    pub async fn clock(&self) -> Result<Option<Versioned<ClockRecord>>, StorageError> {
        self.record("record of the clock", &keys::clock()).await
    }

    /// The first `limit` audit records of the project from this time on, ordered by time.
    pub async fn audit(
        &self,
        project: Id,
        from: Timestamp,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, StorageError> {
        let mut span = Span::prefix(keys::audit_of_project(project));
        span.start = keys::audit_from(project, from);
        let found = self.range(span, limit).await?;
        found.into_iter().map(|(_, stored)| Ok(decoded("audit record", stored)?.record)).collect()
    }

    pub(crate) async fn record<T: Message + Default>(
        &self,
        what: &'static str,
        key: &[u8],
    ) -> Result<Option<Versioned<T>>, StorageError> {
        self.snapshot.get(key).await?.map(|stored| decoded(what, stored)).transpose()
    }

    async fn records<T: Message + Default>(
        &self,
        what: &'static str,
        keys: Vec<Key>,
    ) -> Result<Vec<Option<Versioned<T>>>, StorageError> {
        let mut records = Vec::with_capacity(keys.len());
        for keys in keys.chunks(PAGE) {
            for stored in self.snapshot.get_many(keys).await? {
                records.push(stored.map(|stored| decoded(what, stored)).transpose()?);
            }
            // A long list must not block other tasks on this thread.
            tokio::task::yield_now().await;
        }
        Ok(records)
    }

    /// The record whose id is stored at `pointer`.
    async fn follow<T: Message + Default>(
        &self,
        what: &'static str,
        pointer: &[u8],
        key: fn(Id) -> Key,
    ) -> Result<Option<Versioned<T>>, StorageError> {
        let Some(entry) = self.snapshot.get(pointer).await? else {
            return Ok(None);
        };
        let found = self.record(what, &key(Id::from_stored(&entry.value)?)).await?;
        found.ok_or(missing(what)).map(Some)
    }

    async fn located(&self, entry: Stored) -> Result<(Id, Versioned<SecretRecord>), StorageError> {
        let location: LocationRecord = decoded("index entry", entry)?.record;
        let project = Id::from_stored(&location.project_id)?;
        let secret = self.secret(project, &location.name).await?.ok_or(missing("secret"))?;
        Ok((project, secret))
    }

    async fn all_located(
        &self,
        span: Span,
        limit: usize,
    ) -> Result<Vec<(Id, Versioned<SecretRecord>)>, StorageError> {
        let entries = self.range(span, limit).await?;
        let mut secrets = Vec::with_capacity(entries.len());
        for (_, entry) in entries {
            secrets.push(self.located(entry).await?);
        }
        Ok(secrets)
    }

    /// Calls the function for each record, a page at a time. A damaged record is passed as an error, and the others follow.
    async fn each(
        &self,
        mut span: Span,
        mut look: impl FnMut(Key, Result<Stored, StorageError>) -> Result<(), StorageError> + Send,
    ) -> Result<(), StorageError> {
        loop {
            let page = self.snapshot.range_each(&span, PAGE).await?;
            let last = page.get(PAGE - 1).map(|(key, _)| key.clone());
            for (key, stored) in page {
                look(key, stored)?;
            }
            let Some(last) = last else { return Ok(()) };
            span = span.after(last);
            tokio::task::yield_now().await;
        }
    }

    /// Reads page by page, so that a long range does not block other tasks on this thread.
    pub(crate) async fn range(
        &self,
        mut span: Span,
        limit: usize,
    ) -> Result<Vec<(Key, Stored)>, StorageError> {
        let mut found = Vec::new();
        loop {
            let wanted = PAGE.min(limit - found.len());
            let page = self.snapshot.range(&span, wanted).await?;
            let is_last = page.len() < wanted;
            found.extend(page);
            let Some((key, _)) = found.last().filter(|_| !is_last && found.len() < limit) else {
                return Ok(found);
            };
            span = span.after(key.clone());
            tokio::task::yield_now().await;
        }
    }
}

/// Limits a span ordered by time to entries at or before `now`.
pub(crate) fn until_inclusive(span: Span, now: Timestamp, first_at: impl Fn(Timestamp) -> Key) -> Span {
    match now.milliseconds().checked_add(1) {
        Some(next) => span.until(first_at(Timestamp::from_milliseconds(next))),
        None => span,
    }
}

/// The error for an index entry whose record is missing.
pub(crate) fn missing(what: &'static str) -> StorageError {
    StorageError::Damaged { what, cause: None }
}
