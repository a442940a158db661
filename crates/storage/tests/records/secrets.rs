//! Secrets, their values and their audit records.

use strongroom_storage::records::{AuditLine, AuditRecord, VersionRecord};
use strongroom_storage::{Change, Revision, StorageError, Versioned};

use crate::{OTHER, PROJECT, Store, at, create, id, sealed, secret};

async fn store_with(names: &[&str]) -> Store {
    let store = Store::empty();
    let mut change = Change::new();
    for (number, name) in (1..).zip(names) {
        create(&mut change, PROJECT, &secret(number, name)).unwrap();
    }
    assert!(store.commit(change).await);
    store
}

#[tokio::test]
async fn secret_is_found_by_name_and_id_only_in_its_project() {
    let store = store_with(&["db", "api"]).await;
    let view = store.storage.view().await.unwrap();
    let found = view.secret(PROJECT, "db").await.unwrap().unwrap();
    assert_eq!(found.record, secret(1, "db"));
    assert_eq!(view.secret_by_id(id(1)).await.unwrap().unwrap(), (PROJECT, found));
    assert!(view.secret(OTHER, "db").await.unwrap().is_none());
    assert!(view.secret(PROJECT, "d").await.unwrap().is_none());
    assert!(view.secret_by_id(id(9)).await.unwrap().is_none());
    assert!(view.value(id(1), 1).await.unwrap().unwrap().as_bytes() == sealed(1).as_bytes());
    assert!(view.value(id(1), 2).await.unwrap().is_none());
}

#[tokio::test]
async fn creating_a_secret_with_an_existing_name_conflicts() {
    let store = store_with(&["db"]).await;
    let attempt = |project, number| {
        let mut change = Change::new();
        create(&mut change, project, &secret(number, "db")).unwrap();
        store.commit(change)
    };
    assert!(!attempt(PROJECT, 7).await);
    assert!(attempt(OTHER, 8).await);
    assert!(store.storage.view().await.unwrap().value(id(7), 1).await.unwrap().is_none());
}

#[tokio::test]
async fn names_are_listed_page_by_page() {
    let names: Vec<String> = (0..60).map(|number| format!("name-{number:02}")).collect();
    let store = store_with(&names.iter().map(String::as_str).rev().collect::<Vec<_>>()).await;
    let view = store.storage.view().await.unwrap();
    let mut seen: Vec<String> = Vec::new();
    loop {
        let start = seen.last().map_or_else(String::new, |last| format!("{last}\0"));
        let page = view.secrets(PROJECT, &start, 7).await.unwrap();
        if page.is_empty() {
            break;
        }
        seen.extend(page.into_iter().map(|secret| secret.name));
    }
    assert_eq!(seen, names);
    assert!(view.secrets(OTHER, "", 7).await.unwrap().is_empty());
    assert_eq!(view.secrets(PROJECT, "name-5", 99).await.unwrap().len(), 10);
    assert_eq!(view.secrets(PROJECT, "name-50", 99).await.unwrap().len(), 10);
    let named = view.secrets_named(PROJECT, &["name-07".to_owned(), "none".to_owned()]).await.unwrap();
    assert_eq!(named.iter().map(|secret| secret.name.as_str()).collect::<Vec<_>>(), ["name-07"]);
}

#[tokio::test]
async fn list_longer_than_one_engine_page_is_complete() {
    let store = Store::empty();
    for start in (0..2_500_u32).step_by(500) {
        let mut change = Change::new();
        for number in start..start + 500 {
            let mut record = secret(0, &format!("{number:05}"));
            record.id[..4].copy_from_slice(&number.to_be_bytes());
            change.create_secret(PROJECT, &record).unwrap();
        }
        assert!(store.commit(change).await);
    }
    let view = store.storage.view().await.unwrap();
    for limit in [999, 1_000, 1_001, 2_000, 2_500] {
        let found = view.secrets(PROJECT, "", limit).await.unwrap();
        assert_eq!(found.len(), limit);
        assert_eq!(found.last().unwrap().name, format!("{:05}", limit - 1));
    }
    assert_eq!(view.secrets(PROJECT, "", usize::MAX).await.unwrap().len(), 2_500);
}

#[tokio::test]
async fn updating_a_secret_conflicts_if_it_has_changed() {
    let store = store_with(&["db"]).await;
    let read = store.storage.view().await.unwrap().secret(PROJECT, "db").await.unwrap().unwrap();
    let mut after = read.record.clone();
    after.description = "new".to_owned();
    let update = || {
        let mut change = Change::new();
        change.update_secret(PROJECT, &read, &after).unwrap();
        store.commit(change)
    };
    assert!(update().await);
    assert!(!update().await);
    let mut removal = Change::new();
    removal.remove_secret(PROJECT, &read).unwrap();
    assert!(!store.commit(removal).await);
    assert!(store.storage.view().await.unwrap().value(id(1), 1).await.unwrap().is_some());
}

#[tokio::test]
async fn removing_a_secret_leaves_nothing_behind() {
    let store = store_with(&["db", "other"]).await;
    let kept = store.keys().await;
    let mut record = secret(7, "gone");
    record.instance_id = "instance".to_owned();
    record.scheduled_delete_time = Some(10);
    record.versions.push(VersionRecord { number: 2, ..VersionRecord::default() });
    let mut change = Change::new();
    create(&mut change, PROJECT, &record).unwrap();
    assert!(store.commit(change).await);
    assert_eq!(store.keys().await, kept + 6);

    let read = store.storage.view().await.unwrap().secret(PROJECT, "gone").await.unwrap().unwrap();
    let mut change = Change::new();
    change.remove_secret(PROJECT, &read).unwrap();
    assert!(store.commit(change).await);
    assert_eq!(store.keys().await, kept);
}

#[tokio::test]
async fn dropping_a_version_deletes_its_value() {
    let store = store_with(&["db"]).await;
    let read = store.storage.view().await.unwrap().secret(PROJECT, "db").await.unwrap().unwrap();
    let mut after = read.record.clone();
    after.versions = vec![VersionRecord { number: 2, ..VersionRecord::default() }];
    let mut change = Change::new();
    change.update_secret(PROJECT, &read, &after).unwrap();
    change.put_value(id(1), 2, sealed(2));
    assert!(store.commit(change).await);
    let view = store.storage.view().await.unwrap();
    assert!(view.value(id(1), 1).await.unwrap().is_none());
    assert!(view.value(id(1), 2).await.unwrap().is_some());
}

#[tokio::test]
async fn change_of_the_id_or_name_of_a_secret_is_rejected() {
    let read = Versioned { record: secret(1, "db"), revision: Revision(1) };
    let mut change = Change::new();
    for after in [secret(1, "renamed"), secret(2, "db")] {
        assert!(matches!(change.update_secret(PROJECT, &read, &after), Err(StorageError::Malformed { .. })));
    }
    let mut nameless = secret(1, "db");
    nameless.id.pop();
    assert!(change.create_secret(PROJECT, &nameless).is_err());
    assert!(change.is_empty());
}

#[tokio::test]
async fn writing_a_secret_twice_in_one_change_is_an_error() {
    let store = Store::empty();
    let mut change = Change::new();
    change.create_secret(PROJECT, &secret(1, "db")).unwrap();
    change.create_secret(PROJECT, &secret(2, "db")).unwrap();
    assert!(matches!(store.storage.commit(change).await, Err(StorageError::Malformed { .. })));
}

#[tokio::test]
async fn audit_record_is_never_overwritten() {
    let store = Store::empty();
    let record = |time, part| AuditRecord {
        time,
        part,
        request_id: id(5).to_stored(),
        lines: vec![AuditLine { outcome: "done".to_owned(), ..AuditLine::default() }],
        ..AuditRecord::default()
    };
    let write = |record: AuditRecord| {
        let mut change = Change::new();
        change.audit(PROJECT, &record).unwrap();
        store.commit(change)
    };
    assert!(write(record(20, 0)).await);
    assert!(write(record(20, 1)).await);
    assert!(write(record(10, 0)).await);
    assert!(!write(record(20, 0)).await);

    let view = store.storage.view().await.unwrap();
    assert_eq!(view.audit(PROJECT, at(0), 99).await.unwrap(), [record(10, 0), record(20, 0), record(20, 1)]);
    assert_eq!(view.audit(PROJECT, at(11), 1).await.unwrap(), [record(20, 0)]);
    assert!(view.audit(OTHER, at(0), 99).await.unwrap().is_empty());
}
