//! Last access times of secrets.

use strongroom_storage::Change;
use strongroom_storage::records::SecretRecord;

use crate::{OTHER, PROJECT, Store, at, create, id, secret};

async fn store_with(names: &[&str]) -> Store {
    let store = Store::empty();
    for (number, name) in (1..).zip(names) {
        let mut change = Change::new();
        create(&mut change, PROJECT, &secret(number, name)).unwrap();
        assert!(store.commit(change).await);
    }
    store
}

async fn record_access(store: &Store, name: &str, time: i64) -> bool {
    let found = store.storage.view().await.unwrap().secret(PROJECT, name).await.unwrap().unwrap();
    let mut change = Change::new();
    change.put_use(PROJECT, &found, at(time));
    store.commit(change).await
}

#[tokio::test]
async fn access_times_are_found_singly_and_by_page() {
    let store = store_with(&["a", "b", "ba", "c", "d"]).await;
    for (name, time) in [("a", 1), ("ba", 2), ("c", 3), ("d", 4), ("c", 5)] {
        assert!(record_access(&store, name, time).await);
    }
    let view = store.storage.view().await.unwrap();
    let found = view.last_use(PROJECT, "c").await.unwrap().unwrap();
    assert_eq!((found.secret_id, found.time), (id(4).to_stored(), 5));
    assert_eq!(view.last_use(PROJECT, "b").await.unwrap(), None);
    assert_eq!(view.last_use(OTHER, "c").await.unwrap(), None);
    let page = view.last_uses(PROJECT, "b", "c").await.unwrap();
    assert_eq!(page.iter().map(|found| found.time).collect::<Vec<_>>(), [2, 5], "from the first to the last");
}

#[tokio::test]
async fn access_time_of_a_changed_secret_conflicts() {
    let store = store_with(&["a"]).await;
    let found = store.storage.view().await.unwrap().secret(PROJECT, "a").await.unwrap().unwrap();
    let mut late = Change::new();
    late.put_use(PROJECT, &found, at(1));
    let mut change = Change::new();
    let after = SecretRecord { description: "changed".to_owned(), ..found.record.clone() };
    change.update_secret(PROJECT, &found, &after).unwrap();
    assert!(store.commit(change).await);
    assert!(!store.commit(late).await);

    assert!(record_access(&store, "a", 2).await);
    let found = store.storage.view().await.unwrap().secret(PROJECT, "a").await.unwrap().unwrap();
    let (mut late, mut change) = (Change::new(), Change::new());
    late.put_use(PROJECT, &found, at(3));
    change.remove_secret(PROJECT, &found).unwrap();
    assert!(store.commit(change).await);
    assert!(!store.commit(late).await);
    assert_eq!(store.keys().await, 0, "it is gone with its secret");
}

#[tokio::test]
async fn secrets_of_a_project_are_counted_over_pages() {
    let store = Store::empty();
    for count in [0_usize, 999, 1_000, 1_001] {
        let mut change = Change::new();
        let known = store.storage.view().await.unwrap().count_secrets(PROJECT).await.unwrap();
        for number in known..count {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
            let record = SecretRecord { id: bytes.to_vec(), ..secret(1, &format!("s{number}")) };
            change.create_secret(PROJECT, &record).unwrap();
        }
        assert!(store.commit(change).await);
        let view = store.storage.view().await.unwrap();
        assert_eq!(view.count_secrets(PROJECT).await.unwrap(), count);
        assert_eq!(view.count_secrets(OTHER).await.unwrap(), 0);
    }
}
