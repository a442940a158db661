//! No project gets more secrets than it may, whatever happens at the same time.

use std::sync::Arc;

use async_trait::async_trait;
use proptest::prelude::*;
use strongroom_contract::v1::BatchImportSecretsRequest;
use strongroom_operations::{Code, Limits};
use strongroom_storage::records::SecretRecord;
use strongroom_storage::{
    Change, Commit, CommitLimits, Counters, Engine, Id, MemoryEngine, Outcome, Snapshot, StorageError,
};
use tokio::sync::Semaphore;

use crate::counted::Counted;
use crate::strongroom::{DAY, Strongroom, rejection, text};

fn with_room_for(secrets: usize) -> Strongroom {
    Strongroom::with(MemoryEngine::new(), Limits { secrets, ..Limits::default() })
}

async fn stored(strongroom: &Strongroom) -> usize {
    strongroom.storage.view().await.unwrap().count_secrets(Id::new([2; 16])).await.unwrap()
}

#[tokio::test]
async fn a_full_project_takes_no_more_and_says_how_many_it_has() {
    let strongroom = with_room_for(2);
    let answer = strongroom.import(["a", "b", "c", "d"].map(|name| text(name, "x")).to_vec()).await;
    assert_eq!((answer.success, answer.failed), (2, 2));
    let told: Vec<_> = answer.error_list.iter().map(|entry| (entry.index, &entry.error_msg[..9])).collect();
    assert_eq!(told, [(2, "CSMS.0202"), (3, "CSMS.0202")]);

    let told = rejection(strongroom.create(text("e", "x")).await);
    assert_eq!(told.code(), Code::TooManySecrets);
    assert!(
        told.sentence().starts_with("The project has 2 secrets; at most 2 are allowed."),
        "{}",
        told.sentence()
    );
    assert_eq!(
        rejection(strongroom.create(text("a", "x")).await).code(),
        Code::InvalidParameter,
        "the name is taken"
    );
    strongroom.delete("a").await.unwrap();
    strongroom.create(text("e", "x")).await.unwrap();
    assert_eq!(strongroom.limits().await.secrets_used, 2);
}

#[tokio::test]
async fn what_is_not_stored_is_not_told_as_stored() {
    let strongroom = with_room_for(3);
    strongroom.create(text("a", "x")).await.unwrap();
    for (atomic, dry_run) in [(true, false), (true, true), (false, true), (false, false)] {
        let secrets = ["b", "c", "d"].map(|name| text(name, "x")).to_vec();
        let request = BatchImportSecretsRequest { secrets, atomic, dry_run, ..Default::default() };
        let answer = strongroom.import_as(request).await.unwrap();
        let told = "The project had 1 secret, entries before this one ask for 2 more; at most 3 are allowed.";
        assert_eq!(answer.outcomes[2].message, told, "{atomic} {dry_run}");
    }
}

#[tokio::test]
async fn a_name_that_is_taken_needs_no_room() {
    let strongroom = with_room_for(3);
    strongroom.import(vec![text("a", "x"), text("b", "x")]).await;
    let answer = strongroom.import(vec![text("a", "x"), text("b", "x"), text("c", "x")]).await;
    assert_eq!((answer.success, answer.failed), (1, 2));
    assert_eq!(strongroom.names().await, ["a", "b", "c"]);
}

#[tokio::test]
async fn what_is_rejected_gives_its_room_back() {
    let strongroom = with_room_for(2);
    strongroom.create(text("a", "x")).await.unwrap();
    for _ in 0..5 {
        rejection(strongroom.create(text("a", "x")).await);
    }
    strongroom.create(text("b", "x")).await.unwrap();
}

#[tokio::test]
async fn what_others_let_become_overdue_costs_a_project_nothing() {
    let engine = Counted::new();
    let reads = engine.reads.clone();
    let strongroom = Strongroom::on(engine);
    let mut change = Change::new();
    for number in 0..100_u8 {
        let secret = SecretRecord {
            id: vec![number; 16],
            name: format!("secret-{number}"),
            scheduled_delete_time: Some(i64::from(number)),
            ..SecretRecord::default()
        };
        change.create_secret(Id::new([3; 16]), &secret).unwrap();
    }
    assert!(matches!(strongroom.storage.commit(change).await.unwrap(), Outcome::Committed(_)));
    assert_eq!(strongroom.limits().await.secrets_used, 0);
    reads.take();
    strongroom.limits().await;
    let read = reads.take();
    assert!(read.entries + read.gets < 10, "{read:?}");
    assert_eq!(strongroom.operations.purge().await.unwrap(), 100);
}

#[tokio::test]
async fn overdue_secrets_take_up_no_room() {
    let strongroom = with_room_for(2);
    strongroom.import(vec![text("a", "x"), text("b", "x")]).await;
    strongroom.schedule("a", 7).await.unwrap();
    rejection(strongroom.create(text("c", "x")).await);
    strongroom.pass(7 * DAY);
    assert_eq!(strongroom.limits().await.secrets_used, 1);
    strongroom.create(text("c", "x")).await.unwrap();
    assert_eq!((strongroom.limits().await.secrets_used, stored(&strongroom).await), (2, 2));
}

#[tokio::test]
async fn a_start_counts_what_is_stored() {
    let strongroom = with_room_for(3);
    strongroom.import(vec![text("a", "x"), text("b", "x")]).await;
    let again = strongroom.again();
    again.delete("a").await.unwrap();
    assert_eq!(again.import(vec![text("c", "x"), text("d", "x"), text("e", "x")]).await.success, 2);
    assert_eq!(stored(&again).await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_creators_and_removers_at_once_never_exceed_it() {
    for _ in 0..20 {
        let strongroom = Arc::new(with_room_for(10));
        strongroom.import((0..5).map(|number| text(&format!("old-{number}"), "x")).collect()).await;
        // Nobody has counted since this start, so counting and changing run into each other.
        let strongroom = Arc::new(strongroom.again());
        let mut tasks = Vec::new();
        for number in 0..24 {
            let strongroom = strongroom.clone();
            tasks.push(tokio::spawn(async move {
                match number % 3 {
                    0 => drop(strongroom.delete(&format!("old-{}", number % 5)).await),
                    1 => drop(strongroom.create(text(&format!("new-{number}"), "x")).await),
                    _ => drop(
                        strongroom.import(vec![text("one", "x"), text(&format!("two-{number}"), "x")]).await,
                    ),
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        let now = stored(&strongroom).await;
        assert!(now <= 10, "{now}");
        assert_eq!(strongroom.limits().await.secrets_used, i32::try_from(now).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn room_that_others_only_hold_is_waited_for() {
    for _ in 0..20 {
        let strongroom = Arc::new(with_room_for(10));
        let old: Vec<_> = (0..5).map(|number| text(&format!("old-{number}"), "x")).collect();
        strongroom.import(old.clone()).await;
        let mut tasks = Vec::new();
        for number in 0..5 {
            let (again, new, old) = (strongroom.clone(), strongroom.clone(), old.clone());
            tasks.push(tokio::spawn(async move { again.import(old).await.failed == 5 }));
            tasks.push(tokio::spawn(
                async move { new.create(text(&format!("new-{number}"), "x")).await.is_ok() },
            ));
        }
        for task in tasks {
            assert!(task.await.unwrap());
        }
        assert_eq!(strongroom.limits().await.secrets_used, 10);
    }
}

/// Commits, and answers only when it is told to.
struct Held {
    engine: MemoryEngine,
    committed: Arc<Semaphore>,
    answer: Arc<Semaphore>,
}

#[async_trait]
impl Engine for Held {
    fn limits(&self) -> CommitLimits {
        self.engine.limits()
    }

    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StorageError> {
        self.engine.snapshot().await
    }

    async fn commit(&self, commit: Commit) -> Result<Outcome, StorageError> {
        let outcome = self.engine.commit(commit).await;
        self.committed.add_permits(1);
        self.answer.acquire().await.unwrap().forget();
        outcome
    }

    fn counters(&self) -> Counters {
        self.engine.counters()
    }
}

#[tokio::test]
async fn a_caller_who_hangs_up_during_the_commit_is_counted_too() {
    let (committed, answer) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let engine = Held { engine: MemoryEngine::new(), committed: committed.clone(), answer: answer.clone() };
    let strongroom = Arc::new(Strongroom::with(engine, Limits { secrets: 2, ..Limits::default() }));
    for (used, deletes) in [(1, false), (0, true)] {
        let own = strongroom.clone();
        let caller = tokio::spawn(async move {
            match deletes {
                false => drop(own.create(text("db", "x")).await),
                true => drop(own.delete("db").await),
            }
        });
        committed.acquire().await.unwrap().forget();
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
        answer.add_permits(1);
        // One thread: what is left to do is done in a few turns, or nobody does it.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        assert_eq!(strongroom.limits().await.secrets_used, used);
        assert_eq!(stored(&strongroom).await, usize::try_from(used).unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is done in whatever order, the number shown is the number stored, and never above the limit.
    #[test]
    fn the_number_is_that_of_a_full_scan(steps in proptest::collection::vec((0_u8..6, 0_u8..8), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut strongroom = with_room_for(5);
            for (step, name) in steps {
                let name = format!("s{name}");
                match step {
                    0 => drop(strongroom.create(text(&name, "x")).await),
                    1 => drop(strongroom.import(vec![text(&name, "x"), text("other", "x"), text("third", "x")]).await),
                    2 => drop(strongroom.delete(&name).await),
                    3 => drop(strongroom.schedule(&name, 7).await),
                    4 => strongroom.pass(4 * DAY),
                    _ => strongroom = strongroom.again(),
                }
                if step == 4 {
                    strongroom.operations.purge().await.unwrap();
                }
                let names = strongroom.names().await.len();
                assert!(names <= 5);
                assert_eq!(strongroom.limits().await.secrets_used, i32::try_from(names).unwrap());
            }
        });
    }
}
