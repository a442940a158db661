//! Preconditions, atomicity, revisions and limits.

use bytes::Bytes;
use strongroom_storage::{Commit, Expect, Outcome, Revision, StorageError};

use crate::{delete, every_engine, put, value, write, write_if};

#[tokio::test]
async fn absent_precondition_fails_once_the_key_exists() {
    for subject in every_engine() {
        let engine = &*subject.engine;
        let create = || write_if(engine, vec![(b"a", Expect::Absent)], vec![put("a", "first")]);
        assert!(matches!(create().await, Outcome::Committed(_)));
        assert_eq!(create().await, Outcome::Conflict);
        write(engine, vec![delete("a")]).await;
        assert!(matches!(create().await, Outcome::Committed(_)));
    }
}

#[tokio::test]
async fn revision_precondition_fails_once_the_key_has_changed() {
    for subject in every_engine() {
        let engine = &*subject.engine;
        let first = write(engine, vec![put("a", "1")]).await;
        write(engine, vec![put("b", "of another commit")]).await;
        let update = |revision| write_if(engine, vec![(b"a", Expect::At(revision))], vec![put("a", "2")]);
        assert!(matches!(update(first).await, Outcome::Committed(_)));
        assert_eq!(update(first).await, Outcome::Conflict);

        let gone = write(engine, vec![delete("a")]).await;
        assert_eq!(update(gone).await, Outcome::Conflict);
        assert_eq!(write_if(engine, vec![(b"never", Expect::At(first))], vec![]).await, Outcome::Conflict);
    }
}

#[tokio::test]
async fn conflict_changes_nothing() {
    for subject in every_engine() {
        let engine = &*subject.engine;
        write(engine, vec![put("a", "old"), put("z", "old")]).await;
        let preconditions: Vec<(&[u8], Expect)> = vec![(b"m", Expect::Absent), (b"z", Expect::Absent)];
        let operations = vec![put("a", "new"), put("m", "new"), delete("z")];
        assert_eq!(write_if(engine, preconditions, operations).await, Outcome::Conflict);
        let snapshot = engine.snapshot().await.unwrap();
        assert_eq!(value(&*snapshot, b"a").await.unwrap(), b"old");
        assert_eq!(value(&*snapshot, b"m").await, None);
        assert_eq!(value(&*snapshot, b"z").await.unwrap(), b"old");
    }
}

#[tokio::test]
async fn key_written_again_never_has_an_earlier_revision() {
    for subject in every_engine() {
        let engine = &*subject.engine;
        let mut last = Revision(0);
        for _ in 0..5 {
            let written = write(engine, vec![put("a", "same"), put("b", "same")]).await;
            let snapshot = engine.snapshot().await.unwrap();
            assert!(written > last);
            assert_eq!(snapshot.get(b"a").await.unwrap().unwrap().revision, written);
            assert_eq!(snapshot.get(b"b").await.unwrap().unwrap().revision, written);
            last = write(engine, vec![delete("a")]).await;
            assert!(last > written);
        }
    }
}

#[tokio::test]
async fn commit_without_operations_checks_its_preconditions() {
    for subject in every_engine() {
        let engine = &*subject.engine;
        let written = write(engine, vec![put("a", "1")]).await;
        let counted = engine.counters();
        let check = |expect| write_if(engine, vec![(b"a", expect)], vec![]);
        assert!(matches!(check(Expect::At(written)).await, Outcome::Committed(_)));
        assert_eq!(check(Expect::Absent).await, Outcome::Conflict);
        assert_eq!(engine.counters(), counted);
    }
}

#[tokio::test]
async fn commit_that_is_too_large_or_names_a_key_twice_is_rejected() {
    for subject in every_engine() {
        let engine = &*subject.engine;
        let limits = engine.limits();
        let commit = |operations| engine.commit(Commit { preconditions: vec![], operations });

        let many = (0..=limits.operations as u32).map(|key| delete(key.to_be_bytes())).collect();
        assert!(matches!(commit(many).await, Err(StorageError::TooLarge { .. })));
        let value = Bytes::from(vec![0; limits.bytes]);
        let large = vec![strongroom_storage::Operation::Put { key: b"a".to_vec(), value }];
        assert!(matches!(commit(large).await, Err(StorageError::TooLarge { .. })));
        let twice = vec![put("a", "1"), put("b", "2"), delete("a")];
        assert!(matches!(commit(twice).await, Err(StorageError::Malformed { .. })));
        assert_eq!(crate::value(&*engine.snapshot().await.unwrap(), b"b").await, None);
    }
}
