//! Tests of the file of the redb engine.

use std::error::Error;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use strongroom_storage::{Engine, RedbEngine, Span, StorageError};
use tokio::task::JoinSet;

use crate::{keys, put, value, write};

#[tokio::test]
async fn records_are_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let engine = RedbEngine::open(&path).unwrap();
    for number in 0..20_u8 {
        write(&engine, vec![put([number], [number; 100])]).await;
    }
    let last = write(&engine, vec![put("a", "1")]).await;
    drop(engine);

    let engine = RedbEngine::open(&path).unwrap();
    let snapshot = engine.snapshot().await.unwrap();
    for number in 0..20 {
        assert_eq!(value(&*snapshot, &[number]).await.unwrap(), [number; 100]);
    }
    assert_eq!(snapshot.get(b"a").await.unwrap().unwrap().revision, last);
    assert!(write(&engine, vec![put("a", "2")]).await > last, "revisions go on where they were");
}

#[tokio::test]
async fn file_left_by_an_interrupted_first_start_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    std::fs::write(folder.path().join("store.new"), [0; 100_000]).unwrap();
    let engine = RedbEngine::open(&path).unwrap();
    write(&engine, vec![put("a", "1")]).await;
    let files = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name());
    assert_eq!(files.collect::<Vec<_>>(), ["store"]);
    drop(engine);
    let engine = RedbEngine::open(&path).unwrap();
    assert_eq!(value(&*engine.snapshot().await.unwrap(), b"a").await.unwrap(), b"1");
}

#[tokio::test]
async fn two_concurrent_first_starts_create_one_store() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        let opened: Vec<_> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..4).map(|_| scope.spawn(|| RedbEngine::open(&path))).collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        let rejected = opened.iter().filter(|opened| matches!(opened, Err(StorageError::InUse { .. })));
        assert_eq!((rejected.count(), opened.iter().filter(|opened| opened.is_ok()).count()), (3, 1));
    }
}

#[tokio::test]
async fn file_is_readable_by_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let _engine = RedbEngine::open(&path).unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[tokio::test]
async fn second_process_gets_an_error_that_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let engine = RedbEngine::open(&path).unwrap();
    let Err(fault) = RedbEngine::open(&path) else { panic!("both opened") };
    assert!(matches!(&fault, StorageError::InUse { path: named } if *named == path.display().to_string()));
    assert!(fault.to_string().contains("Stop it"), "{fault}");
    drop(engine);
    RedbEngine::open(&path).unwrap();
}

#[tokio::test]
async fn file_that_is_not_a_store_is_an_error_with_its_cause() {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in [("text", &b"not a store"[..]), ("long", &[7; 100_000][..])] {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let Err(fault) = RedbEngine::open(&path) else { panic!("opened {name}") };
        assert!(matches!(fault, StorageError::Engine { .. }), "{fault}");
        assert!(fault.source().is_some());
        assert_eq!(std::fs::read(&path).unwrap(), content, "and is left as it was");
    }
    assert!(RedbEngine::open(&folder.path().join("no folder/store")).is_err());
}

#[tokio::test]
async fn closing_finishes_accepted_commits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let engine = Arc::new(RedbEngine::open(&path).unwrap());
    let mut tasks = JoinSet::new();
    for number in 0..50_u8 {
        let engine = Arc::clone(&engine);
        tasks.spawn(async move { write(&*engine, vec![put([number], "")]).await });
    }
    // One turn for every task to send its commit. None is certain to be answered yet.
    tokio::task::yield_now().await;
    tasks.abort_all();
    while tasks.join_next().await.is_some() {}
    drop(engine);

    let engine = RedbEngine::open(&path).unwrap();
    let snapshot = engine.snapshot().await.unwrap();
    assert_eq!(keys(&*snapshot, Span::prefix(vec![]), 99).await.len(), 50);
}
