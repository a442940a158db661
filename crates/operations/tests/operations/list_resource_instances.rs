//! Finding secrets by tags and names, and what of the store that reads.

use std::sync::Arc;

use strongroom_contract::v1::{self, InstanceAction};
use strongroom_operations::{Answer, Code};
use strongroom_storage::records::{SecretRecord, TagRecord};
use strongroom_storage::{Change, Id, Outcome, Storage};

use crate::counted::{Count, Counted, Reads};
use crate::strongroom::{DAY, Strongroom, rejection, text};
use crate::tags::{pairs, tag};

const PROJECT: Id = Id::new([2; 16]);

fn sought(tags: &[(&str, &[&str])]) -> v1::ListResourceInstancesRequest {
    let tags = tags.iter().map(|(key, values)| v1::TagValues {
        key: (*key).to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    });
    v1::ListResourceInstancesRequest {
        action: InstanceAction::Filter.into(),
        tags: tags.collect(),
        ..Default::default()
    }
}

fn named(part: &str) -> v1::ListResourceInstancesRequest {
    let part = v1::TagMatch { key: "resource_name".to_owned(), value: part.to_owned() };
    v1::ListResourceInstancesRequest { matches: vec![part], ..sought(&[]) }
}

async fn ask(
    strongroom: &Strongroom,
    request: v1::ListResourceInstancesRequest,
) -> Answer<v1::ListResourceInstancesResponse> {
    strongroom.operations.list_resource_instances(&strongroom.call("ListResourceInstances"), request).await
}

/// The names on the page, and how many are found in all; counting has to find as many.
async fn found(strongroom: &Strongroom, request: v1::ListResourceInstancesRequest) -> (Vec<String>, i32) {
    let count = v1::ListResourceInstancesRequest { action: InstanceAction::Count.into(), ..request.clone() };
    let counted = ask(strongroom, count).await.unwrap();
    assert_eq!(counted.resources, None);
    let answer = ask(strongroom, request).await.unwrap();
    assert_eq!(answer.total_count, counted.total_count);
    let names = answer.resources.unwrap().resources.into_iter().map(|resource| resource.resource_name);
    (names.collect(), answer.total_count)
}

async fn shop() -> Strongroom {
    let strongroom = Strongroom::new();
    let names = ["Web-db", "a", "b", "c", "web-api"];
    strongroom.import(names.map(|name| text(name, "x")).to_vec()).await;
    tag(&strongroom, "a", &[("team", "shop"), ("stage", "test")]).await;
    tag(&strongroom, "b", &[("team", "web"), ("stage", "test")]).await;
    tag(&strongroom, "c", &[("team", "shop"), ("stage", "live")]).await;
    tag(&strongroom, "web-api", &[("team", "")]).await;
    strongroom
}

#[tokio::test]
async fn keys_combine_with_and_values_with_or() {
    let strongroom = shop().await;
    for (tags, names) in [
        (vec![("team", ["shop"].as_slice())], vec!["a", "c"]),
        (vec![("team", &["shop", "web"])], vec!["a", "b", "c"]),
        (vec![("team", &[])], vec!["a", "b", "c", "web-api"]),
        (vec![("team", &[""])], vec!["web-api"]),
        (vec![("team", &["shop", "web"]), ("stage", &["test"])], vec!["a", "b"]),
        (vec![("team", &["shop"]), ("stage", &[])], vec!["a", "c"]),
        (vec![("stage", &["live", "none"]), ("team", &["web"])], vec![]),
        (vec![("none", &[])], vec![]),
        (vec![("tea", &["m"])], vec![]),
        (vec![], vec!["Web-db", "a", "b", "c", "web-api"]),
    ] {
        let total = names.len() as i32;
        let names: Vec<_> = names.into_iter().map(str::to_owned).collect();
        assert_eq!(found(&strongroom, sought(&tags)).await, (names, total), "{tags:?}");
    }
}

#[tokio::test]
async fn names_are_matched_in_part_and_together_with_tags() {
    let strongroom = shop().await;
    for (part, names) in
        [("WEB", vec!["Web-db", "web-api"]), ("api", vec!["web-api"]), ("x", vec![]), ("", vec![])]
    {
        assert_eq!(found(&strongroom, named(part)).await.0, names, "{part}");
    }
    let both = v1::ListResourceInstancesRequest { tags: sought(&[("team", &[])]).tags, ..named("b") };
    assert_eq!(found(&strongroom, both).await.0, ["b", "web-api"]);
}

#[tokio::test]
async fn a_page_is_cut_out_of_all_that_are_found() {
    let strongroom = shop().await;
    for (limit, offset, names) in [
        ("", "", vec!["a", "b", "c", "web-api"]),
        ("2", "", vec!["a", "b"]),
        ("2", "3", vec!["web-api"]),
        ("1", "1", vec!["b"]),
        ("1000", "4", vec![]),
        ("1", "99999999999999999999", vec![]),
    ] {
        let request = v1::ListResourceInstancesRequest {
            limit: limit.to_owned(),
            offset: offset.to_owned(),
            ..sought(&[("team", &[])])
        };
        let (found, total) = found(&strongroom, request).await;
        assert_eq!((found, total), (names.into_iter().map(str::to_owned).collect(), 4));
    }
    let counting = v1::ListResourceInstancesRequest {
        limit: "no number".to_owned(),
        action: InstanceAction::Count.into(),
        ..sought(&[])
    };
    assert_eq!(ask(&strongroom, counting).await.unwrap().total_count, 5);
}

#[tokio::test]
async fn what_is_found_is_shown_whole() {
    let strongroom = shop().await;
    let answer = ask(&strongroom, sought(&[("stage", &["live"])])).await.unwrap();
    let resource = answer.resources.unwrap().resources.pop().unwrap();
    let shown = strongroom.show("c").await.unwrap().secret.unwrap();
    assert_eq!(resource.resource_id, shown.id);
    assert_eq!(resource.resource_detail, Some(shown));
    assert_eq!(resource.tags, pairs(&[("stage", "live"), ("team", "shop")]));
    assert_eq!(resource.sys_tags, None);
}

#[tokio::test]
async fn waiting_ones_are_found_and_overdue_ones_are_not() {
    let strongroom = shop().await;
    strongroom.schedule("a", 7).await.unwrap();
    strongroom.schedule("c", 8).await.unwrap();
    assert_eq!(found(&strongroom, sought(&[("team", &["shop"])])).await.1, 2);
    strongroom.pass(7 * DAY);
    let (names, total) = found(&strongroom, sought(&[("team", &["shop"])])).await;
    assert_eq!((names, total), (vec!["c".to_owned()], 1));
    assert_eq!(found(&strongroom, sought(&[])).await.1, 4);
    assert_eq!(found(&strongroom, named("a")).await.0, ["web-api"]);
}

#[tokio::test]
async fn a_search_that_cannot_be_is_rejected() {
    let strongroom = shop().await;
    let filter = || sought(&[]);
    for request in [
        v1::ListResourceInstancesRequest { action: 0, ..filter() },
        v1::ListResourceInstancesRequest { action: -1, ..filter() },
        v1::ListResourceInstancesRequest { limit: "0".to_owned(), ..filter() },
        v1::ListResourceInstancesRequest { limit: "1001".to_owned(), ..filter() },
        v1::ListResourceInstancesRequest { offset: "-1".to_owned(), ..filter() },
        sought(&[("a", &[]), ("a", &["x"])]),
        sought(&[("a", &["x", "x"])]),
        sought(&[("", &[])]),
    ] {
        assert_eq!(rejection(ask(&strongroom, request).await).code(), Code::InvalidParameter);
    }
}

/// So many secrets, each with the tag `all`, every second with `half`, every thousandth with `rare`.
async fn many(count: usize) -> (Strongroom, Arc<Reads>) {
    let engine = Counted::new();
    let reads = engine.reads.clone();
    let strongroom = Strongroom::on(engine);
    let mut rest = 0..count;
    while !rest.is_empty() {
        let mut change = Change::new();
        for number in rest.by_ref().take(10_000) {
            let mut tags = vec!["all"];
            tags.extend((number % 2 == 0).then_some("half"));
            tags.extend((number % 1_000 == 0).then_some("rare"));
            let tag = |key: &str| TagRecord { key: key.to_owned(), value: "yes".to_owned() };
            let secret = SecretRecord {
                id: (number as u128).to_be_bytes().to_vec(),
                name: format!("secret-{number:06}"),
                tags: tags.into_iter().map(tag).collect(),
                ..SecretRecord::default()
            };
            change.create_secret(PROJECT, &secret).unwrap();
        }
        commit(&strongroom.storage, change).await;
    }
    (strongroom, reads)
}

async fn commit(storage: &Storage, change: Change) {
    assert!(matches!(storage.commit(change).await.unwrap(), Outcome::Committed(_)));
}

async fn cost(strongroom: &Strongroom, reads: &Reads, request: v1::ListResourceInstancesRequest) -> Count {
    reads.take();
    ask(strongroom, request).await.unwrap();
    reads.take()
}

#[tokio::test]
async fn a_search_reads_what_it_answers_however_many_secrets_there_are() {
    for count in [10_000, 100_000] {
        let (strongroom, reads) = many(count).await;
        let rare = count / 1_000;

        // The names of the tag, in growing steps; one range for expired secrets; one round trip for the records of the
        // page, and one for when they were read.
        let one = cost(&strongroom, &reads, sought(&[("rare", &["yes"])])).await;
        let steps = if rare < 16 { 1 } else { 3 };
        assert_eq!(one, Count { gets: 2, ranges: steps + 1, entries: rare }, "of {count}");

        // However common the other tag is, each rare name costs one look at it.
        for tags in
            [[("rare", ["yes"].as_slice()), ("all", &["yes"])], [("all", &["yes"]), ("rare", &["yes"])]]
        {
            let both = cost(&strongroom, &reads, sought(&tags)).await;
            assert_eq!(both.gets, 2);
            assert!(both.ranges <= rare + rare / 16 + 3, "{both:?} of {count}");
            assert!(both.entries <= 17 * (rare + 2), "{both:?} of {count}");
        }

        // Counting reads no record, and long runs of names come in pages of the store.
        let counting = v1::ListResourceInstancesRequest {
            action: InstanceAction::Count.into(),
            ..sought(&[("half", &["yes"])])
        };
        let half = cost(&strongroom, &reads, counting).await;
        assert_eq!((half.gets, half.entries), (0, count / 2));
        assert!(half.ranges <= count / 2_000 + 9, "{half:?}");

        let call = strongroom.call("ListProjectSecretsTags");
        strongroom.operations.list_project_secrets_tags(&call, Default::default()).await.unwrap();
        assert_eq!(reads.take(), Count { gets: 0, ranges: 5, entries: 3 }, "one seek a value, of {count}");
    }
}
