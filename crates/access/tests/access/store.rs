//! Stores to test against: one just started, and one with the key of the published signature vectors.

use std::sync::Arc;

use strongroom_access::{Access, Credentials, Names, first_start};
use strongroom_sealing::{RootKey, RootKeys};
use strongroom_storage::records::{AccessKeyRecord, DomainRecord, ProjectRecord, UserRecord};
use strongroom_storage::{Change, Id, MemoryEngine, Outcome, Storage, Timestamp};

pub const NAMES: Names<'_> = Names { domain: "home", project: "local", user: "admin" };

pub const ACCESS_KEY: &str = "AKEXAMPLE";
pub const SECRET_KEY: &str = "SKEXAMPLE-not-a-real-key";
pub const PROJECT: &str = "0123456789abcdef0123456789abcdef";

/// 2026-01-15T08:30:00Z, the date of the vectors.
pub const NOW: Timestamp = Timestamp::from_milliseconds(1_768_465_800_000);
pub const MINUTE: i64 = 60_000;

pub fn later(milliseconds: i64) -> Timestamp {
    Timestamp::from_milliseconds(NOW.milliseconds() + milliseconds)
}

pub fn empty() -> Storage {
    Storage::with_known_key(Arc::new(MemoryEngine::new()))
}

pub async fn started() -> (Storage, Access, Credentials) {
    let (storage, root) = (empty(), RootKey::generate().unwrap());
    let first = first_start(&storage, &root, &[], NAMES, NOW).await.unwrap().unwrap();
    let credentials = first.commit(&storage).await.unwrap();
    let access = Access::new(storage.clone(), Arc::new(RootKeys::new(root)));
    (storage, access, credentials)
}

/// A store whose only access key is the one of the vectors.
pub async fn with_the_key_of_the_vectors() -> Access {
    let (storage, root) = (empty(), RootKey::generate().unwrap());
    let project = Id::parse(PROJECT).unwrap().to_stored();
    let id = |byte| Id::new([byte; 16]).to_stored();
    let mut change = Change::new();
    change.put_domain(&DomainRecord { id: id(1), name: "home".to_owned() }).unwrap();
    change
        .put_project(&ProjectRecord { id: project.clone(), name: "local".to_owned(), domain_id: id(1) })
        .unwrap();
    change
        .put_user(&UserRecord {
            id: id(2),
            name: "admin".to_owned(),
            domain_id: id(1),
            project_id: project.clone(),
            ..UserRecord::default()
        })
        .unwrap();
    let sealed = root.seal_small("access-key", ACCESS_KEY.as_bytes(), SECRET_KEY.as_bytes());
    let access_key = AccessKeyRecord {
        access_key: ACCESS_KEY.to_owned(),
        user_id: id(2),
        project_id: project,
        sealed_secret_key: sealed.unwrap(),
        ..AccessKeyRecord::default()
    };
    change.put_access_key(&access_key).unwrap();
    assert!(matches!(storage.commit(change).await.unwrap(), Outcome::Committed(_)));
    Access::new(storage, Arc::new(RootKeys::new(root)))
}
