//! Searching by query, and listing by event.

use strongroom_contract::v1;
use strongroom_operations::{Answer, Code};
use strongroom_storage::records::{SecretRecord, TagRecord};
use strongroom_storage::{Change, Id, Outcome, Timestamp};

use crate::counted::Counted;
use crate::strongroom::{DAY, Strongroom, rejection, text};
use crate::tags::tag;

const PROJECT: Id = Id::new([2; 16]);

async fn page(
    strongroom: &Strongroom,
    query: &str,
    limit: i32,
    marker: &str,
) -> Answer<v1::SearchSecretsResponse> {
    let request = v1::SearchSecretsRequest {
        query: query.to_owned(),
        limit: Some(limit),
        marker: marker.to_owned(),
        ..Default::default()
    };
    strongroom.operations.search_secrets(&strongroom.call("SearchSecrets"), request).await
}

/// What all pages of this size show, and how many they are.
async fn found(strongroom: &Strongroom, query: &str, limit: i32) -> (Vec<String>, usize) {
    let (mut names, mut marker, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let answer = page(strongroom, query, limit, &marker).await.unwrap();
        let info = answer.page_info.unwrap();
        assert_eq!(info.current_count as usize, answer.secrets.len());
        assert!(answer.secrets.len() <= limit as usize);
        assert_eq!(info.previous_marker, answer.secrets.first().map(|secret| secret.name.clone()));
        names.extend(answer.secrets.into_iter().map(|secret| secret.name));
        pages += 1;
        match info.next_marker {
            Some(next) => marker = next,
            None => return (names, pages),
        }
    }
}

async fn shop() -> Strongroom {
    let strongroom = Strongroom::new();
    let mut secrets = ["Web-db", "a", "b", "c", "web-api", "web.api"].map(|name| text(name, "x")).to_vec();
    secrets[1].description = "Für den Laden".to_owned();
    strongroom.import(secrets).await;
    tag(&strongroom, "a", &[("team", "shop"), ("cost center", "R and D")]).await;
    tag(&strongroom, "b", &[("team", "web")]).await;
    tag(&strongroom, "c", &[("team", "shop")]).await;
    strongroom.schedule("b", 7).await.unwrap();
    strongroom.schedule("c", 30).await.unwrap();
    strongroom
}

#[tokio::test]
async fn every_kind_of_term_finds_the_same_on_pages_of_any_size() {
    let strongroom = shop().await;
    // The tests' clock stands at 2026-01-01: b is due on the 8th, c on the 31st.
    for (query, names) in [
        ("", vec!["Web-db", "a", "b", "c", "web-api", "web.api"]),
        ("WEB", vec!["Web-db", "web-api", "web.api"]),
        ("laden", vec!["a"]),
        ("web -db", vec!["web-api", "web.api"]),
        ("name:web*", vec!["web-api", "web.api"]),
        ("name:web* name:web.*", vec!["web.api"]),
        ("name:b", vec!["b"]),
        ("name:bb", vec![]),
        ("name:z*", vec![]),
        ("state:pending_delete", vec!["b", "c"]),
        ("-state:pending_delete web", vec!["Web-db", "web-api", "web.api"]),
        ("due<2026-01-08", vec![]),
        ("due<=2026-01-08", vec!["b"]),
        ("due>2026-01-08 due<2027-01-01", vec!["c"]),
        ("due>2027-01-01 due<2026-01-01", vec![]),
        ("tag:team", vec!["a", "b", "c"]),
        ("tag:team=shop", vec!["a", "c"]),
        ("tag:team=shop state:ENABLED", vec!["a"]),
        ("tag:team=shop tag:\"cost center\"=\"R and D\"", vec!["a"]),
        ("tag:team=shop tag:team=web", vec![]),
        ("-tag:team", vec!["Web-db", "web-api", "web.api"]),
        ("tag:team name:b*", vec!["b"]),
        ("tag:team=shop name:b*", vec![]),
        ("type:COMMON a", vec!["a", "web-api", "web.api"]),
        ("type:RDS-FG", vec![]),
        ("used:never name:a", vec!["a"]),
        ("used<2027-01-01", vec![]),
        ("event:on-change", vec![]),
    ] {
        for limit in [1, 2, 50] {
            assert_eq!(found(&strongroom, query, limit).await.0, names, "{query} by {limit}");
        }
    }
}

#[tokio::test]
async fn overdue_means_gone_for_every_query() {
    let strongroom = shop().await;
    strongroom.pass(7 * DAY);
    for query in
        ["", "b", "name:b", "name:b*", "state:PENDING_DELETE", "tag:team", "tag:team=web", "due<2027-01-01"]
    {
        let (names, _) = found(&strongroom, query, 1).await;
        assert!(!names.contains(&"b".to_owned()), "{query}: {names:?}");
    }
}

#[tokio::test]
async fn pages_stay_stable_while_others_write() {
    let strongroom = shop().await;
    let first = page(&strongroom, "tag:team", 1, "").await.unwrap();
    assert_eq!(first.page_info.unwrap().next_marker.as_deref(), Some("a"));
    strongroom.delete("a").await.unwrap();
    strongroom.import(vec![text("0-new", "x"), text("aa", "x")]).await;
    tag(&strongroom, "0-new", &[("team", "")]).await;
    tag(&strongroom, "aa", &[("team", "")]).await;
    let rest = page(&strongroom, "tag:team", 9, "a").await.unwrap();
    assert_eq!(rest.secrets.iter().map(|secret| secret.name.as_str()).collect::<Vec<_>>(), ["aa", "b", "c"]);
}

#[tokio::test]
async fn everything_wrong_is_told_at_once() {
    let strongroom = shop().await;
    let rejection = rejection(page(&strongroom, "state:x due<soon", 0, "?").await);
    assert_eq!(rejection.code(), Code::InvalidParameter);
    let fields: Vec<_> = rejection.problems().into_iter().map(|problem| problem.field).collect();
    assert_eq!(fields, ["query", "query", "limit", "marker"]);
}

/// Secrets with a tag of two values in turn, subscribed to an event if even, waiting if there are only a few.
async fn many(strongroom: &Strongroom, count: usize) {
    let mut change = Change::new();
    for number in 0..count {
        let value = ["even", "odd"][number % 2].to_owned();
        let secret = SecretRecord {
            id: (number as u128).to_be_bytes().to_vec(),
            name: format!("secret-{number:06}"),
            event_subscriptions: if number % 2 == 0 { vec!["on-change".to_owned()] } else { vec![] },
            tags: vec![TagRecord { key: "parity".to_owned(), value }],
            scheduled_delete_time: (count < 100).then_some(i64::MAX),
            ..SecretRecord::default()
        };
        change.create_secret(PROJECT, &secret).unwrap();
    }
    assert!(matches!(strongroom.storage.commit(change).await.unwrap(), Outcome::Committed(_)));
}

#[tokio::test]
async fn one_call_looks_at_ten_thousand_and_the_next_goes_on() {
    let engine = Counted::new();
    let reads = engine.reads.clone();
    let strongroom = Strongroom::on(engine);
    many(&strongroom, 25_000).await;
    for (query, count, pages) in [
        ("024999", 1, 3),
        ("nothing", 0, 3),
        ("tag:parity=odd 024999", 1, 2),
        ("event:on-change tag:parity=odd", 0, 3),
        ("tag:parity 024999", 1, 4),
        ("tag:parity tag:parity tag:parity 024999", 1, 4),
        ("name:secret-02499*", 10, 1),
        ("tag:parity=even name:secret-02499*", 5, 1),
        ("name:secret-000000", 1, 1),
    ] {
        reads.take();
        let (names, needed) = found(&strongroom, query, 50).await;
        let read = reads.take();
        assert_eq!((names.len(), needed), (count, pages), "{query}");
        // A page is read by one range, and a found one is described by one record more.
        assert!(read.entries <= pages * 10_100, "{query}: {read:?}");
        assert!(read.gets <= pages * 10_000 + count, "{query}: {read:?}");
    }
    assert_eq!(found(&strongroom, "tag:parity=odd", 1_000).await.0.len(), 12_500);
}

#[tokio::test]
async fn listing_by_event_reads_its_index() {
    let engine = Counted::new();
    let reads = engine.reads.clone();
    let strongroom = Strongroom::on(engine);
    many(&strongroom, 60).await;
    let view = strongroom.storage.view().await.unwrap();
    let mut change = Change::new();
    for number in 0..60 {
        let secret = view.secret(PROJECT, &format!("secret-{number:06}")).await.unwrap().unwrap();
        change.put_use(PROJECT, &secret, Timestamp::from_milliseconds(0));
    }
    assert!(matches!(strongroom.storage.commit(change).await.unwrap(), Outcome::Committed(_)));
    reads.take();
    let (mut names, mut marker) = (Vec::new(), String::new());
    loop {
        let request = v1::ListSecretsRequest {
            event_name: "on-change".to_owned(),
            limit: Some(7),
            marker,
            ..Default::default()
        };
        let answer =
            strongroom.operations.list_secrets(&strongroom.call("ListSecrets"), request).await.unwrap();
        names.extend(answer.secrets.into_iter().map(|secret| secret.name));
        match answer.page_info.unwrap().next_marker {
            Some(next) => marker = next,
            None => break,
        }
    }
    let even: Vec<_> = (0..60).step_by(2).map(|number| format!("secret-{number:06}")).collect();
    assert_eq!(names, even);
    let read = reads.take();
    assert!(read.gets <= 2 * 30 + 5, "record and use, and one more than each page: {read:?}");
    assert!(read.entries <= 30 + 5, "nothing of those between: {read:?}");
    let none = v1::ListSecretsRequest { event_name: "other".to_owned(), ..Default::default() };
    let answer = strongroom.operations.list_secrets(&strongroom.call("ListSecrets"), none).await.unwrap();
    assert!(answer.secrets.is_empty());
    assert_eq!(found(&strongroom, "event:on-change", 7).await.0, even);
}
