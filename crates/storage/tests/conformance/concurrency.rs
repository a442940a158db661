//! Concurrent callers.

use std::collections::BTreeSet;
use std::sync::Arc;

use strongroom_storage::{Engine, Expect, Outcome, Revision};
use tokio::task::JoinSet;

use crate::{every_engine, put, redb, value, write, write_if};

/// Bytes of a commit that is large enough for others to queue up behind it.
const LARGE: usize = 16 * 1024 * 1024;

/// Adds one to the number at `key`, and retries conflicts.
async fn increment(engine: &dyn Engine, key: &[u8]) {
    loop {
        let read = engine.snapshot().await.unwrap().get(key).await.unwrap();
        let (number, expect) = match read {
            Some(stored) => {
                (u64::from_be_bytes(stored.value[..].try_into().unwrap()), Expect::At(stored.revision))
            }
            None => (0, Expect::Absent),
        };
        let operations = vec![put(key, (number + 1).to_be_bytes())];
        match write_if(engine, vec![(key, expect)], operations).await {
            Outcome::Committed(_) => return,
            Outcome::Conflict => tokio::task::yield_now().await,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_increments_are_not_lost() {
    for subject in every_engine() {
        let mut tasks = JoinSet::new();
        for _ in 0..16 {
            let engine = Arc::clone(&subject.engine);
            tasks.spawn(async move {
                for _ in 0..25 {
                    increment(&*engine, b"count").await;
                }
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
        let snapshot = subject.engine.snapshot().await.unwrap();
        assert_eq!(value(&*snapshot, b"count").await.unwrap(), 400_u64.to_be_bytes());
    }
}

/// One thread with a large commit in front, so that winner and losers share a commit.
#[tokio::test]
async fn concurrent_creations_of_a_key_succeed_once() {
    for subject in every_engine() {
        let mut tasks = JoinSet::new();
        let engine = Arc::clone(&subject.engine);
        let large = tokio::spawn(async move { write(&*engine, vec![put("large", vec![0; LARGE])]).await });
        for caller in 0..64_u8 {
            let engine = Arc::clone(&subject.engine);
            tasks.spawn(async move {
                let create = vec![put("same", [caller]), put([b'o', caller], "own")];
                let outcome = write_if(&*engine, vec![(b"same", Expect::Absent)], create).await;
                (caller, outcome)
            });
        }
        large.await.unwrap();
        let mut winners = Vec::new();
        while let Some(done) = tasks.join_next().await {
            let (caller, outcome) = done.unwrap();
            winners.extend(matches!(outcome, Outcome::Committed(_)).then_some(caller));
        }
        let snapshot = subject.engine.snapshot().await.unwrap();
        assert_eq!(winners.len(), 1);
        assert_eq!(value(&*snapshot, b"same").await.unwrap(), winners);
        for caller in 0..64 {
            let left = value(&*snapshot, &[b'o', caller]).await.is_some();
            assert_eq!(left, winners.contains(&caller), "{caller}");
        }
    }
}

/// One thread with a large commit in front, so that all callers are queued before any is answered.
#[tokio::test]
async fn concurrent_callers_share_commits() {
    let subject = redb();
    let before = subject.engine.counters();
    let mut tasks = JoinSet::new();
    for caller in 0..=64_u8 {
        let engine = Arc::clone(&subject.engine);
        let size = if caller == 0 { LARGE } else { 1 };
        tasks.spawn(async move { write(&*engine, vec![put([caller], vec![0; size])]).await });
    }
    let revisions: BTreeSet<Revision> = tasks.join_all().await.into_iter().collect();
    assert_eq!(revisions.len(), 65, "each commit has a revision of its own");

    let after = subject.engine.counters();
    assert_eq!(after.requests - before.requests, 65);
    // The large commit alone and the others together; a few more on a very busy machine.
    assert!(after.commits - before.commits <= 8, "{} commits", after.commits - before.commits);
}
