//! Backups of secrets: what they give back, and what is rejected.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use strongroom_access::{Caller, Identity};
use strongroom_contract::v1;
use strongroom_operations::{Answer, Call, Code, Limits, Rejection, Root, RootKeySource};
use strongroom_sealing::{RootKey, RootKeys};
use strongroom_storage::records::SecretRecord;
use strongroom_storage::{Commit, Engine, Id, Key, MemoryEngine, Operation, Span, Storage};

use crate::root_key::{first, found, rotate, started};
use crate::strongroom::{DAY, START, Strongroom, of_instance, rejection, text};

const PROJECT: Id = Id::new([2; 16]);
const PREFIX: &str = "strongroom-backup-v1:";
/// First bytes of the keys of audit records and of times of use, which a backup does not hold.
const BESIDE: [u8; 2] = [0x40, 0x17];

async fn backup(strongroom: &Strongroom, name: &str) -> Answer<String> {
    backup_as(strongroom, strongroom.call("DownloadSecretBlob"), name).await
}

async fn backup_as(strongroom: &Strongroom, call: Call, name: &str) -> Answer<String> {
    let request = v1::DownloadSecretBlobRequest { project_id: String::new(), secret_name: name.to_owned() };
    Ok(strongroom.operations.download_secret_blob(&call, request).await?.secret_blob)
}

async fn restore(strongroom: &Strongroom, blob: &str) -> Answer<v1::Secret> {
    restore_as(strongroom, strongroom.call("UploadSecretBlob"), blob).await
}

async fn restore_as(strongroom: &Strongroom, call: Call, blob: &str) -> Answer<v1::Secret> {
    let request = v1::UploadSecretBlobRequest { secret_blob: blob.to_owned(), ..Default::default() };
    Ok(strongroom.operations.upload_secret_blob(&call, request).await?.secret.unwrap())
}

/// The same caller in another project.
fn elsewhere(strongroom: &Strongroom) -> Call {
    let call = strongroom.call("");
    let caller = Caller::new(Identity { project_id: Id::new([7; 16]), ..Identity::clone(&call.caller) });
    Call { caller, ..call }
}

fn altered(answer: Answer<v1::Secret>) {
    let rejected = rejection(answer);
    assert_eq!(rejected.code(), Code::InvalidParameter);
    assert_eq!(rejected.problems()[0].field, "secret_blob", "{}", rejected.sentence());
}

async fn record(storage: &Storage, name: &str) -> SecretRecord {
    storage.view().await.unwrap().secret(PROJECT, name).await.unwrap().unwrap().record
}

/// Everything in the store but the secret's own record and what a backup does not hold.
async fn beside(engine: &MemoryEngine, name: &str) -> Vec<(Key, Vec<u8>)> {
    let all = engine.snapshot().await.unwrap().range(&Span::prefix(Vec::new()), usize::MAX).await.unwrap();
    let of_record = |key: &[u8]| key[0] == 0x10 && key.ends_with(format!("{name}\0").as_bytes());
    all.into_iter()
        .filter(|(key, _)| !BESIDE.contains(&key[0]) && !of_record(key))
        .map(|(key, stored)| (key, stored.value.to_vec()))
        .collect()
}

/// A secret that has everything a secret can have.
async fn rich(strongroom: &Strongroom) {
    let secret = v1::NewSecret {
        kms_key_id: "key-one".to_owned(),
        description: "for the web".to_owned(),
        ..of_instance("db", "instance-1", v1::SecretType::RdsFg)
    };
    strongroom.import(vec![secret]).await;
    strongroom.pass(DAY);
    strongroom.add("two", &["blue"]).await.unwrap();
    let key = Some("key-two".to_owned());
    let change =
        v1::UpdateSecretRequest { secret_name: "db".to_owned(), kms_key_id: key, ..Default::default() };
    strongroom.update(change).await.unwrap();
    strongroom.add("three", &[]).await.unwrap();
    strongroom.set_expiry("db", "v2", START + 9 * DAY - START % 1_000).await.unwrap();
    let secret_id = strongroom.show("db").await.unwrap().secret.unwrap().id;
    for (key, value) in [("team", "web"), ("empty", "")] {
        let tag = v1::CreateSecretTagRequest {
            project_id: String::new(),
            secret_id: secret_id.clone(),
            tag: Some(v1::Tag { key: key.to_owned(), value: value.to_owned() }),
            ..Default::default()
        };
        strongroom.operations.create_secret_tag(&strongroom.call("CreateSecretTag"), tag).await.unwrap();
    }
}

#[tokio::test]
async fn a_restored_secret_is_exactly_what_was() {
    let engine = Arc::new(MemoryEngine::new());
    let storage = Storage::with_known_key(engine.clone());
    let keys = Arc::new(RootKeys::new(RootKey::generate().unwrap()));
    let root = Root::new(keys, RootKeySource::Environment);
    let strongroom = Strongroom::sealed_by(storage.clone(), root, Limits::default());
    rich(&strongroom).await;
    let (before, shown) =
        (record(&storage, "db").await, strongroom.show("db").await.unwrap().secret.unwrap());
    assert_eq!((before.versions.len(), before.tags.len()), (3, 2));
    let blob = backup(&strongroom, "db").await.unwrap();
    let beside_it = beside(&engine, "db").await;

    strongroom.delete("db").await.unwrap();
    assert!(beside(&engine, "db").await.len() < beside_it.len());
    strongroom.pass(DAY);
    let restored = restore(&strongroom, &blob).await.unwrap();

    let update_time = START + 2 * DAY - START % 1_000;
    assert_eq!(restored.update_time, update_time);
    assert_eq!(v1::Secret { update_time: shown.update_time, ..restored }, shown);
    let after = record(&storage, "db").await;
    assert_eq!(SecretRecord { update_time, ..before }, after);
    assert_eq!(beside(&engine, "db").await, beside_it, "values, keys and every way to find it");
    for (version, value) in [("v1", "value"), ("v2", "two"), ("v3", "three"), ("latest", "three")] {
        let read = strongroom.read_version("db", version).await.unwrap();
        assert_eq!(read.secret_string.unwrap(), value);
    }
    assert_eq!(strongroom.add("four", &[]).await.unwrap().id, "v4", "numbers go on");
}

#[tokio::test]
async fn every_altered_character_is_rejected() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "value")]).await;
    let blob = backup(&strongroom, "db").await.unwrap();
    strongroom.delete("db").await.unwrap();
    for place in 0..blob.len() {
        for other in ["A", "B", "x", "=", "!"] {
            let mut changed = blob.clone();
            changed.replace_range(place..=place, other);
            if changed != blob {
                altered(restore(&strongroom, &changed).await);
            }
        }
        altered(restore(&strongroom, &blob[..place]).await);
    }
    for added in ["A", "AAAA", "=", "\n"] {
        altered(restore(&strongroom, &format!("{blob}{added}")).await);
    }
    assert!(strongroom.names().await.is_empty());
    restore(&strongroom, &blob).await.unwrap();
}

#[tokio::test]
async fn every_flipped_bit_is_rejected() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "value")]).await;
    let blob = backup(&strongroom, "db").await.unwrap();
    strongroom.delete("db").await.unwrap();
    let bytes = STANDARD.decode(blob.strip_prefix(PREFIX).unwrap()).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        altered(restore(&strongroom, &format!("{PREFIX}{}", STANDARD.encode(changed))).await);
    }
}

#[tokio::test]
async fn a_value_never_passes_for_a_backup() {
    let strongroom = Strongroom::new();
    // Whoever could name the key of backups could seal a value of their choice with it.
    let secret = v1::NewSecret { kms_key_id: "strongroom/backup".to_owned(), ..text("db", "value") };
    assert_eq!(rejection(strongroom.create(secret).await).problems()[0].field, "kms_key_id");
    strongroom.create(text("db", "value")).await.unwrap();
    backup(&strongroom, "db").await.unwrap();
    let id = Id::from_stored(&record(&strongroom.storage, "db").await.id).unwrap();
    let value = strongroom.storage.view().await.unwrap().value(id, 1).await.unwrap().unwrap();
    let bytes = [PROJECT.as_bytes().as_slice(), value.as_bytes()].concat();
    altered(restore(&strongroom, &format!("{PREFIX}{}", STANDARD.encode(bytes))).await);
}

#[tokio::test]
async fn a_backup_of_another_project_or_store_is_rejected() {
    let (strongroom, other) = (Strongroom::new(), Strongroom::new());
    strongroom.import(vec![text("db", "value")]).await;
    let blob = backup(&strongroom, "db").await.unwrap();
    let foreign = restore_as(&strongroom, elsewhere(&strongroom), &blob).await;
    assert!(rejection(foreign).sentence().contains("another project"));

    altered(restore(&other, &blob).await);
    other.import(vec![text("own", "value")]).await;
    backup(&other, "own").await.unwrap();
    altered(restore(&other, &blob).await);

    // The project in front of the seal cannot be exchanged either.
    let bytes = STANDARD.decode(blob.strip_prefix(PREFIX).unwrap()).unwrap();
    let moved = [&[7; 16], &bytes[16..]].concat();
    strongroom.delete("db").await.unwrap();
    let call = elsewhere(&strongroom);
    altered(restore_as(&strongroom, call, &format!("{PREFIX}{}", STANDARD.encode(moved))).await);
}

#[tokio::test]
async fn a_taken_name_is_rejected_also_while_it_waits_and_is_free_once_overdue() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "value")]).await;
    let blob = backup(&strongroom, "db").await.unwrap();
    assert!(matches!(rejection(restore(&strongroom, &blob).await), Rejection::NameTaken { .. }));
    strongroom.schedule("db", 7).await.unwrap();
    assert!(matches!(rejection(restore(&strongroom, &blob).await), Rejection::NameWaiting { .. }));
    assert!(matches!(rejection(backup(&strongroom, "db").await), Rejection::Waiting { .. }));
    strongroom.pass(7 * DAY);
    assert!(matches!(rejection(backup(&strongroom, "db").await), Rejection::SecretNotFound { .. }));
    restore(&strongroom, &blob).await.unwrap();
    assert_eq!(strongroom.read("db").await.unwrap().secret_string.unwrap(), "value");
    assert_eq!(strongroom.operations.purge().await.unwrap(), 0, "it does not wait any more");
}

#[tokio::test]
async fn a_full_project_takes_none_back() {
    let strongroom = Strongroom::with(MemoryEngine::new(), Limits { secrets: 1, ..Limits::default() });
    strongroom.import(vec![text("db", "value")]).await;
    let blob = backup(&strongroom, "db").await.unwrap();
    strongroom.delete("db").await.unwrap();
    strongroom.import(vec![text("other", "value")]).await;
    let full = Rejection::TooManySecrets { current: 1, coming: 0, allowed: 1 };
    assert_eq!(rejection(restore(&strongroom, &blob).await), full);
    strongroom.delete("other").await.unwrap();
    restore(&strongroom, &blob).await.unwrap();
}

#[tokio::test]
async fn it_survives_a_restart_and_a_rotation_of_the_root_key() {
    let storage = Storage::with_known_key(Arc::new(MemoryEngine::new()));
    let (file, _) = first(&storage).await;
    let strongroom = started(&storage, &found(&storage, &file).await, file.clone());
    rich(&strongroom).await;
    let blob = backup(&strongroom, "db").await.unwrap();
    strongroom.delete("db").await.unwrap();
    rotate(&strongroom).await.unwrap();
    let again = started(&storage, &found(&storage, &file).await, file);
    restore(&again, &blob).await.unwrap();
    assert_eq!(again.read_version("db", "v1").await.unwrap().secret_string.unwrap(), "value");
    assert_eq!(again.read("db").await.unwrap().secret_string.unwrap(), "three");
}

#[tokio::test]
async fn the_largest_secret_fits_and_comes_back() {
    let strongroom = Strongroom::new();
    let value = |number: u8| char::from(b'a' + number).to_string().repeat(32 * 1024);
    strongroom.import(vec![text("db", &value(0))]).await;
    for number in 1..20 {
        strongroom.add(&value(number), &[]).await.unwrap();
    }
    let blob = backup(&strongroom, "db").await.unwrap();
    assert!(blob.len() < 1_000_000, "{} of 5,242,880 characters", blob.len());
    strongroom.delete("db").await.unwrap();
    restore(&strongroom, &blob).await.unwrap();
    for number in 0..20_u8 {
        let read = strongroom.read_version("db", &format!("v{}", number + 1)).await.unwrap();
        assert!(read.secret_string.unwrap() == value(number), "v{}", number + 1);
    }
}

#[tokio::test]
async fn none_is_handed_out_that_no_request_could_bring_back() {
    let limits = Limits { body_bytes: 4_096, ..Limits::default() };
    let strongroom = Strongroom::with(MemoryEngine::new(), limits);
    strongroom.import(vec![text("small", "value"), text("large", &"x".repeat(4_000))]).await;
    assert!(backup(&strongroom, "small").await.is_ok());
    let rejected = rejection(backup(&strongroom, "large").await);
    assert!(matches!(rejected, Rejection::BackupTooLarge { allowed: 3_840, .. }), "{rejected:?}");
}

#[tokio::test]
async fn without_the_key_of_a_value_it_is_rejected() {
    let engine = Arc::new(MemoryEngine::new());
    let storage = Storage::with_known_key(engine.clone());
    let (file, _) = first(&storage).await;
    let keys = found(&storage, &file).await;
    let strongroom = started(&storage, &keys, file.clone());
    strongroom.import(vec![v1::NewSecret { kms_key_id: "lost".to_owned(), ..text("db", "value") }]).await;
    let blob = backup(&strongroom, "db").await.unwrap();
    strongroom.delete("db").await.unwrap();
    let master_keys = engine.snapshot().await.unwrap().range(&Span::prefix(vec![0x20]), 9).await.unwrap();
    let lost = master_keys.into_iter().map(|(key, _)| key).find(|key| key[17..].starts_with(b"lost"));
    let operations = vec![Operation::Delete { key: lost.unwrap() }];
    let _done = engine.commit(Commit { preconditions: Vec::new(), operations }).await.unwrap();

    let again = started(&storage, &keys, file);
    assert_eq!(rejection(restore(&again, &blob).await), Rejection::KeyCannotOpen { key: "lost".to_owned() });
    assert!(again.names().await.is_empty());
}

#[tokio::test]
async fn both_leave_their_line() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "value")]).await;
    let blob = backup(&strongroom, "db").await.unwrap();
    strongroom.delete("db").await.unwrap();
    restore(&strongroom, &blob).await.unwrap();
    let now = strongroom.call("").now;
    let records = strongroom.storage.view().await.unwrap().audit(PROJECT, now, 10).await.unwrap();
    for operation in ["DownloadSecretBlob", "UploadSecretBlob"] {
        let record = records.iter().find(|record| record.operation == operation).unwrap();
        assert_eq!((record.lines.len(), &record.lines[0].secret_name[..]), (1, "db"));
    }
}

#[tokio::test]
async fn nothing_of_a_value_can_be_read_in_it() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "correct horse battery staple")]).await;
    let blob = backup(&strongroom, "db").await.unwrap();
    let bytes = STANDARD.decode(blob.strip_prefix(PREFIX).unwrap()).unwrap();
    for word in ["correct horse", "csms/default"] {
        assert!(!bytes.windows(word.len()).any(|part| part == word.as_bytes()), "{word}");
    }
}
