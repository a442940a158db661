//! Check and salvage of damaged stores.

use std::sync::Arc;

use async_trait::async_trait;
use strongroom_sealing::Place;
use strongroom_storage::{
    Commit, Engine, Key, MemoryEngine, Operation, PlacedValue, Problem, ProblemKind, RedbEngine, Salvaged,
    SnapshotSource, Span, Storage, ValueOpener, salvage,
};

use crate::store::{self, FILE, Filled, PROJECT};

struct Opener<'a>(&'a Filled);

#[async_trait]
impl ValueOpener for Opener<'_> {
    async fn opens(&self, value: &PlacedValue) -> bool {
        let (project, secret) = (*value.project.as_bytes(), *value.secret.as_bytes());
        let place = Place { project, secret, version: value.version.number };
        self.0.master_key.open(&place, &value.sealed).is_ok()
    }
}

/// All problems that a check finds.
async fn problems(storage: &Storage, filled: &Filled) -> Vec<Problem> {
    let (mut from, mut problems, mut records) = (Some(Key::new()), Vec::new(), 0);
    while let Some(at) = from {
        let inspection = storage.view().await.unwrap().inspect(&at, 100).await;
        records += inspection.records;
        problems.extend(inspection.problems);
        for value in inspection.values {
            if !Opener(filled).opens(&value).await {
                problems.push(value.problem());
            }
        }
        from = inspection.next;
    }
    assert!(records > 1_500, "{records} records");
    problems
}

/// A copy of a store in the memory engine, so that a test can change any record.
async fn copied(filled: &Filled) -> (Arc<MemoryEngine>, Storage) {
    let folder = store::folder();
    filled.write_to(folder.path());
    let from = RedbEngine::open(&folder.path().join(FILE)).unwrap();
    let engine = Arc::new(MemoryEngine::new());
    let all = from.snapshot().await.unwrap().range(&Span::prefix(vec![]), usize::MAX).await.unwrap();
    let put = |(key, stored): (Key, strongroom_storage::Stored)| Operation::Put { key, value: stored.value };
    write(&engine, all.into_iter().map(put).collect()).await;
    let storage = Storage::with_known_key(engine.clone());
    (engine, storage)
}

async fn write(engine: &MemoryEngine, operations: Vec<Operation>) {
    let _committed = engine.commit(Commit { operations, ..Commit::default() }).await.unwrap();
}

async fn first_of(engine: &MemoryEngine, kind: u8) -> (Key, Vec<u8>) {
    let found = engine.snapshot().await.unwrap().range(&Span::prefix(vec![kind]), 1).await.unwrap();
    found.into_iter().map(|(key, stored)| (key, stored.value.to_vec())).next().unwrap()
}

async fn saved(from: &dyn Engine, filled: &Filled) -> (Storage, Salvaged) {
    let into = Storage::with_known_key(Arc::new(MemoryEngine::new()));
    let mut source = SnapshotSource::new(from.snapshot().await.unwrap());
    let salvaged = salvage(&mut source, &into, &Opener(filled), &mut |_| {}).await.unwrap();
    (into, salvaged)
}

#[tokio::test]
async fn check_of_an_intact_store_finds_no_problem() {
    let filled = tokio::task::spawn_blocking(Filled::closed).await.unwrap();
    let (_, storage) = copied(&filled).await;
    assert_eq!(problems(&storage, &filled).await, []);
}

/// Alters and deletes a record of each kind in turn.
#[tokio::test]
async fn check_names_every_altered_or_deleted_record() {
    let filled = tokio::task::spawn_blocking(Filled::closed).await.unwrap();
    let (engine, storage) = copied(&filled).await;
    // Records without references from others: neither a check nor a reader can miss them.
    let unnoticed_when_deleted = [0x20, 0x21, 0x40, 0x51];
    for kind in [
        0x10, 0x11, 0x12, 0x14, 0x15, 0x19, 0x20, 0x21, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x37, 0x38, 0x40,
        0x50, 0x51, 0x52,
    ] {
        let (key, value) = first_of(&engine, kind).await;
        let mut altered = value.clone();
        *altered.last_mut().unwrap() ^= 1;
        write(&engine, vec![Operation::Put { key: key.clone(), value: altered.into() }]).await;
        let found = problems(&storage, &filled).await;
        let damaged = found.iter().filter(|problem| problem.kind == ProblemKind::Damaged).count();
        assert_eq!(damaged, 1, "altering {kind:#04x}: {found:#?}");

        write(&engine, vec![Operation::Delete { key: key.clone() }]).await;
        let found = problems(&storage, &filled).await;
        if !unnoticed_when_deleted.contains(&kind) {
            assert!(!found.is_empty(), "deleting {kind:#04x}");
        }
        write(&engine, vec![Operation::Put { key, value: value.into() }]).await;
    }
    assert_eq!(problems(&storage, &filled).await, []);
}

#[tokio::test]
async fn check_names_an_index_entry_without_a_record() {
    let filled = tokio::task::spawn_blocking(Filled::closed).await.unwrap();
    let (engine, storage) = copied(&filled).await;
    let name = filled.secrets.keys().next().unwrap();
    let view = storage.view().await.unwrap();
    let before = view.secret(PROJECT, name).await.unwrap().unwrap();
    drop(view);
    let (entry, content) = first_of(&engine, 0x15).await;
    // Removes the tags of the secret and restores the old index entry.
    let after = strongroom_storage::records::SecretRecord { tags: vec![], ..before.record.clone() };
    let mut change = strongroom_storage::Change::new();
    change.update_secret(PROJECT, &before, &after).unwrap();
    let _committed = storage.commit(change).await.unwrap();
    write(&engine, vec![Operation::Put { key: entry, value: content.into() }]).await;
    let found = problems(&storage, &filled).await;
    assert!(found.iter().all(|problem| problem.kind == ProblemKind::Orphaned), "{found:#?}");
    assert_eq!(found.len(), 1, "{found:#?}");
}

#[tokio::test]
async fn salvage_of_an_intact_store_copies_everything() {
    let filled = tokio::task::spawn_blocking(Filled::closed).await.unwrap();
    let (engine, _) = copied(&filled).await;
    let (into, salvaged) = saved(&*engine, &filled).await;
    assert_eq!(salvaged.lost, []);
    assert_eq!((salvaged.secrets, salvaged.values), (filled.secrets.len(), filled.values.len()));
    assert_eq!(problems(&into, &filled).await, []);
    let secrets = into.view().await.unwrap().secrets(PROJECT, "", usize::MAX).await.unwrap();
    assert_eq!(secrets, filled.secrets.values().cloned().collect::<Vec<_>>());
}

#[tokio::test]
async fn salvage_names_lost_records_and_makes_an_intact_store() {
    let filled = tokio::task::spawn_blocking(Filled::closed).await.unwrap();
    let (engine, _) = copied(&filled).await;
    let names: Vec<_> = filled.secrets.keys().cloned().collect();
    let all = engine.snapshot().await.unwrap().range(&Span::prefix(vec![0x10]), 2).await.unwrap();
    let (value, _) = first_of(&engine, 0x12).await;
    let (entry, _) = first_of(&engine, 0x15).await;
    write(
        &engine,
        vec![
            Operation::Delete { key: all[0].0.clone() },
            Operation::Put { key: all[1].0.clone(), value: b"damaged".to_vec().into() },
            Operation::Delete { key: entry },
            Operation::Delete { key: value },
        ],
    )
    .await;
    let (into, salvaged) = saved(&*engine, &filled).await;
    assert_eq!(problems(&into, &filled).await, []);
    let lost: Vec<_> = salvaged.lost.iter().map(ToString::to_string).collect();
    for name in &names[..2] {
        assert!(lost.iter().any(|lost| lost.starts_with(&format!("secret {name:?}"))), "{name}: {lost:#?}");
    }
    assert!(lost.iter().any(|lost| lost.starts_with("value v1 of secret")), "{lost:#?}");
    assert_eq!(salvaged.secrets, filled.secrets.len() - 2);
    let left = into.view().await.unwrap().secrets(PROJECT, "", usize::MAX).await.unwrap();
    assert_eq!(left.len(), names.len() - 2);
}
