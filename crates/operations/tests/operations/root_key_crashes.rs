//! A rotation of the root key that is cut off at any step: the next start opens everything at once, the rotation ends,
//! and then the old key opens nothing.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use strongroom_access::{Access, Credentials, root_key};
use strongroom_contract::v1::RootKeyState;
use strongroom_operations::{OperationError, Rejection, RootKeyFile};
use strongroom_sealing::{RootKey, RootKeys};
use strongroom_storage::records::AccessKeyRecord;
use strongroom_storage::{
    Change, Commit, CommitLimits, Counters, Engine, Key, MemoryEngine, Outcome, Snapshot, Span, Storage,
    StorageError, Stored,
};

use crate::root_key::{
    Lines, NOW, all_sealed_by, first, found, log_in, record, rotate, show, started, under,
};
use crate::strongroom::{Strongroom, rejection};

/// Secrets under keys of their own, and access keys beside the first: more than one commit takes of each.
const SECRETS: usize = 30;
const ACCESS_KEYS: usize = 25;
const LIMITS: CommitLimits = CommitLimits { operations: 20, bytes: 64 * 1024 * 1024 };

/// Two writes of the file; commits that begin, that wrap 30 and 26 keys in groups of 20, and that end.
const STEPS: usize = 2 + 1 + 2 + 2 + 1;

/// Cut off before a step is done, or when it is done and nobody was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    Before,
    After,
}

/// How many steps a process still lives for, and how it ends.
struct Life {
    left: Mutex<usize>,
    cut: Cut,
}

enum Step {
    Done,
    DoneUnheard,
    NotDone,
}

impl Life {
    fn step(&self) -> Step {
        let mut left = self.left.lock().unwrap();
        match (*left, self.cut) {
            (0, _) => Step::NotDone,
            (1, Cut::Before) => {
                *left = 0;
                Step::NotDone
            }
            (1, Cut::After) => {
                *left = 0;
                Step::DoneUnheard
            }
            _ => {
                *left -= 1;
                Step::Done
            }
        }
    }
}

struct Mortal<T> {
    inner: Arc<T>,
    life: Arc<Life>,
}

#[async_trait]
impl Engine for Mortal<MemoryEngine> {
    fn limits(&self) -> CommitLimits {
        self.inner.limits()
    }

    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StorageError> {
        self.inner.snapshot().await
    }

    async fn commit(&self, commit: Commit) -> Result<Outcome, StorageError> {
        // As with a disk, others get their turn.
        tokio::task::yield_now().await;
        match self.life.step() {
            Step::Done => self.inner.commit(commit).await,
            Step::DoneUnheard => {
                let _unheard = self.inner.commit(commit).await?;
                Err(StorageError::Stopped)
            }
            Step::NotDone => Err(StorageError::Stopped),
        }
    }

    fn counters(&self) -> Counters {
        self.inner.counters()
    }
}

impl RootKeyFile for Mortal<Lines> {
    fn write(&self, keys: &[Arc<RootKey>], superseded: &[Arc<RootKey>]) -> std::io::Result<()> {
        let write = || self.inner.write(keys, superseded);
        match self.life.step() {
            Step::Done => write(),
            Step::DoneUnheard => write().and(Err(std::io::Error::other("cut off"))),
            Step::NotDone => Err(std::io::Error::other("cut off")),
        }
    }
}

/// What outlives a crash, and what people outside know.
struct World {
    engine: Arc<MemoryEngine>,
    storage: Storage,
    file: Arc<Lines>,
    old: String,
    credentials: Credentials,
    token: String,
    values: Vec<(Key, Stored)>,
    made: AtomicUsize,
}

impl World {
    async fn new() -> Self {
        let engine = Arc::new(MemoryEngine::with_limits(LIMITS));
        let storage = Storage::with_known_key(engine.clone());
        let (file, credentials) = first(&storage).await;
        let keys = found(&storage, &file).await;
        let token = log_in(&storage, &keys, &credentials).await;
        let strongroom = started(&storage, &keys, file.clone());
        for number in 0..SECRETS {
            strongroom.import(vec![under(&number.to_string())]).await;
        }
        let user = storage.view().await.unwrap().access_key(&credentials.access_key).await.unwrap().unwrap();
        for number in 0..ACCESS_KEYS {
            let access_key = format!("AK{number}");
            let sealed = keys.of_term(1).unwrap().seal_small("access-key", access_key.as_bytes(), b"SK");
            let mut change = Change::new();
            let record =
                AccessKeyRecord { access_key, sealed_secret_key: sealed.unwrap(), ..user.record.clone() };
            change.put_access_key(&record).unwrap();
            assert!(matches!(storage.commit(change).await.unwrap(), Outcome::Committed(_)));
        }
        let old = file.0.lock().unwrap().concat();
        let mut world = Self {
            engine,
            storage,
            file,
            old,
            credentials,
            token,
            values: Vec::new(),
            made: AtomicUsize::new(0),
        };
        world.values = world.values().await;
        world
    }

    /// A process that ends at its step of this number, counted from 1.
    async fn start(&self, left: usize, cut: Cut) -> Strongroom {
        let life = Arc::new(Life { left: Mutex::new(left), cut });
        let keys = found(&self.storage, &self.file).await;
        let engine = Mortal { inner: self.engine.clone(), life: life.clone() };
        let file = Mortal { inner: self.file.clone(), life };
        started(&Storage::with_known_key(Arc::new(engine)), &keys, Arc::new(file))
    }

    async fn start_for_good(&self) -> Strongroom {
        self.start(usize::MAX, Cut::Before).await
    }

    /// Every value as it lies, with the commit that wrote it.
    async fn values(&self) -> Vec<(Key, Stored)> {
        let snapshot = self.engine.snapshot().await.unwrap();
        snapshot.range(&Span::prefix(vec![0x12]), usize::MAX).await.unwrap()
    }

    async fn everything_opens(&self) {
        let strongroom = self.start_for_good().await;
        let keys = found(&self.storage, &self.file).await;
        for number in 0..SECRETS {
            let read = strongroom.read(&number.to_string()).await.unwrap();
            assert_eq!(read.secret_string.unwrap(), number.to_string());
        }
        let access = Access::new(self.storage.clone(), keys);
        access.bearer(&self.token, NOW).await.unwrap();
        access.basic(&self.credentials.access_key, &self.credentials.secret_key).await.unwrap();
        for number in 0..ACCESS_KEYS {
            access.basic(&format!("AK{number}"), "SK").await.unwrap();
        }
        let name = format!("z{}", self.made.fetch_add(1, Ordering::SeqCst));
        assert_eq!(strongroom.import(vec![under(&name)]).await.success, 1);
        assert_eq!(strongroom.read(&name).await.unwrap().secret_string.unwrap(), name);
        let values = self.values().await;
        assert!(self.values.iter().all(|value| values.contains(value)), "a value was rewritten");
    }

    /// Lets the background of a start that lives on do its work, and looks at what is left.
    async fn ends_whole(&self) {
        self.everything_opens().await;
        let strongroom = self.start_for_good().await;
        strongroom.operations.carry_on_rotation().await.unwrap();
        let shown = show(&strongroom).await;
        assert_eq!((shown.state(), shown.waiting_keys), (RootKeyState::Whole, 0));
        // One of a rotation that never began, or of one that ended in the moment of the cut, is left alone.
        assert!(self.file.keys().len() <= 2);
        all_sealed_by(&self.storage, shown.term).await;
        self.everything_opens().await;
        if shown.term > 1 {
            self.the_old_key_is_useless().await;
        }
    }

    async fn the_old_key_is_useless(&self) {
        let old = || RootKey::parse(&self.old).unwrap();
        assert!(root_key::recognise(&record(&self.storage).await, vec![old()]).current.is_none());
        let term = record(&self.storage).await.term;
        for term in [1, term] {
            let keys = Arc::new(RootKeys::new(old().of_term(term)));
            let strongroom = started(&self.storage, &keys, self.file.clone());
            assert!(matches!(rejection(strongroom.read("0").await), Rejection::KeyCannotOpen { .. }));
            let access = Access::new(self.storage.clone(), keys);
            assert!(access.bearer(&self.token, NOW).await.is_err());
            assert!(access.basic("AK0", "SK").await.is_err());
        }
    }
}

#[tokio::test]
async fn an_uncut_rotation_takes_the_steps_that_are_cut_here() {
    let world = World::new().await;
    for (left, ends) in [(STEPS, false), (STEPS + 1, true)] {
        let world = World::new().await;
        assert_eq!(rotate(&world.start(left, Cut::Before).await).await.is_ok(), ends, "{left}");
    }
    rotate(&world.start_for_good().await).await.unwrap();
    world.ends_whole().await;
}

#[tokio::test]
async fn cut_off_at_any_step_it_ends_after_the_next_start() {
    for cut in [Cut::Before, Cut::After] {
        for step in 1..=STEPS {
            let world = World::new().await;
            let cut_off = rotate(&world.start(step, cut).await).await;
            assert!(matches!(cut_off, Err(OperationError::Internal { .. })), "{step} {cut:?}");
            let begun = step > 2 || (step, cut) == (2, Cut::After);
            world.ends_whole().await;
            assert_eq!(record(&world.storage).await.term, if begun { 2 } else { 1 }, "{step} {cut:?}");
        }
    }
}

#[tokio::test]
async fn cut_off_again_and_again_it_still_ends() {
    for cut in [Cut::Before, Cut::After] {
        for left in 1..=4 {
            let world = World::new().await;
            assert!(rotate(&world.start(3, Cut::Before).await).await.is_err());
            let mut starts = 0;
            while world.start(left, cut).await.operations.carry_on_rotation().await.is_err() {
                world.everything_opens().await;
                starts += 1;
                // One that ends before its first step is done gets nowhere.
                if (left, cut) == (1, Cut::Before) {
                    break;
                }
                assert!(starts < 20, "{left} {cut:?}");
            }
            world.ends_whole().await;
            assert_eq!(record(&world.storage).await.term, 2);
        }
    }
}

#[tokio::test]
async fn while_one_waits_to_go_on_another_is_rejected_and_what_waits_is_told() {
    let world = World::new().await;
    assert!(rotate(&world.start(3, Cut::Before).await).await.is_err());
    let strongroom = world.start_for_good().await;
    let shown = show(&strongroom).await;
    assert_eq!((shown.term, shown.state()), (2, RootKeyState::Rotating));
    assert_eq!(shown.waiting_keys as usize, SECRETS + ACCESS_KEYS + 1);
    assert_eq!(rejection(rotate(&strongroom).await), Rejection::RootKeyRotating);
    strongroom.operations.carry_on_rotation().await.unwrap();
    rotate(&strongroom).await.unwrap();
    assert_eq!(show(&strongroom).await.term, 3);
}

#[tokio::test]
async fn of_two_rotations_at_once_one_is_rejected() {
    let strongroom = World::new().await.start_for_good().await;
    let (one, two) = tokio::join!(rotate(&strongroom), rotate(&strongroom));
    assert_eq!(one.unwrap().term, 2);
    assert_eq!(rejection(two), Rejection::RootKeyRotating);
    assert_eq!(show(&strongroom).await.term, 2);
}

/// The process lives on: a full disk, then a working one.
#[tokio::test]
async fn after_a_failure_the_same_process_tries_again_with_the_same_key() {
    struct Full(Mutex<bool>, Arc<Lines>);
    impl RootKeyFile for Full {
        fn write(&self, keys: &[Arc<RootKey>], superseded: &[Arc<RootKey>]) -> std::io::Result<()> {
            let full = std::mem::take(&mut *self.0.lock().unwrap());
            // It may be written before it fails.
            self.1.write(keys, superseded)?;
            if full { Err(std::io::Error::other("no space")) } else { Ok(()) }
        }
    }
    let world = World::new().await;
    let keys = found(&world.storage, &world.file).await;
    let file = Arc::new(Full(Mutex::new(true), world.file.clone()));
    let strongroom = started(&world.storage, &keys, file);
    assert!(matches!(rotate(&strongroom).await, Err(OperationError::Internal { .. })));
    assert_eq!(strongroom.operations.carry_on_rotation().await.unwrap(), None, "none has begun");
    let kept = world.file.0.lock().unwrap().clone();
    assert_eq!(rotate(&strongroom).await.unwrap().term, 2);
    assert_eq!(*world.file.0.lock().unwrap(), kept[..1], "the newest comes first");
    world.ends_whole().await;
}
