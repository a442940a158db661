//! The conformance suite: what every engine must do.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests may")]

mod commits;
mod concurrency;
mod model;
mod reads;
mod redb_file;
mod runs;

use std::sync::Arc;

use bytes::Bytes;
use strongroom_storage::{
    Commit, Engine, Expect, Key, MemoryEngine, Operation, Outcome, RedbEngine, Revision, Snapshot, Span,
};

/// An engine and its folder.
pub struct Subject {
    pub engine: Arc<dyn Engine>,
    _folder: Option<tempfile::TempDir>,
}

pub fn memory() -> Subject {
    Subject { engine: Arc::new(MemoryEngine::new()), _folder: None }
}

pub fn redb() -> Subject {
    let folder = tempfile::tempdir().unwrap();
    let engine = RedbEngine::open(&folder.path().join("store")).unwrap();
    Subject { engine: Arc::new(engine), _folder: Some(folder) }
}

pub fn every_engine() -> Vec<Subject> {
    vec![memory(), redb()]
}

pub fn put(key: impl Into<Key>, value: impl Into<Vec<u8>>) -> Operation {
    Operation::Put { key: key.into(), value: Bytes::from(value.into()) }
}

pub fn delete(key: impl Into<Key>) -> Operation {
    Operation::Delete { key: key.into() }
}

pub async fn write(engine: &dyn Engine, operations: Vec<Operation>) -> Revision {
    match write_if(engine, vec![], operations).await {
        Outcome::Committed(revision) => revision,
        Outcome::Conflict => panic!("nothing was expected, so nothing can conflict"),
    }
}

pub async fn write_if(
    engine: &dyn Engine,
    preconditions: Vec<(&[u8], Expect)>,
    operations: Vec<Operation>,
) -> Outcome {
    let preconditions = preconditions.into_iter().map(|(key, expect)| (key.to_vec(), expect)).collect();
    engine.commit(Commit { preconditions, operations }).await.unwrap()
}

pub async fn value(snapshot: &dyn Snapshot, key: &[u8]) -> Option<Vec<u8>> {
    snapshot.get(key).await.unwrap().map(|stored| stored.value.to_vec())
}

pub async fn keys(snapshot: &dyn Snapshot, span: Span, limit: usize) -> Vec<Key> {
    snapshot.range(&span, limit).await.unwrap().into_iter().map(|(key, _)| key).collect()
}
