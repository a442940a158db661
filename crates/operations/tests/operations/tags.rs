//! Giving tags, taking them away, and listing them.

use std::sync::Arc;

use strongroom_contract::v1::{self, TagAction};
use strongroom_operations::{Answer, Code, Limits, Rejection};
use strongroom_storage::records::{SecretRecord, TagRecord};
use strongroom_storage::{Change, Id, Outcome, Timestamp};

use crate::strongroom::{DAY, START, Strongroom, rejection, text};

pub fn pairs(tags: &[(&str, &str)]) -> Vec<v1::Tag> {
    tags.iter().map(|(key, value)| v1::Tag { key: (*key).to_owned(), value: (*value).to_owned() }).collect()
}

async fn id(strongroom: &Strongroom, name: &str) -> String {
    strongroom.show(name).await.unwrap().secret.unwrap().id
}

async fn act(
    strongroom: &Strongroom,
    secret_id: &str,
    action: TagAction,
    tags: &[(&str, &str)],
) -> Answer<v1::BatchCreateOrDeleteTagsResponse> {
    let request = v1::BatchCreateOrDeleteTagsRequest {
        secret_id: secret_id.to_owned(),
        action: action.into(),
        tags: pairs(tags),
        ..Default::default()
    };
    let call = strongroom.call("BatchCreateOrDeleteTags");
    strongroom.operations.batch_create_or_delete_tags(&call, request).await
}

pub async fn tag(strongroom: &Strongroom, name: &str, tags: &[(&str, &str)]) {
    act(strongroom, &id(strongroom, name).await, TagAction::Create, tags).await.unwrap();
}

async fn create(strongroom: &Strongroom, secret_id: &str, key: &str, value: &str) -> Answer<()> {
    let request = v1::CreateSecretTagRequest {
        secret_id: secret_id.to_owned(),
        tag: pairs(&[(key, value)]).pop(),
        ..Default::default()
    };
    strongroom.operations.create_secret_tag(&strongroom.call("CreateSecretTag"), request).await.map(drop)
}

async fn delete(strongroom: &Strongroom, secret_id: &str, key: &str) -> Answer<()> {
    let request = v1::DeleteSecretTagRequest {
        secret_id: secret_id.to_owned(),
        key: key.to_owned(),
        ..Default::default()
    };
    strongroom.operations.delete_secret_tag(&strongroom.call("DeleteSecretTag"), request).await.map(drop)
}

async fn list(strongroom: &Strongroom, secret_id: &str) -> Answer<Vec<v1::Tag>> {
    let request = v1::ListSecretTagsRequest { secret_id: secret_id.to_owned(), ..Default::default() };
    let answer = strongroom.operations.list_secret_tags(&strongroom.call("ListSecretTags"), request).await?;
    assert_eq!(answer.sys_tags, None);
    Ok(answer.tags)
}

async fn of_project(strongroom: &Strongroom) -> Vec<(String, Vec<String>)> {
    let call = strongroom.call("ListProjectSecretsTags");
    let answer = strongroom.operations.list_project_secrets_tags(&call, Default::default()).await.unwrap();
    answer.tags.into_iter().map(|tag| (tag.key, tag.values)).collect()
}

fn known(tags: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
    let owned = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    tags.iter().map(|(key, values)| ((*key).to_owned(), owned(values))).collect()
}

#[tokio::test]
async fn tags_come_and_go_and_the_secret_stays_as_it_was() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "x")]).await;
    let before = strongroom.show("db").await.unwrap();
    let id = id(&strongroom, "db").await;
    assert_eq!(list(&strongroom, &id).await.unwrap(), []);

    strongroom.pass(5_000);
    create(&strongroom, &id, "team", "shop").await.unwrap();
    create(&strongroom, &id, "stage", "").await.unwrap();
    create(&strongroom, &id, "team", "web").await.unwrap();
    assert_eq!(list(&strongroom, &id).await.unwrap(), pairs(&[("stage", ""), ("team", "web")]));
    let shown = strongroom.show("db").await.unwrap().secret.unwrap();
    assert_eq!(shown.tags, pairs(&[("stage", ""), ("team", "web")]));

    act(&strongroom, &id, TagAction::Create, &[("z", "1"), ("stage", "test")]).await.unwrap();
    act(&strongroom, &id, TagAction::Delete, &[("team", "not looked at: ,"), ("none", "")]).await.unwrap();
    assert_eq!(list(&strongroom, &id).await.unwrap(), pairs(&[("stage", "test"), ("z", "1")]));

    delete(&strongroom, &id, "z").await.unwrap();
    assert_eq!(
        rejection(delete(&strongroom, &id, "z").await),
        Rejection::TagNotFound { key: "z".to_owned() }
    );
    delete(&strongroom, &id, "stage").await.unwrap();
    assert_eq!(strongroom.show("db").await.unwrap(), before, "its update_time too");
}

#[tokio::test]
async fn what_is_rejected_changes_nothing() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "x")]).await;
    let id = id(&strongroom, "db").await;
    let keys: Vec<String> = (0..20).map(|key| format!("k{key:02}")).collect();
    let twenty: Vec<_> = keys.iter().map(|key| (key.as_str(), "v")).collect();
    act(&strongroom, &id, TagAction::Create, &twenty).await.unwrap();

    assert_eq!(
        rejection(create(&strongroom, &id, "more", "").await),
        Rejection::TooManyTags { name: "db".to_owned(), needed: 21, allowed: 20 }
    );
    create(&strongroom, &id, "k07", "v").await.unwrap();
    for (action, tags) in [
        (TagAction::Unspecified, [("a", ""), ("b", "")]),
        (TagAction::Create, [("a", ""), ("a", "")]),
        (TagAction::Delete, [("a", ""), ("a", "")]),
        (TagAction::Create, [("k01", "new"), ("a,b", "")]),
    ] {
        assert_eq!(rejection(act(&strongroom, &id, action, &tags).await).code(), Code::InvalidParameter);
    }
    for key in ["", "_sys_a", "a/b", &"k".repeat(129)] {
        assert_eq!(rejection(create(&strongroom, &id, key, "").await).code(), Code::InvalidParameter);
        assert_eq!(rejection(delete(&strongroom, &id, key).await).code(), Code::InvalidParameter);
    }
    assert_eq!(list(&strongroom, &id).await.unwrap(), pairs(&twenty));
}

#[tokio::test]
async fn more_than_a_lowered_limit_are_taken_away_at_once() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "x")]).await;
    tag(&strongroom, "db", &[("a", ""), ("b", ""), ("c", "")]).await;
    let lowered = strongroom.limited(Limits { tags: 2, ..Limits::default() });
    let id = id(&lowered, "db").await;
    let rejected = act(&lowered, &id, TagAction::Create, &[("a", ""), ("b", ""), ("c", "")]).await;
    assert_eq!(rejection(rejected).code(), Code::InvalidParameter);
    act(&lowered, &id, TagAction::Delete, &[("a", ""), ("b", ""), ("c", "")]).await.unwrap();
    assert_eq!(list(&lowered, &id).await.unwrap(), []);
}

#[tokio::test]
async fn a_secret_is_known_by_its_id_only_while_it_is_there() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "x")]).await;
    let gone = id(&strongroom, "db").await;
    strongroom.delete("db").await.unwrap();
    strongroom.import(vec![text("db", "x")]).await;
    let waiting = id(&strongroom, "db").await;
    for unknown in [gone.as_str(), "zzzzzzzz-zzzz-zzzz-zzzz-zzzzzzzzzzzz"] {
        let expected = Rejection::SecretIdNotFound { id: unknown.to_owned() };
        assert_eq!(rejection(create(&strongroom, unknown, "a", "").await), expected);
        assert_eq!(rejection(delete(&strongroom, unknown, "a").await), expected);
        assert_eq!(rejection(act(&strongroom, unknown, TagAction::Create, &[("a", "")]).await), expected);
        assert_eq!(rejection(list(&strongroom, unknown).await), expected);
    }
    assert_eq!(rejection(list(&strongroom, "db").await).code(), Code::InvalidParameter);

    create(&strongroom, &waiting, "team", "shop").await.unwrap();
    strongroom.schedule("db", 7).await.unwrap();
    assert_eq!(rejection(create(&strongroom, &waiting, "a", "").await).code(), Code::PendingDeletion);
    assert_eq!(rejection(delete(&strongroom, &waiting, "team").await).code(), Code::PendingDeletion);
    let batch = act(&strongroom, &waiting, TagAction::Delete, &[("team", "")]).await;
    assert_eq!(rejection(batch).code(), Code::PendingDeletion);
    assert_eq!(list(&strongroom, &waiting).await.unwrap(), pairs(&[("team", "shop")]));
    assert_eq!(of_project(&strongroom).await, known(&[("team", &["shop"])]));

    strongroom.pass(7 * DAY);
    assert_eq!(rejection(list(&strongroom, &waiting).await).code(), Code::NotFound);
    assert_eq!(rejection(create(&strongroom, &waiting, "a", "").await).code(), Code::NotFound);
    assert_eq!(of_project(&strongroom).await, []);
}

#[tokio::test]
async fn the_tags_of_a_project_are_those_of_secrets_that_are_there() {
    let strongroom = Strongroom::new();
    strongroom.import(["a", "b", "c", "d"].map(|name| text(name, "x")).to_vec()).await;
    tag(&strongroom, "a", &[("team", "shop"), ("stage", "test")]).await;
    tag(&strongroom, "b", &[("team", "shop"), ("only", "b")]).await;
    tag(&strongroom, "c", &[("team", "shop"), ("tea", "m")]).await;
    tag(&strongroom, "d", &[("team", "web"), ("stage", "")]).await;
    strongroom.schedule("a", 7).await.unwrap();
    strongroom.schedule("b", 7).await.unwrap();
    let all =
        known(&[("only", &["b"]), ("stage", &["", "test"]), ("tea", &["m"]), ("team", &["shop", "web"])]);
    assert_eq!(of_project(&strongroom).await, all);
    strongroom.pass(7 * DAY);
    let left = known(&[("stage", &[""]), ("tea", &["m"]), ("team", &["shop", "web"])]);
    assert_eq!(of_project(&strongroom).await, left, "before the purge");
    strongroom.operations.purge().await.unwrap();
    assert_eq!(of_project(&strongroom).await, left, "and after it");
    strongroom.delete("c").await.unwrap();
    assert_eq!(of_project(&strongroom).await, known(&[("stage", &[""]), ("team", &["web"])]));
}

#[tokio::test]
async fn a_project_shows_ten_thousand_tags_and_tells_that_there_are_more() {
    let strongroom = Strongroom::new();
    for (more, truncated) in [(10_000, false), (1, true)] {
        let mut change = Change::new();
        for number in 0..more {
            let tag = TagRecord { key: "number".to_owned(), value: format!("{more}-{number:06}") };
            let secret = SecretRecord {
                id: (more as u128 * 1_000_000 + number as u128).to_be_bytes().to_vec(),
                name: format!("{more}-{number}"),
                tags: vec![tag],
                ..SecretRecord::default()
            };
            change.create_secret(Id::new([2; 16]), &secret).unwrap();
        }
        assert!(matches!(strongroom.storage.commit(change).await.unwrap(), Outcome::Committed(_)));
        let call = strongroom.call("ListProjectSecretsTags");
        let answer =
            strongroom.operations.list_project_secrets_tags(&call, Default::default()).await.unwrap();
        assert_eq!((answer.tags[0].values.len(), answer.truncated), (10_000, truncated));
    }
}

#[tokio::test]
async fn each_change_of_tags_leaves_its_audit_line() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "x")]).await;
    let id = id(&strongroom, "db").await;
    strongroom.pass(1);
    act(&strongroom, &id, TagAction::Create, &[("a", "")]).await.unwrap();
    strongroom.pass(1);
    act(&strongroom, &id, TagAction::Delete, &[("a", "")]).await.unwrap();
    assert!(delete(&strongroom, &id, "a").await.is_err());
    let view = strongroom.storage.view().await.unwrap();
    let records = view.audit(Id::new([2; 16]), Timestamp::from_milliseconds(START + 1), 100).await.unwrap();
    let events: Vec<_> = records.iter().map(|record| record.event.as_str()).collect();
    assert_eq!(events, ["anEvent", "deleteResourceTag"]);
    assert!(records.iter().all(|record| record.lines.len() == 1 && record.lines[0].secret_name == "db"));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_tag_one_secret_nobody_loses_a_tag() {
    let strongroom = Arc::new(Strongroom::new());
    strongroom.import(vec![text("db", "x")]).await;
    let id = id(&strongroom, "db").await;
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let (strongroom, id) = (strongroom.clone(), id.clone());
            tokio::spawn(async move {
                create(&strongroom, &id, &format!("k{number:02}"), "").await.unwrap();
                if number % 2 == 0 {
                    delete(&strongroom, &id, &format!("k{number:02}")).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let left: Vec<_> = list(&strongroom, &id).await.unwrap().into_iter().map(|tag| tag.key).collect();
    let odd: Vec<_> =
        (0..20).filter(|number| number % 2 == 1).map(|number| format!("k{number:02}")).collect();
    assert_eq!(left, odd);
    assert_eq!(of_project(&strongroom).await.len(), 10);
}
