//! The disk of the server is full for a while.

use serde_json::json;

use crate::strongroom::{Ran, Strongroom};

fn put(strongroom: &Strongroom, name: &str) -> Ran {
    strongroom.feed(["put", name], &vec![b'x'; 30_000])
}

/// The answer to an anonymous request.
async fn health(strongroom: &Strongroom) -> (u16, String) {
    let answer = reqwest::get(format!("{}/healthz", strongroom.url)).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// Logs in over REST. Returns status, body and token.
async fn log_in(strongroom: &Strongroom) -> (u16, serde_json::Value, String) {
    let known = strongroom.credentials();
    let body = json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": {
            "domain": {"name": known["domain_name"]}, "name": known["user_name"], "password": known["password"],
        }}},
        "scope": {"project": {"name": known["project_name"]}},
    }});
    let request = reqwest::Client::new().post(format!("{}/v3/auth/tokens", strongroom.url)).json(&body);
    let answer = request.send().await.unwrap();
    let token = answer.headers().get("x-subject-token").map(|token| token.to_str().unwrap().to_owned());
    (answer.status().as_u16(), answer.json().await.unwrap(), token.unwrap_or_default())
}

/// Reads with a token.
async fn read(strongroom: &Strongroom, token: &str, path: &str) -> serde_json::Value {
    let project = strongroom.credentials()["project_id"].as_str().unwrap().to_owned();
    let url = format!("{}/v1/{project}/secrets{path}", strongroom.url);
    let answer = reqwest::Client::new().get(url).header("x-auth-token", token).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.json().await.unwrap()
}

#[tokio::test]
async fn full_disk_rejects_writes_with_a_code_and_ends_without_a_restart() {
    let strongroom = Strongroom::start();
    put(&strongroom, "first").done();
    assert_eq!(health(&strongroom).await, (200, "ok\n".to_owned()));

    let (_, _, token) = log_in(&strongroom).await;
    strongroom.limit_store(true);
    let mut stored = vec!["first".to_owned()];
    let rejected = loop {
        let name = format!("next-{:03}", stored.len());
        let ran = put(&strongroom, &name);
        if ran.code != 0 {
            break ran;
        }
        stored.push(name);
        assert!(stored.len() < 1_000, "the store never had to grow");
    };
    let rejected = rejected.ended(6);
    assert!(
        rejected.err.contains("full or cannot be written, so the change was not made"),
        "{}",
        rejected.err
    );

    // Reads still work, and the rejected write left nothing behind.
    let value = read(&strongroom, &token, "/first/versions/latest").await;
    assert_eq!(value["version"]["secret_string"].as_str().unwrap().len(), 30_000);
    stored.sort();
    let list = read(&strongroom, &token, "?limit=1000").await;
    let names: Vec<_> =
        list["secrets"].as_array().unwrap().iter().map(|secret| secret["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), stored.len());
    assert!(stored.iter().all(|name| names.contains(&name.as_str())));
    let (status, words) = health(&strongroom).await;
    assert_eq!(status, 503);
    assert!(words.contains("nothing was changed"), "{words}");
    // A log-in stores a token.
    let (status, body, _) = log_in(&strongroom).await;
    assert_eq!(status, 503, "{body}");
    assert!(body.to_string().contains("full or cannot be written"), "{body}");

    strongroom.limit_store(false);
    while put(&strongroom, "last").code != 0 {}
    assert_eq!(health(&strongroom).await, (200, "ok\n".to_owned()));
    assert_eq!(log_in(&strongroom).await.0, 201);
    stored.push("last".to_owned());
    stored.sort();
    assert_eq!(strongroom.names(), stored);
    assert_eq!(strongroom.value("last").len(), 30_000);
}
