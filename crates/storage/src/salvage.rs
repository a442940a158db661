//! Makes a new store from a damaged one. Copies only records with a correct checksum, and derives the index entries from them.
//!
//! Commits get new numbers, so old revisions are dropped. Batches in the new store can therefore be shown but not undone.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use async_trait::async_trait;
use zeroize::Zeroizing;

use crate::change::Change;
use crate::engine::{Key, Span, Stored};
use crate::index::{entries_of, owner_of};
use crate::inspection::{PlacedValue, Problem, ProblemKind, innermost};
use crate::keys::{self, Tag};
use crate::kinds::described;
use crate::records::{BatchPart, BatchRecord, RootKeyRecord, SecretRecord, Versioned, decoded, encoded};
use crate::recovery::{Certainty, Recovered, RecoveredRecord, RecoverySource};
use crate::view::PAGE;
use crate::{Id, Outcome, RECORD_KEY_BYTES, RecordKey, Revision, Storage, StorageError};

/// Checks whether a value can be opened.
#[async_trait]
pub trait ValueOpener: Send + Sync {
    async fn opens(&self, value: &PlacedValue) -> bool;
}

/// The result of a salvage.
#[derive(Debug, Default)]
pub struct Salvaged {
    pub records: usize,
    pub secrets: usize,
    pub values: usize,
    /// Records that could not be copied.
    pub lost: Vec<Problem>,
    /// Records that were copied but may be out of date.
    pub uncertain: Vec<String>,
}

/// Limits of one commit. Our choice: a few megabytes of memory, and few flushes.
const MAX_GROUP_RECORDS: usize = 2_000;
const MAX_GROUP_BYTES: usize = 4 * 1024 * 1024;

/// The newest root key record that can be read; `None` if it is lost.
pub async fn find_root_key(source: &mut dyn RecoverySource) -> Option<Versioned<RootKeyRecord>> {
    // This record has a checksum under a public key, so any record key reads it.
    let any_key = RecordKey::new(Zeroizing::new([0; RECORD_KEY_BYTES]));
    let mut newest: Option<Versioned<RootKeyRecord>> = None;
    while let Some(recovered) = source.next().await {
        let Recovered::Records(records) = recovered else { continue };
        for record in records.into_iter().filter(|record| record.key == keys::root_key()) {
            let stored = Stored { value: record.value, revision: record.revision };
            let read = any_key.verified(&record.key, stored).and_then(|stored| decoded("root key", stored));
            let is_newer = |read: &Versioned<RootKeyRecord>| {
                newest.as_ref().is_none_or(|newest| newest.revision < read.revision)
            };
            if let Some(read) = read.ok().filter(is_newer) {
                newest = Some(read);
            }
        }
    }
    source.rewind();
    newest
}

/// Copies into the empty store `into`, which must have the record key of the damaged one. Calls `progress` with the number of
/// records read so far.
pub async fn salvage(
    source: &mut dyn RecoverySource,
    into: &Storage,
    opener: &dyn ValueOpener,
    progress: &mut (dyn FnMut(usize) + Send),
) -> Result<Salvaged, StorageError> {
    let mut salvage =
        Salvage { into, taken: HashMap::new(), named: BTreeSet::new(), done: Salvaged::default() };
    salvage.copy_records(source, progress).await?;
    salvage.report_missing();
    salvage.rebuild(opener).await?;
    Ok(salvage.done)
}

struct Salvage<'a> {
    into: &'a Storage,
    /// The revision of each copied record.
    taken: HashMap<Key, Revision>,
    /// Records that index entries refer to.
    named: BTreeSet<Key>,
    done: Salvaged,
}

impl Salvage<'_> {
    async fn copy_records(
        &mut self,
        source: &mut dyn RecoverySource,
        progress: &mut (dyn FnMut(usize) + Send),
    ) -> Result<(), StorageError> {
        let mut read = 0;
        // In a commit of its own, so that no secret has the revision of a batch: undo would take it for unchanged since.
        let (mut secrets, mut others) = (Group::default(), Group::default());
        while let Some(recovered) = source.next().await {
            let records = match recovered {
                Recovered::Records(records) => records,
                Recovered::Unreadable(problem) => {
                    self.done.lost.push(problem);
                    continue;
                }
            };
            read += records.len();
            for record in records {
                let Some((key, content)) = self.record_to_copy(record) else { continue };
                let is_secret = Tag::of(&key) == Some(Tag::Secret);
                let group = if is_secret { &mut secrets } else { &mut others };
                group.put(key, content);
                if group.is_full() {
                    self.commit(group).await?;
                }
            }
            progress(read);
        }
        self.commit(&mut secrets).await?;
        self.commit(&mut others).await
    }

    /// The record to copy; `None` for one that is damaged, out of date or derived.
    fn record_to_copy(&mut self, record: RecoveredRecord) -> Option<(Key, Vec<u8>)> {
        let RecoveredRecord { key, value, revision, certainty } = record;
        let stored = Stored { value, revision };
        let read = self.into.record_key().verified(&key, stored).and_then(|stored| {
            entries_of(&key, &stored.value)?;
            Ok((owner_of(&key, &stored.value)?, stored))
        });
        let (owner, stored) = match read {
            Ok(read) => read,
            Err(fault) => {
                let details = innermost(&fault);
                self.done.lost.push(Problem { record: described(&key), kind: ProblemKind::Damaged, details });
                return None;
            }
        };
        let tag = Tag::of(&key)?;
        if let Some(owner) = owner {
            self.named.insert(owner);
            if tag != Tag::SecretUse {
                return None;
            }
        }
        if self.taken.get(&key).is_some_and(|taken| *taken >= revision) {
            return None;
        }
        if certainty == Certainty::Uncertain {
            self.done.uncertain.push(described(&key));
        }
        let content = without_revisions(tag, stored);
        self.taken.insert(key.clone(), revision);
        Some((key, content))
    }

    fn report_missing(&mut self) {
        let is_request = |key: &Key| Tag::of(key) == Some(Tag::Request);
        let lost = self.named.iter().filter(|key| !self.taken.contains_key(*key) && !is_request(key));
        self.done.lost.extend(lost.map(|key| Problem {
            record: described(key),
            kind: ProblemKind::Missing,
            details: "only what leads to it is left".to_owned(),
        }));
    }

    /// Derives the index entries, and leaves out records that belong to no other.
    async fn rebuild(&mut self, opener: &dyn ValueOpener) -> Result<(), StorageError> {
        let mut from = Some(Key::new());
        // In key order secrets come before their values, and batches before their parts.
        let mut rebuilt = Rebuilt::default();
        let mut group = Group::default();
        while let Some(start) = from {
            let snapshot = self.into.view().await?.snapshot;
            let span = Span { start, end: None };
            let page = snapshot.range(&span, PAGE).await?;
            from = page.get(PAGE - 1).map(|(last, _)| [last.as_slice(), &[0]].concat());
            for (key, stored) in page {
                let Some(tag) = Tag::of(&key) else { continue };
                match tag {
                    Tag::Secret => {
                        let kept = decoded::<SecretRecord>("secret", stored)?;
                        let secret = self.with_values(&key, kept.record, opener, &mut rebuilt).await?;
                        let content = encoded(&secret);
                        group.put_all(entries_of(&key, &content)?);
                        group.put(key, content);
                        self.done.secrets += 1;
                        self.done.records += 1;
                    }
                    Tag::Value if rebuilt.values.contains(&key) => {
                        self.done.values += 1;
                        self.done.records += 1;
                    }
                    // Reported with its secret already.
                    Tag::Value
                        if keys::value_at(&key).is_some_and(|(id, _)| rebuilt.secrets.contains(&id)) =>
                    {
                        group.delete(key);
                    }
                    Tag::Value => self.leave_out(&mut group, key),
                    Tag::SecretUse => {
                        let owner = owner_of(&key, &stored.value)?;
                        match owner.is_some_and(|owner| self.taken.contains_key(&owner)) {
                            true => self.done.records += 1,
                            false => group.delete(key),
                        }
                    }
                    Tag::Batch => {
                        let batch: BatchRecord = decoded("batch", stored.clone())?.record;
                        rebuilt.batches.insert(keys::project_at(&key).zip(Id::from_stored(&batch.id).ok()));
                        group.put_all(entries_of(&key, &stored.value)?);
                        self.done.records += 1;
                    }
                    Tag::BatchPart => match rebuilt.batches.contains(&keys::part_at(&key)) {
                        true => self.done.records += 1,
                        false => self.leave_out(&mut group, key),
                    },
                    Tag::CheckerSettings
                    | Tag::MasterKey
                    | Tag::RootKey
                    | Tag::Domain
                    | Tag::Project
                    | Tag::User
                    | Tag::AccessKey
                    | Tag::Token
                    | Tag::Audit
                    | Tag::Request
                    | Tag::SignedRequest
                    | Tag::Clock => {
                        group.put_all(entries_of(&key, &stored.value)?);
                        self.done.records += 1;
                    }
                    // The new store has not been scrubbed, and no caller of it is cached.
                    Tag::Scrub | Tag::Epoch => group.delete(key),
                    Tag::SecretById
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
                    | Tag::RequestByExpireTime => {}
                }
            }
            drop(snapshot);
            self.commit(&mut group).await?;
        }
        Ok(())
    }

    /// Keeps the versions whose values open. Reports the others with their stages: a stage never moves to another version by
    /// itself.
    async fn with_values(
        &mut self,
        key: &[u8],
        mut secret: SecretRecord,
        opener: &dyn ValueOpener,
        rebuilt: &mut Rebuilt,
    ) -> Result<SecretRecord, StorageError> {
        let (id, project) = (Id::from_stored(&secret.id)?, keys::project_at(key));
        let project = project.ok_or(StorageError::Damaged { what: "secret", cause: None })?;
        let view = self.into.view().await?;
        for version in std::mem::take(&mut secret.versions) {
            let at = keys::value(id, version.number);
            let Ok(Some(sealed)) = view.value(id, version.number).await else {
                self.done.lost.push(Problem {
                    record: format!(
                        "value v{} of secret {:?} of project {project}",
                        version.number, secret.name
                    ),
                    kind: ProblemKind::Missing,
                    details: "its secret names it".to_owned(),
                });
                continue;
            };
            let value = PlacedValue { project, secret: id, name: secret.name.clone(), version, sealed };
            if opener.opens(&value).await {
                rebuilt.values.insert(at);
                secret.versions.push(value.version);
            } else {
                self.done.lost.push(value.problem());
            }
        }
        rebuilt.secrets.insert(id);
        let is_left = |number: u32| secret.versions.iter().any(|version| version.number == number);
        secret.stages = secret.stages.iter().filter(|stage| is_left(stage.version)).cloned().collect();
        Ok(secret)
    }

    fn leave_out(&mut self, group: &mut Group, key: Key) {
        self.done.lost.push(Problem {
            record: described(&key),
            kind: ProblemKind::Orphaned,
            details: "what it belongs to is lost".to_owned(),
        });
        group.delete(key);
    }

    async fn commit(&self, group: &mut Group) -> Result<(), StorageError> {
        let Group { writes, .. } = std::mem::take(group);
        if writes.is_empty() {
            return Ok(());
        }
        let mut change = Change::new();
        for (key, content) in writes {
            match content {
                Some(content) => change.put(key, content),
                None => change.delete(key),
            }
        }
        match self.into.commit(change).await? {
            Outcome::Committed(_) => Ok(()),
            Outcome::Conflict => {
                Err(StorageError::Malformed { problem: "another process writes to the new store" })
            }
        }
    }
}

/// Records of the new store, as far as they were rebuilt.
#[derive(Default)]
struct Rebuilt {
    secrets: HashSet<Id>,
    values: HashSet<Key>,
    batches: HashSet<Option<(Id, Id)>>,
}

/// Writes of one commit. A later write of a key replaces an earlier one.
#[derive(Default)]
struct Group {
    writes: BTreeMap<Key, Option<Vec<u8>>>,
    bytes: usize,
}

impl Group {
    fn put(&mut self, key: Key, content: Vec<u8>) {
        self.bytes += key.len() + content.len();
        self.writes.insert(key, Some(content));
    }

    fn put_all(&mut self, entries: Vec<(Key, Vec<u8>)>) {
        for (key, content) in entries {
            self.put(key, content);
        }
    }

    fn delete(&mut self, key: Key) {
        self.bytes += key.len();
        self.writes.insert(key, None);
    }

    fn is_full(&self) -> bool {
        self.writes.len() >= MAX_GROUP_RECORDS || self.bytes >= MAX_GROUP_BYTES
    }
}

/// Removes revisions of the damaged store from the content of a record.
fn without_revisions(tag: Tag, stored: Stored) -> Vec<u8> {
    let reset = |secret: SecretRecord| SecretRecord { content_revision: 0, ..secret };
    if tag == Tag::Secret
        && let Ok(kept) = decoded::<SecretRecord>("secret", stored.clone())
    {
        return encoded(&reset(kept.record));
    }
    if tag == Tag::BatchPart
        && let Ok(mut kept) = decoded::<BatchPart>("part of a batch", stored.clone())
    {
        for outcome in &mut kept.record.outcomes {
            outcome.before_revision = 0;
            outcome.before = outcome.before.take().map(|before| Box::new(reset(*before)));
        }
        return encoded(&kept.record);
    }
    stored.value.to_vec()
}
