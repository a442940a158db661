//! Reads everything in a store and compares it with what was stored.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use strongroom_sealing::Place;
use strongroom_storage::{Id, Names, RedbEngine, Storage, StorageError, Timestamp, View};

use crate::store::{DOMAIN, Filled, PROJECT, TAGS, hash};

/// The outcome of a read, from best to worst.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReadOutcome {
    Right,
    Error,
    /// An error that does not say what to do.
    Silent(String),
    Panic(String),
    Missing(String),
    Wrong(String),
}

impl ReadOutcome {
    pub fn is_wrong(&self) -> bool {
        !matches!(self, Self::Right | Self::Error)
    }

    pub fn word(&self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Error => "error",
            Self::Silent(_) => "silent",
            Self::Panic(_) => "panic",
            Self::Missing(_) => "missing",
            Self::Wrong(_) => "wrong",
        }
    }
}

/// A read and its outcome.
pub struct Answer {
    what: String,
    read: Read,
}

enum Read {
    Right,
    Missing,
    Wrong,
    Failed(StorageError),
    Panicked,
}

impl Answer {
    pub fn ending(self) -> ReadOutcome {
        match self.read {
            Read::Right => ReadOutcome::Right,
            Read::Missing => ReadOutcome::Missing(self.what),
            Read::Wrong => ReadOutcome::Wrong(self.what),
            Read::Panicked => ReadOutcome::Panic(self.what),
            Read::Failed(fault) => {
                let words = fault.to_string();
                match ["strongroom store", "backup", "Restart", "Check the disk"]
                    .iter()
                    .any(|word| words.contains(word))
                {
                    true => ReadOutcome::Error,
                    // The start of the server explains an engine error on opening.
                    false if matches!(fault, StorageError::Engine { .. }) => ReadOutcome::Error,
                    false => ReadOutcome::Silent(format!("{}: {words}", self.what)),
                }
            }
        }
    }
}

pub fn read_all(file: &Path, filled: &Filled) -> Vec<Answer> {
    let mut answers = Vec::new();
    let read = catch_unwind(AssertUnwindSafe(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(read_opened(file, filled, &mut answers));
    }));
    if read.is_err() {
        answers.push(Answer { what: "opening or reading".to_owned(), read: Read::Panicked });
    }
    answers
}

async fn read_opened(file: &Path, filled: &Filled, answers: &mut Vec<Answer>) {
    let engine = match RedbEngine::open(file) {
        Ok(engine) => engine,
        Err(fault) => return answers.push(Answer { what: "open".to_owned(), read: Read::Failed(fault) }),
    };
    let storage = Storage::with_known_key(Arc::new(engine));
    let view = match storage.view().await {
        Ok(view) => view,
        Err(fault) => return answers.push(Answer { what: "view".to_owned(), read: Read::Failed(fault) }),
    };
    let mut judge = Judge { answers };
    read_secrets(&view, filled, &mut judge).await;
    read_indexes(&view, filled, &mut judge).await;
    read_others(&view, filled, &mut judge).await;
}

struct Judge<'a> {
    answers: &'a mut Vec<Answer>,
}

impl Judge<'_> {
    /// A list with too few entries misses some; a list that differs otherwise is wrong.
    fn list<T: PartialEq>(
        &mut self,
        what: impl Into<String>,
        read: Result<Vec<T>, StorageError>,
        expected: &[T],
    ) {
        let read = match read {
            Err(fault) => Read::Failed(fault),
            Ok(read) if read == expected => Read::Right,
            Ok(read) if read.iter().all(|one| expected.contains(one)) => Read::Missing,
            Ok(_) => Read::Wrong,
        };
        self.answers.push(Answer { what: what.into(), read });
    }

    fn one<T: PartialEq>(
        &mut self,
        what: impl Into<String>,
        read: Result<Option<T>, StorageError>,
        expected: T,
    ) {
        self.list(what, read.map(|read| read.into_iter().collect()), &[expected]);
    }
}

async fn read_secrets(view: &View, filled: &Filled, judge: &mut Judge<'_>) {
    let expected: Vec<_> = filled.secrets.values().cloned().collect();
    judge.list("list of secrets", view.secrets(PROJECT, "", usize::MAX).await, &expected);
    let names: Vec<_> = filled.secrets.keys().cloned().collect();
    judge.list("names", view.names(PROJECT, Names::Every, "", usize::MAX).await, &names);
    let count = view.count_secrets(PROJECT).await;
    judge.list("count", count.map(|count| vec![(); count]), &vec![(); names.len()]);
    for (name, secret) in &filled.secrets {
        let read = view.secret(PROJECT, name).await.map(|read| read.map(|kept| kept.record));
        judge.one(format!("secret {name}"), read, secret.clone());
        let id = Id::from_stored(&secret.id).unwrap();
        let read = view.secret_by_id(id).await.map(|read| read.map(|(project, kept)| (project, kept.record)));
        judge.one(format!("secret {name} by id"), read, (PROJECT, secret.clone()));
    }
    for ((id, version), expected) in &filled.values {
        let place = Place { project: *PROJECT.as_bytes(), secret: *id.as_bytes(), version: *version };
        let read = view.value(*id, *version).await.and_then(|sealed| match sealed {
            Some(sealed) => match filled.master_key.open(&place, &sealed) {
                Ok(value) => Ok(Some(value.into_bytes())),
                // Operations turn this into an error that names the secret.
                Err(_) => Err(StorageError::Damaged { what: "value", cause: None }),
            },
            None => Ok(None),
        });
        judge.one(format!("value {id} v{version}"), read, expected.clone());
    }
}

async fn read_indexes(view: &View, filled: &Filled, judge: &mut Judge<'_>) {
    for (key, value) in TAGS {
        let is_tagged = |tag: &strongroom_storage::records::TagRecord| tag.key == key && tag.value == value;
        let tagged = filled.secrets.values().filter(|secret| secret.tags.iter().any(is_tagged));
        let expected: Vec<_> = tagged.map(|secret| secret.name.clone()).collect();
        let read = view.names(PROJECT, Names::Tagged { key, value }, "", usize::MAX).await;
        judge.list(format!("tag {key}={value}"), read, &expected);
    }
    let of_instance = filled.secrets.values().filter(|secret| secret.instance_id == "db-1");
    let expected: Vec<_> = of_instance.cloned().collect();
    let read = view.secrets_of_instance(PROJECT, Some("db-1"), |_| true, usize::MAX).await;
    judge.list("instance", read.map(|read| read.into_iter().map(|kept| kept.record).collect()), &expected);
    let mut due: Vec<_> =
        filled.secrets.values().filter(|secret| secret.scheduled_delete_time.is_some()).cloned().collect();
    let names: Vec<_> = due.iter().map(|secret| secret.name.clone()).collect();
    let read = view.names_due(PROJECT, None, None, usize::MAX).await;
    judge.list("names due", read.map(Option::unwrap_or_default), &names);
    due.sort_by_key(|secret| secret.scheduled_delete_time);
    let read = view.overdue(Timestamp::from_milliseconds(i64::MAX), usize::MAX).await;
    judge.list("overdue", read.map(|read| read.into_iter().map(|(_, kept)| kept.record).collect()), &due);
}

async fn read_others(view: &View, filled: &Filled, judge: &mut Judge<'_>) {
    for (id, names) in &filled.batches {
        let read = view.batch(PROJECT, *id).await.map(|read| read.map(|kept| kept.record.total as usize));
        judge.one(format!("batch {id}"), read, names.len());
        let read = view.batch_part(PROJECT, *id, 0).await;
        let read =
            read.map(|part| part.map(|kept| kept.record.outcomes.into_iter().map(|one| one.name).collect()));
        judge.one(format!("part of batch {id}"), read, names.clone());
    }
    let mut newest: Vec<_> = filled.batches.keys().map(|id| id.to_stored()).collect();
    newest.reverse();
    let read = view.batches(PROJECT, None, usize::MAX).await;
    judge.list("batches", read.map(|read| read.into_iter().map(|batch| batch.id).collect()), &newest);
    let audit = view.audit(PROJECT, Timestamp::from_milliseconds(0), usize::MAX).await;
    judge.list("audit", audit.map(|records| vec![(); records.len()]), &vec![(); filled.batches.len()]);
    for number in 0..20 {
        let read = view.token(&hash(number)).await.map(|read| read.map(|kept| kept.record.expire_time));
        judge.one(format!("token {number}"), read, number as i64);
    }
    let read =
        view.user_by_name(DOMAIN, "admin").await.map(|read| read.map(|kept| kept.record.password_hash));
    judge.one("user", read, "hash".to_owned());
    let read = view.project_by_name(DOMAIN, "default").await.map(|read| read.map(|kept| kept.record.id));
    judge.one("project", read, PROJECT.to_stored());
    let read = view.domain_by_name("home").await.map(|read| read.map(|kept| kept.record.id));
    judge.one("domain", read, DOMAIN.to_stored());
    let read =
        view.latest_master_key(PROJECT, "csms/default").await.map(|read| read.map(|kept| kept.record.term));
    judge.one("master key", read, 1);
    judge.one("root key", view.root_key().await.map(|read| read.map(|kept| kept.record.term)), 1);
}
