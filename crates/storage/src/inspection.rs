//! Verifies every record of a store: its checksum, its format, and its consistency with related records. Used by the check of
//! a stopped store, the scrub of a running one and the salvage of a damaged one.

use strongroom_sealing::Sealed;

use crate::engine::{Key, Stored};
use crate::index::{entries_of, owner_of};
use crate::keys::{self, Tag};
use crate::kinds::described;
use crate::records::{LocationRecord, SecretRecord, VersionRecord, decoded};
use crate::walk::{ScannedRange, read_range};
use crate::{Id, StorageError, View};

/// A problem of a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The name of the record, as far as it is known.
    pub record: String,
    pub kind: ProblemKind,
    pub details: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// The engine cannot read the record.
    Unreadable,
    /// The record was damaged, moved or altered.
    Damaged,
    /// The record is missing, although another record refers to it.
    Missing,
    /// The record belongs to no other record.
    Orphaned,
}

impl ProblemKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Damaged => "damaged",
            Self::Missing => "missing",
            Self::Orphaned => "orphaned",
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}: {}", self.record, self.kind.word(), self.details)
    }
}

/// A sealed value and where it belongs, for a caller that has the keys to open it.
pub struct PlacedValue {
    pub project: Id,
    pub secret: Id,
    pub name: String,
    pub version: VersionRecord,
    pub sealed: Sealed,
}

impl PlacedValue {
    /// The problem to report if it cannot be opened.
    pub fn problem(&self) -> Problem {
        Problem {
            record: format!(
                "value v{} of secret {:?} of project {}",
                self.version.number, self.name, self.project
            ),
            kind: ProblemKind::Damaged,
            details: "it cannot be opened with the keys of its project".to_owned(),
        }
    }
}

/// The result of inspecting a range of a store.
#[derive(Default)]
pub struct Inspection {
    /// The key to continue at; `None` at the end of the store.
    pub next: Option<Key>,
    pub records: usize,
    pub problems: Vec<Problem>,
    pub values: Vec<PlacedValue>,
}

impl View {
    /// Inspects at most `limit` records from `from` on. Never fails: unreadable records are reported as problems.
    pub async fn inspect(&self, from: &[u8], limit: usize) -> Inspection {
        let mut inspection = Inspection::default();
        match read_range(self.snapshot.unverified(), from, limit).await {
            ScannedRange::Records { records, next } => {
                inspection.next = next;
                inspection.records = records.len();
                for (key, stored) in records {
                    self.inspect_record(&key, stored, &mut inspection).await;
                }
            }
            ScannedRange::Unreadable { fault, next } => {
                let records = match &next {
                    Some(next) => format!("records from {} to {}", described(from), described(next)),
                    None => format!("every record from {} on", described(from)),
                };
                inspection.problems.push(unreadable(records, &fault));
                inspection.next = next;
            }
        }
        inspection
    }

    async fn inspect_record(&self, key: &[u8], stored: Stored, into: &mut Inspection) {
        let found = self.snapshot.verified(key, stored).and_then(|stored| {
            let entries = entries_of(key, &stored.value)?;
            Ok((owner_of(key, &stored.value)?, entries, stored))
        });
        let (owner, entries, stored) = match found {
            Ok(found) => found,
            Err(fault) => return into.problems.push(damaged(key, &fault)),
        };
        let checked = async {
            match (owner, Tag::of(key)) {
                (Some(owner), _) => self.inspect_entry(key, &stored, &owner).await,
                (None, Some(Tag::Value)) => self.inspect_value(key, &stored).await.map(|value| {
                    into.values.extend(value);
                }),
                (None, Some(Tag::Secret)) => self.inspect_versions(&stored).await,
                (None, Some(_)) => Ok(()),
                (None, None) => {
                    Err(orphaned(key, "this version of Strongroom does not know the kind".to_owned()))
                }
            }
        };
        if let Err(problem) = checked.await {
            into.problems.push(problem);
        }
        for (entry, expected) in entries {
            into.problems.extend(self.inspect_expected(key, &entry, &expected).await);
        }
    }

    /// Checks an index entry that a record must have.
    async fn inspect_expected(&self, key: &[u8], entry: &[u8], expected: &[u8]) -> Option<Problem> {
        match self.snapshot.get(entry).await {
            Ok(Some(found)) if found.value.as_ref() == expected => None,
            Ok(Some(_)) => Some(Problem {
                record: described(entry),
                kind: ProblemKind::Damaged,
                details: format!("it does not say what {} says", described(key)),
            }),
            Ok(None) => Some(missing(entry, key)),
            // The inspection reports it when it reaches that entry.
            Err(_) => None,
        }
    }

    /// Checks that the record of an existing index entry exists and needs the entry.
    async fn inspect_entry(&self, key: &[u8], stored: &Stored, owner: &[u8]) -> Result<(), Problem> {
        let Ok(found) = self.snapshot.get(owner).await else { return Ok(()) };
        let tag = Tag::of(key);
        let Some(record) = found else {
            // An index entry of an earlier request with the same id is removed when it expires.
            return match tag == Some(Tag::RequestByExpireTime) {
                true => Ok(()),
                false => Err(missing(owner, key)),
            };
        };
        if matches!(tag, Some(Tag::RequestByExpireTime | Tag::SecretUse)) {
            return Ok(());
        }
        let Ok(entries) = entries_of(owner, &record.value) else { return Ok(()) };
        let is_own = |(entry, content): &(Key, Vec<u8>)| entry == key && *content == stored.value;
        match entries.iter().any(is_own) {
            true => Ok(()),
            false => Err(orphaned(key, format!("{} has no such entry", described(owner)))),
        }
    }

    /// Checks that the value of each version of a secret exists.
    async fn inspect_versions(&self, stored: &Stored) -> Result<(), Problem> {
        let Ok(secret) = decoded::<SecretRecord>("secret", stored.clone()) else { return Ok(()) };
        let Ok(id) = Id::from_stored(&secret.record.id) else { return Ok(()) };
        for version in &secret.record.versions {
            if let Ok(None) = self.snapshot.get(&keys::value(id, version.number)).await {
                return Err(Problem {
                    record: format!("value v{} of secret {:?}", version.number, secret.record.name),
                    kind: ProblemKind::Missing,
                    details: "its secret names it".to_owned(),
                });
            }
        }
        Ok(())
    }

    /// Returns a value if its secret can be read and names its version.
    async fn inspect_value(&self, key: &[u8], stored: &Stored) -> Result<Option<PlacedValue>, Problem> {
        let Some((id, number)) = keys::value_at(key) else {
            return Err(orphaned(key, "its key names no secret".to_owned()));
        };
        let Ok(entry) = self.snapshot.get(&keys::secret_by_id(id)).await else { return Ok(None) };
        let location =
            entry.map(|entry| decoded::<LocationRecord>("index entry", entry).map(|kept| kept.record));
        let location = match location {
            None => return Err(orphaned(key, "no secret has this id".to_owned())),
            Some(Err(_)) => return Ok(None),
            Some(Ok(location)) => location,
        };
        let Ok(project) = Id::from_stored(&location.project_id) else { return Ok(None) };
        // A secret that is missing or cannot be read is reported at its own key.
        let Ok(Some(secret)) = self.secret(project, &location.name).await else { return Ok(None) };
        let named = secret.record.versions.into_iter().find(|version| version.number == number);
        let Some(version) = named.filter(|_| secret.record.id == id.as_bytes()) else {
            return Err(orphaned(
                key,
                format!("secret {:?} of project {project} has no such version", location.name),
            ));
        };
        let sealed = Sealed::from_stored(stored.value.to_vec());
        Ok(sealed.ok().map(|sealed| PlacedValue {
            project,
            secret: id,
            name: location.name,
            version,
            sealed,
        }))
    }
}

fn damaged(key: &[u8], fault: &StorageError) -> Problem {
    Problem { record: described(key), kind: ProblemKind::Damaged, details: innermost(fault) }
}

fn unreadable(record: String, fault: &StorageError) -> Problem {
    Problem { record, kind: ProblemKind::Unreadable, details: innermost(fault) }
}

fn missing(key: &[u8], because_of: &[u8]) -> Problem {
    Problem {
        record: described(key),
        kind: ProblemKind::Missing,
        details: format!("{} says that it is there", described(because_of)),
    }
}

fn orphaned(key: &[u8], details: String) -> Problem {
    Problem { record: described(key), kind: ProblemKind::Orphaned, details }
}

/// The innermost cause. The outer error adds what to do, which a list of problems should not repeat.
pub(crate) fn innermost(fault: &StorageError) -> String {
    let mut error: &dyn std::error::Error = fault;
    while let Some(cause) = error.source() {
        error = cause;
    }
    match (error.to_string(), fault) {
        (_, StorageError::Damaged { cause: None, what }) => format!("it does not have the form of a {what}"),
        (words, _) => words,
    }
}
