//! New values, their numbers and times, and which of them give way.

use std::sync::Arc;

use strongroom_contract::v1::{
    CreateSecretVersionRequest, ListSecretVersionsRequest, UpdateSecretRequest, VersionMetadata,
};
use strongroom_operations::{Code, Limits, Rejection};
use strongroom_storage::{Id, MemoryEngine};

use crate::strongroom::{DAY, START, Strongroom, rejection, text};

/// The second the tests start in.
const SECOND: i64 = START - START % 1_000;

async fn strongroom_with_db() -> Strongroom {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "one")]).await;
    strongroom
}

fn ids(versions: &[VersionMetadata]) -> Vec<&str> {
    versions.iter().map(|version| version.id.as_str()).collect()
}

async fn value(strongroom: &Strongroom, version: &str) -> String {
    strongroom.read_version("db", version).await.unwrap().secret_string.unwrap()
}

#[tokio::test]
async fn a_new_version_is_what_readers_get_and_the_old_one_stays_readable() {
    let strongroom = strongroom_with_db().await;
    strongroom.pass(5_000);
    let made = strongroom.add("two", &[]).await.unwrap();
    assert_eq!(
        made,
        VersionMetadata {
            id: "v2".to_owned(),
            create_time: SECOND + 5_000,
            expire_time: None,
            kms_key_id: "csms/default".to_owned(),
            secret_name: "db".to_owned(),
            version_stages: vec!["SYSCURRENT".to_owned()],
        }
    );
    assert_eq!(value(&strongroom, "latest").await, "two");
    assert_eq!(value(&strongroom, "v1").await, "one");
    let versions = strongroom.versions("db").await.unwrap();
    assert_eq!(ids(&versions), ["v1", "v2"]);
    assert_eq!(versions[0].version_stages, ["SYSPREVIOUS"]);
    assert_eq!(strongroom.show("db").await.unwrap().secret.unwrap().update_time, SECOND + 5_000);
}

#[tokio::test]
async fn text_may_follow_bytes_and_an_expiry_may_come_along() {
    let strongroom = strongroom_with_db().await;
    let bytes = CreateSecretVersionRequest {
        secret_name: "db".to_owned(),
        secret_binary: Some("AP8B".to_owned()),
        version_stages: vec!["blue".to_owned(), "blue".to_owned(), "SYSPREVIOUS".to_owned()],
        expire_time: Some(SECOND + 9_999),
        ..Default::default()
    };
    let made = strongroom.add_version(bytes).await.unwrap();
    assert_eq!(made.expire_time, Some(SECOND + 9_000), "whole seconds");
    assert_eq!(made.version_stages, ["blue", "SYSPREVIOUS"]);
    assert_eq!(value(&strongroom, "latest").await, "one", "nobody asked for it to become current");
    let read = strongroom.read_version("db", "v2").await.unwrap();
    assert_eq!((read.secret_string, read.secret_binary.as_deref()), (None, Some("AP8B")));
}

#[tokio::test]
async fn what_is_wrong_is_told_at_once_and_changes_nothing() {
    let strongroom = strongroom_with_db().await;
    let wrong = CreateSecretVersionRequest {
        secret_name: "a b".to_owned(),
        secret_binary: Some("?".to_owned()),
        version_stages: vec!["a.b".to_owned()],
        expire_time: Some(START),
        ..Default::default()
    };
    let fields: Vec<_> = rejection(strongroom.add_version(wrong).await)
        .problems()
        .into_iter()
        .map(|problem| problem.field)
        .collect();
    assert_eq!(fields, ["secret_name", "secret_binary", "version_stages", "expire_time"]);

    let many: Vec<String> = (0..13).map(|number| format!("s{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(
        rejection(strongroom.add("x", &many).await),
        Rejection::StagesOverQuota { given: 13, allowed: 12 }
    );
    assert_eq!(rejection(strongroom.add("x", &many[..12]).await).code(), Code::TooManyStages);
    let large = "x".repeat(32_769);
    assert_eq!(rejection(strongroom.add(&large, &[]).await).code(), Code::InvalidParameter);
    assert_eq!(ids(&strongroom.versions("db").await.unwrap()), ["v1"]);
    assert_eq!(strongroom.add(&large[1..], &many[..11]).await.unwrap().id, "v2");
}

#[tokio::test]
async fn the_size_of_a_value_is_what_the_operator_says() {
    let limits = Limits { value_bytes: 4, ..Limits::default() };
    let strongroom = Strongroom::with(MemoryEngine::new(), limits);
    strongroom.import(vec![text("db", "one")]).await;
    assert!(strongroom.add("1234", &[]).await.is_ok());
    let told = rejection(strongroom.add("12345", &[]).await).sentence();
    assert!(told.contains("larger than 4 bytes"), "{told}");
}

#[tokio::test]
async fn the_21st_version_makes_the_oldest_bare_one_give_way_with_its_value() {
    let strongroom = strongroom_with_db().await;
    strongroom.set_stage("db", "first", "v1").await.unwrap();
    for number in 2..=20 {
        strongroom.add(&format!("value {number}"), &[]).await.unwrap();
    }
    assert_eq!(strongroom.versions("db").await.unwrap().len(), 20);
    let view = strongroom.storage.view().await.unwrap();
    let id = Id::from_stored(&view.secret(Id::new([2; 16]), "db").await.unwrap().unwrap().record.id).unwrap();
    assert!(view.value(id, 2).await.unwrap().is_some());

    for number in 21..=60 {
        assert_eq!(strongroom.add(&format!("value {number}"), &[]).await.unwrap().id, format!("v{number}"));
        let versions = strongroom.versions("db").await.unwrap();
        assert_eq!(versions.len(), 20);
        assert_eq!(versions[0].id, "v1", "it has a stage");
        assert_eq!(versions[1].id, format!("v{}", number - 18));
        assert!(versions.is_sorted_by(|one, next| one.create_time < next.create_time));
        assert_eq!(value(&strongroom, &versions[1].id).await, format!("value {}", number - 18));
        let gone = format!("v{}", number - 19);
        assert_eq!(rejection(strongroom.read_version("db", &gone).await).code(), Code::NotFound);
    }
    let view = strongroom.storage.view().await.unwrap();
    for number in 1..=60 {
        let stays = number == 1 || number > 41;
        assert_eq!(view.value(id, number).await.unwrap().is_some(), stays, "value {number}");
    }
    assert_eq!(value(&strongroom, "v1").await, "one");
}

#[tokio::test]
async fn a_key_named_later_seals_later_versions_only() {
    let strongroom = strongroom_with_db().await;
    let named = |key: &str| UpdateSecretRequest {
        secret_name: "db".to_owned(),
        kms_key_id: Some(key.to_owned()),
        ..Default::default()
    };
    let secret = strongroom.update(named("other")).await.unwrap();
    assert_eq!(secret.kms_key_id, "other");
    let made = |strongroom: &Strongroom| {
        let storage = strongroom.storage.clone();
        async move {
            let view = storage.view().await.unwrap();
            view.latest_master_key(Id::new([2; 16]), "other").await.unwrap().is_some()
        }
    };
    assert!(!made(&strongroom).await, "a key is made when it first seals something");

    let commits = strongroom.storage.counters().commits;
    assert_eq!(strongroom.add("two", &[]).await.unwrap().kms_key_id, "other");
    assert_eq!(strongroom.storage.counters().commits, commits + 1, "one step for the value and its key");
    assert!(made(&strongroom).await);
    strongroom.update(named("third")).await.unwrap();
    strongroom.add("three", &[]).await.unwrap();
    let keys: Vec<_> =
        strongroom.versions("db").await.unwrap().into_iter().map(|version| version.kms_key_id).collect();
    assert_eq!(keys, ["csms/default", "other", "third"]);
    for (version, expected) in [("v1", "one"), ("v2", "two"), ("v3", "three")] {
        assert_eq!(value(&strongroom, version).await, expected);
    }
}

#[tokio::test]
async fn an_expiry_is_kept_in_whole_seconds_and_blocks_nobody() {
    let strongroom = strongroom_with_db().await;
    let set = strongroom.set_expiry("db", "latest", START + 1_234).await.unwrap();
    assert_eq!((set.id.as_str(), set.expire_time), ("v1", Some(SECOND + 1_000)));
    strongroom.pass(DAY);
    assert_eq!(value(&strongroom, "v1").await, "one");
    assert_eq!(strongroom.versions("db").await.unwrap()[0].expire_time, Some(SECOND + 1_000));

    for moment in [0, START, START + DAY, 10_000_000_000_000] {
        let rejected = rejection(strongroom.set_expiry("db", "v1", moment).await);
        assert_eq!(rejected.problems()[0].field, "expire_time", "{moment}");
    }
    assert_eq!(rejection(strongroom.set_expiry("db", "v2", START + 2 * DAY).await).code(), Code::NotFound);
}

#[tokio::test]
async fn pages_of_versions_start_after_their_marker() {
    let strongroom = strongroom_with_db().await;
    for _ in 0..4 {
        strongroom.add("x", &[]).await.unwrap();
    }
    strongroom.set_stage("db", "SYSCURRENT", "v2").await.unwrap();
    for (limit, marker, expected, next) in [
        (2, "", &["v1", "v2"][..], Some("v2")),
        (2, "v2", &["v3", "v4"], Some("v4")),
        (2, "v4", &["v5"], None),
        (2, "v5", &[], None),
        (5, "", &["v1", "v2", "v3", "v4", "v5"], None),
        (9, "latest", &["v3", "v4", "v5"], None),
        (9, "v0", &["v1", "v2", "v3", "v4", "v5"], None),
        (9, "v9999999999", &[], None),
    ] {
        let request = ListSecretVersionsRequest {
            secret_name: "db".to_owned(),
            limit: Some(limit),
            marker: marker.to_owned(),
            ..Default::default()
        };
        let call = strongroom.call("ListSecretVersions");
        let answer = strongroom.operations.list_secret_versions(&call, request).await.unwrap();
        assert_eq!(ids(&answer.version_metadatas), expected, "{limit} after {marker}");
        let page = answer.page_info.unwrap();
        assert_eq!(page.next_marker.as_deref(), next, "{limit} after {marker}");
        assert_eq!(page.previous_marker.as_deref(), expected.first().copied());
        assert_eq!(page.current_count as usize, expected.len());
    }
}

#[tokio::test]
async fn a_waiting_secret_takes_no_version_and_an_overdue_one_is_gone() {
    let strongroom = strongroom_with_db().await;
    strongroom.schedule("db", 7).await.unwrap();
    assert_eq!(rejection(strongroom.add("two", &[]).await).code(), Code::PendingDeletion);
    let later = START + 90 * DAY;
    assert_eq!(rejection(strongroom.set_expiry("db", "v1", later).await).code(), Code::PendingDeletion);
    assert_eq!(ids(&strongroom.versions("db").await.unwrap()), ["v1"], "metadata is shown in every state");
    strongroom.pass(7 * DAY);
    assert_eq!(rejection(strongroom.add("two", &[]).await).code(), Code::SecretNotFound);
    assert_eq!(rejection(strongroom.set_expiry("db", "v1", later).await).code(), Code::SecretNotFound);
    assert_eq!(rejection(strongroom.versions("db").await).code(), Code::SecretNotFound);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_writers_each_gets_a_number_of_its_own_and_its_own_value() {
    let strongroom = Arc::new(strongroom_with_db().await);
    let tasks: Vec<_> = (0..16)
        .map(|number| {
            let strongroom = strongroom.clone();
            tokio::spawn(async move {
                let value = format!("value {number}");
                (strongroom.add(&value, &[]).await.unwrap().id, value)
            })
        })
        .collect();
    let mut stored = Vec::new();
    for task in tasks {
        stored.push(task.await.unwrap());
    }
    let mut numbers: Vec<u32> = stored.iter().map(|(id, _)| id[1..].parse().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (2..=17).collect::<Vec<_>>());
    for (id, expected) in &stored {
        assert_eq!(&value(&strongroom, id).await, expected, "{id}");
    }
    let versions = strongroom.versions("db").await.unwrap();
    assert!(versions.is_sorted_by(|one, next| one.create_time < next.create_time));
}
