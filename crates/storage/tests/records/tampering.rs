//! Records that were changed outside of the server are errors.

use strongroom_storage::records::{DomainRecord, RootKeyRecord, TagRecord, UserRecord};
use strongroom_storage::{
    Change, Commit, Id, Key, Names, Operation, Revision, Span, StorageError, Stored, Timestamp, root_key_of,
};

use crate::{PROJECT, Store, at, create, id, secret};

/// Two secrets with every kind of index entry, and one record of each other kind that is looked up.
async fn filled() -> Store {
    let store = Store::empty();
    let mut change = Change::new();
    for (number, name) in [(1, "db"), (2, "mail")] {
        let mut secret = secret(number, name);
        secret.tags = vec![TagRecord { key: "env".to_owned(), value: "prod".to_owned() }];
        secret.event_subscriptions = vec!["rotated".to_owned()];
        secret.instance_id = "one".to_owned();
        secret.scheduled_delete_time = Some(7);
        create(&mut change, PROJECT, &secret).unwrap();
    }
    change.put_root_key(None, &RootKeyRecord { term: 1, ..RootKeyRecord::default() });
    change.put_domain(&DomainRecord { id: id(8).to_stored(), name: "home".to_owned() }).unwrap();
    let user = |number, name: &str| UserRecord {
        id: id(number).to_stored(),
        name: name.to_owned(),
        domain_id: id(8).to_stored(),
        project_id: PROJECT.to_stored(),
        password_hash: name.to_owned(),
        ..UserRecord::default()
    };
    change.put_user(&user(11, "admin")).unwrap();
    change.put_user(&user(12, "guest")).unwrap();
    assert!(store.commit(change).await);
    store
}

async fn raw(store: &Store, kind: u8) -> Vec<(Key, Stored)> {
    let snapshot = store.engine.snapshot().await.unwrap();
    snapshot.range(&Span::prefix(vec![kind]), usize::MAX).await.unwrap()
}

async fn write(store: &Store, operations: Vec<Operation>) {
    let _committed = store.engine.commit(Commit { operations, ..Commit::default() }).await.unwrap();
}

fn put(key: &Key, value: impl Into<Vec<u8>>) -> Operation {
    Operation::Put { key: key.clone(), value: value.into().into() }
}

/// Every lookup that reads these records.
async fn look_up_everything(store: &Store) -> Vec<Result<usize, StorageError>> {
    let view = store.storage.view().await.unwrap();
    let tagged = Names::Tagged { key: "env", value: "prod" };
    let subscribed = Names::Subscribed { event: "rotated" };
    vec![
        view.secret(PROJECT, "db").await.map(|found| found.iter().count()),
        view.secret(PROJECT, "mail").await.map(|found| found.iter().count()),
        view.secrets(PROJECT, "", 9).await.map(|found| found.len()),
        view.count_secrets(PROJECT).await,
        view.secret_by_id(id(1)).await.map(|found| found.iter().count()),
        view.secret_by_id(id(2)).await.map(|found| found.iter().count()),
        view.secrets_of_instance(PROJECT, None, |_| true, 9).await.map(|found| found.len()),
        view.overdue(at(9), 9).await.map(|found| found.len()),
        view.names(PROJECT, tagged, "", 9).await.map(|found| found.len()),
        view.names(PROJECT, subscribed, "", 9).await.map(|found| found.len()),
        view.names_due(PROJECT, None, None, 9).await.map(|found| found.iter().flatten().count()),
        view.tags(PROJECT, None, 9).await.map(|found| found.len()),
        view.domain_by_name("home").await.map(|found| found.iter().count()),
        view.user_by_name(id(8), "admin").await.map(|found| found.iter().count()),
        view.user_by_name(id(8), "guest").await.map(|found| found.iter().count()),
        view.root_key().await.map(|found| found.iter().count()),
    ]
}

/// Asserts that lookups return the same as before or fail, that at least one fails, and that each error says what to do.
async fn assert_detected(store: &Store, before: &[usize], doing: &str) {
    let after = look_up_everything(store).await;
    let mut failures = 0;
    for (before, after) in before.iter().zip(after) {
        match after {
            Ok(answer) => assert_eq!(answer, *before, "{doing}"),
            Err(fault) => {
                failures += 1;
                assert!(matches!(fault, StorageError::Damaged { .. }), "{doing}: {fault}");
                assert!(fault.to_string().contains("strongroom store check"), "{doing}: {fault}");
            }
        }
    }
    assert!(failures > 0, "{doing} was not noticed");
}

async fn answers(store: &Store) -> Vec<usize> {
    look_up_everything(store).await.into_iter().map(Result::unwrap).collect()
}

/// The kinds of record with a checksum of ours. Values are authenticated by AES-GCM.
const KINDS: [u8; 11] = [0x10, 0x11, 0x14, 0x15, 0x16, 0x19, 0x21, 0x30, 0x31, 0x34, 0x35];

#[tokio::test]
async fn altered_record_is_an_error() {
    let store = filled().await;
    let before = answers(&store).await;
    for kind in KINDS {
        for (key, stored) in raw(&store, kind).await {
            for place in 0..stored.value.len() {
                let mut bytes = stored.value.to_vec();
                bytes[place] ^= 0x20;
                write(&store, vec![put(&key, bytes)]).await;
                assert_detected(&store, &before, &format!("altering byte {place} of {key:02x?}")).await;
            }
            write(&store, vec![put(&key, stored.value.to_vec())]).await;
        }
    }
    assert_eq!(answers(&store).await, before);
}

#[tokio::test]
async fn swapped_records_are_errors() {
    let store = filled().await;
    let before = answers(&store).await;
    for kind in [0x10, 0x11, 0x14, 0x15, 0x16, 0x19, 0x34, 0x35] {
        let [(one, first), (other, second)] = raw(&store, kind).await.try_into().unwrap();
        write(&store, vec![put(&one, second.value.to_vec()), put(&other, first.value.to_vec())]).await;
        assert_detected(&store, &before, &format!("swapping the records of kind {kind:#04x}")).await;
        write(&store, vec![put(&one, first.value.to_vec()), put(&other, second.value.to_vec())]).await;
    }
}

/// A password hash moved to another user would authenticate its owner as that user.
#[tokio::test]
async fn record_moved_to_another_key_is_an_error() {
    let store = filled().await;
    for (kind, new_key_ends_with) in [(0x10_u8, &b"moved\0"[..]), (0x15, b"moved\0"), (0x34, &[9; 16])] {
        let (key, stored) = raw(&store, kind).await.remove(0);
        let mut moved = key[..key.len() - if kind == 0x34 { 16 } else { 3 }].to_vec();
        moved.extend_from_slice(new_key_ends_with);
        write(&store, vec![put(&moved, stored.value.to_vec())]).await;
        let view = store.storage.view().await.unwrap();
        let found = match kind {
            0x10 => view.secrets(PROJECT, "", 9).await.map(|_| ()),
            0x15 => {
                let tagged = Names::Tagged { key: "env", value: "prod" };
                view.names(PROJECT, tagged, "", 9).await.map(|_| ())
            }
            _ => view.user(Id::new([9; 16])).await.map(|_| ()),
        };
        assert!(matches!(found, Err(StorageError::Damaged { .. })), "{kind:#04x}");
        write(&store, vec![Operation::Delete { key: moved }]).await;
    }
}

#[tokio::test]
async fn index_entry_without_its_record_is_an_error() {
    let store = filled().await;
    for kind in [0x10, 0x34] {
        let (key, stored) = raw(&store, kind).await.remove(0);
        write(&store, vec![Operation::Delete { key: key.clone() }]).await;
        let view = store.storage.view().await.unwrap();
        let found = match kind {
            0x10 => view.secret_by_id(id(1)).await.map(|_| ()),
            _ => view.user_by_name(id(8), "admin").await.map(|_| ()),
        };
        assert!(matches!(found, Err(StorageError::Damaged { .. })), "{kind:#04x}");
        write(&store, vec![put(&key, stored.value.to_vec())]).await;
    }
}

/// Otherwise a start would treat the store as a new one.
#[tokio::test]
async fn store_without_its_root_key_record_is_damaged_not_empty() {
    assert!(root_key_of(&*Store::empty().engine).await.unwrap().is_none());
    let store = filled().await;
    assert_eq!(root_key_of(&*store.engine).await.unwrap().unwrap().record.term, 1);
    let (key, _) = raw(&store, 0x21).await.remove(0);
    write(&store, vec![Operation::Delete { key }]).await;
    assert!(matches!(root_key_of(&*store.engine).await, Err(StorageError::Damaged { what: "root key", .. })));
}

/// Preconditions do not compare content, so a commit over an altered record must not hide the alteration.
#[tokio::test]
async fn checksum_keeps_revision_and_content_of_a_record() {
    let store = filled().await;
    let view = store.storage.view().await.unwrap();
    let read = view.secret(PROJECT, "db").await.unwrap().unwrap();
    assert_eq!((read.revision, read.record.name.as_str()), (Revision(1), "db"));
    let due = read.record.scheduled_delete_time.map(Timestamp::from_milliseconds);
    assert_eq!(due, Some(at(7)));
}
