//! The disk of the server is full for a while.

use serde_json::json;

use crate::strongroom::{Ran, Strongroom};

fn put(strongroom: &Strongroom, name: &str) -> Ran {
    strongroom.feed(["put", name], &vec![b'x'; 30_000])
}

/// What an anonymous request gets.
async fn health(strongroom: &Strongroom) -> (u16, String) {
    let answer = reqwest::get(format!("{}/healthz", strongroom.url)).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// What a log-in by password gets, through REST.
async fn log_in(strongroom: &Strongroom) -> (u16, serde_json::Value) {
    let known = strongroom.credentials();
    let body = json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": {
            "domain": {"name": known["domain_name"]}, "name": known["user_name"], "password": known["password"],
        }}},
        "scope": {"project": {"name": known["project_name"]}},
    }});
    let request = reqwest::Client::new().post(format!("{}/v3/auth/tokens", strongroom.url)).json(&body);
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test]
async fn full_disk_refuses_writes_with_a_code_and_ends_without_a_restart() {
    let strongroom = Strongroom::start();
    put(&strongroom, "first").done();
    assert_eq!(health(&strongroom).await, (200, "ok\n".to_owned()));

    strongroom.limit_store(true);
    let mut stored = vec!["first".to_owned()];
    let refused = loop {
        let name = format!("next-{:03}", stored.len());
        let ran = put(&strongroom, &name);
        if ran.code != 0 {
            break ran;
        }
        stored.push(name);
        assert!(stored.len() < 1_000, "the store never had to grow");
    };
    let refused = refused.ended(6);
    assert!(refused.err.contains("full or cannot be written, so the change was not made"), "{}", refused.err);

    // Reads go on, with a signature as before, and nothing of the refused write is there.
    assert_eq!(strongroom.value("first").len(), 30_000);
    stored.sort();
    assert_eq!(strongroom.names(), stored);
    let (status, words) = health(&strongroom).await;
    assert_eq!(status, 503);
    assert!(words.contains("nothing was changed"), "{words}");
    // A log-in stores a token.
    let (status, body) = log_in(&strongroom).await;
    assert_eq!(status, 503, "{body}");
    assert!(body.to_string().contains("STRONGROOM.0001"), "{body}");

    strongroom.limit_store(false);
    while put(&strongroom, "last").code != 0 {}
    assert_eq!(health(&strongroom).await, (200, "ok\n".to_owned()));
    assert_eq!(log_in(&strongroom).await.0, 201);
    stored.push("last".to_owned());
    stored.sort();
    assert_eq!(strongroom.names(), stored);
    assert_eq!(strongroom.value("last").len(), 30_000);
}
