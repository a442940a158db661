//! Rotating the root key while everything goes on, and who may not.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use strongroom_access::{Access, ClientNetwork, Credentials, Names, Scope, first_start, root_key};
use strongroom_contract::v1::{self, RootKeyState};
use strongroom_operations::{Answer, Limits, Rejection, Root, RootKeyFile, RootKeySource};
use strongroom_sealing::{RootKey, RootKeys, root_term};
use strongroom_storage::records::RootKeyRecord;
use strongroom_storage::{MemoryEngine, Storage, Timestamp};

use crate::strongroom::{START, Strongroom, rejection, text};

pub const NOW: Timestamp = Timestamp::from_milliseconds(START);
const NAMES: Names<'_> = Names { domain: "home", project: "local", user: "admin" };

/// What lies in the root key file.
#[derive(Default)]
pub struct Lines(pub Mutex<Vec<String>>);

impl RootKeyFile for Lines {
    fn write(&self, keys: &[Arc<RootKey>], superseded: &[Arc<RootKey>]) -> std::io::Result<()> {
        let rendered = |keys: &[Arc<RootKey>]| keys.iter().map(|key| key.render().to_string()).collect();
        let (mut lines, superseded): (Vec<_>, Vec<_>) = (rendered(keys), rendered(superseded));
        let mut there = self.0.lock().unwrap();
        there.retain(|line| !lines.contains(line) && !superseded.contains(line));
        lines.append(&mut there);
        *there = lines;
        Ok(())
    }
}

impl Lines {
    pub fn keys(&self) -> Vec<RootKey> {
        self.0.lock().unwrap().iter().map(|line| RootKey::parse(line).unwrap()).collect()
    }
}

/// A store that was started for the first time, and its root key file.
pub async fn first(storage: &Storage) -> (Arc<Lines>, Credentials) {
    let key = Arc::new(RootKey::generate().unwrap());
    let file = Arc::new(Lines::default());
    file.write(std::slice::from_ref(&key), &[]).unwrap();
    let first = first_start(storage, &key, &[], NAMES, NOW).await.unwrap().unwrap();
    (file, first.commit(storage).await.unwrap())
}

pub async fn record(storage: &Storage) -> RootKeyRecord {
    storage.view().await.unwrap().root_key().await.unwrap().unwrap().record
}

/// The keys of a later start, as the server finds them.
pub async fn found(storage: &Storage, file: &Lines) -> Arc<RootKeys> {
    let known = root_key::recognise(&record(storage).await, file.keys());
    let keys = RootKeys::new(known.current.unwrap());
    if let Some(previous) = known.previous {
        keys.add(previous);
    }
    Arc::new(keys)
}

/// A token that was issued by whoever has these keys.
pub async fn log_in(storage: &Storage, keys: &Arc<RootKeys>, credentials: &Credentials) -> String {
    let access = Access::new(storage.clone(), keys.clone());
    let issued = access
        .log_in(ClientNetwork::UNKNOWN, "home", "admin", &credentials.password, Scope::OwnProject, NOW)
        .await
        .unwrap();
    issued.token.to_string()
}

pub fn started(storage: &Storage, keys: &Arc<RootKeys>, file: Arc<dyn RootKeyFile>) -> Strongroom {
    let root = Root::new(keys.clone(), RootKeySource::File(file));
    Strongroom::sealed_by(storage.clone(), root, Limits::default())
}

pub async fn rotate(strongroom: &Strongroom) -> Answer<v1::RootKey> {
    let request = v1::RotateRootKeyRequest {};
    let answer = strongroom.operations.rotate_root_key(&strongroom.call("RotateRootKey"), request).await?;
    Ok(answer.root_key.unwrap())
}

pub async fn show(strongroom: &Strongroom) -> v1::RootKey {
    let request = v1::ShowRootKeyRequest {};
    let answer = strongroom.operations.show_root_key(&strongroom.call("ShowRootKey"), request).await;
    answer.unwrap().root_key.unwrap()
}

/// Under a key of its own, which is made for it.
pub fn under(key: &str) -> v1::NewSecret {
    v1::NewSecret { kms_key_id: format!("key-{key}"), ..text(key, key) }
}

/// Every record that a root key seals is sealed by this term.
pub async fn all_sealed_by(storage: &Storage, term: u32) {
    let view = storage.view().await.unwrap();
    let master_keys = view.each_master_key(|placed| {
        assert_eq!(root_term(&placed.key.unwrap().record.wrapped), Some(term), "{}", placed.name);
    });
    master_keys.await.unwrap();
    let access_keys = view.each_access_key(|placed| {
        let sealed = placed.key.unwrap().record.sealed_secret_key;
        assert_eq!(root_term(&sealed), Some(term), "{}", placed.access_key);
    });
    access_keys.await.unwrap();
}

#[tokio::test]
async fn each_rotation_leaves_one_new_key_and_everything_opens() {
    let storage = Storage::with_known_key(Arc::new(MemoryEngine::new()));
    let (file, credentials) = first(&storage).await;
    let keys = found(&storage, &file).await;
    let token = log_in(&storage, &keys, &credentials).await;
    let strongroom = started(&storage, &keys, file.clone());
    strongroom.import(vec![under("a"), under("b")]).await;
    assert_eq!(show(&strongroom).await.term, 1);

    let mut lines = vec![file.0.lock().unwrap().clone()];
    for term in 2..5 {
        let shown = rotate(&strongroom).await.unwrap();
        assert_eq!((shown.term, shown.state(), shown.waiting_keys), (term, RootKeyState::Whole, 0));
        assert_eq!(shown, show(&strongroom).await);
        all_sealed_by(&storage, term).await;
        lines.push(file.0.lock().unwrap().clone());
        assert_eq!(strongroom.read("b").await.unwrap().secret_string.unwrap(), "b");
        strongroom.import(vec![under(&term.to_string())]).await;
    }
    assert!(lines.iter().all(|keys| keys.len() == 1));
    lines.sort();
    lines.dedup();
    assert_eq!(lines.len(), 4, "each key is another");

    let keys = found(&storage, &file).await;
    let again = started(&storage, &keys, file);
    for name in ["a", "b", "2", "3", "4"] {
        assert_eq!(again.read(name).await.unwrap().secret_string.unwrap(), name);
    }
    let access = Access::new(storage.clone(), keys);
    assert!(access.bearer(&token, NOW).await.is_ok(), "a token outlives rotations");
    assert!(access.basic(&credentials.access_key, &credentials.secret_key).await.is_ok());
}

#[tokio::test]
async fn a_rotation_leaves_its_audit_line() {
    let storage = Storage::with_known_key(Arc::new(MemoryEngine::new()));
    let (file, _) = first(&storage).await;
    let strongroom = started(&storage, &found(&storage, &file).await, file);
    rotate(&strongroom).await.unwrap();
    let project = strongroom.call("").caller.project_id;
    let records = storage.view().await.unwrap().audit(project, NOW, 10).await.unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!((&records[0].operation[..], &records[0].caller_name[..]), ("RotateRootKey", "admin"));
}

#[tokio::test]
async fn a_key_from_the_environment_is_not_rotated_by_the_server() {
    let storage = Storage::with_known_key(Arc::new(MemoryEngine::new()));
    let (file, _) = first(&storage).await;
    for source in [RootKeySource::Environment, RootKeySource::Passphrase] {
        let root = Root::new(found(&storage, &file).await, source);
        let strongroom = Strongroom::sealed_by(storage.clone(), root, Limits::default());
        let rejected = rejection(rotate(&strongroom).await);
        assert_eq!(rejected, Rejection::RootKeyGiven);
        assert!(rejected.sentence().contains("STRONGROOM_ROOT_KEY_PREVIOUS"), "it says what to do instead");
        assert_eq!(show(&strongroom).await.term, 1);
    }
}

/// Whoever reads, logs in or makes keys while the root key changes notices nothing, and nothing is left behind sealed by
/// a key that is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_notices_a_rotation() {
    let storage = Storage::with_known_key(Arc::new(MemoryEngine::new()));
    let (file, credentials) = first(&storage).await;
    let keys = found(&storage, &file).await;
    let token = log_in(&storage, &keys, &credentials).await;
    let strongroom = Arc::new(started(&storage, &keys, file.clone()));
    strongroom.import((0..10).map(|number| under(&format!("old-{number}"))).collect()).await;
    let working = Arc::new(AtomicBool::new(true));

    let rotating = tokio::spawn({
        let (strongroom, working) = (strongroom.clone(), working.clone());
        async move {
            let mut rotations = 0;
            while working.load(Ordering::SeqCst) || rotations < 3 {
                rotate(&strongroom).await.unwrap();
                rotations += 1;
            }
            rotations
        }
    });
    let makers = (0..3).map(|maker| {
        let strongroom = strongroom.clone();
        tokio::spawn(async move {
            for number in 0..100 {
                let answer = strongroom.import(vec![under(&format!("new-{maker}-{number}"))]).await;
                assert_eq!(answer.success, 1, "{answer:?}");
            }
        })
    });
    let makers: Vec<_> = makers.collect();
    let readers = (0..2).map(|_| {
        let (storage, keys, token) = (storage.clone(), keys.clone(), token.clone());
        let (access_key, secret_key) = (credentials.access_key.clone(), credentials.secret_key.to_string());
        let (file, password) = (file.clone(), credentials.password.clone());
        let working = working.clone();
        tokio::spawn(async move {
            while working.load(Ordering::SeqCst) {
                // A reader with no key in memory yet, each time.
                let strongroom = started(&storage, &keys, file.clone());
                for number in 0..10 {
                    strongroom.read(&format!("old-{number}")).await.unwrap();
                }
                let access = Access::new(storage.clone(), keys.clone());
                access.basic(&access_key, &secret_key).await.unwrap();
                access.bearer(&token, NOW).await.unwrap();
                let issued = access
                    .log_in(ClientNetwork::UNKNOWN, "home", "admin", &password, Scope::OwnProject, NOW)
                    .await
                    .unwrap();
                access.bearer(&issued.token, NOW).await.unwrap();
            }
        })
    });
    let readers: Vec<_> = readers.collect();
    for maker in makers {
        maker.await.unwrap();
    }
    working.store(false, Ordering::SeqCst);
    for reader in readers {
        reader.await.unwrap();
    }
    let rotations = rotating.await.unwrap();

    all_sealed_by(&storage, rotations + 1).await;
    let again = started(&storage, &found(&storage, &file).await, file);
    for maker in 0..3 {
        for number in 0..100 {
            again.read(&format!("new-{maker}-{number}")).await.unwrap();
        }
    }
}
