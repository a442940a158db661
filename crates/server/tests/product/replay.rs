//! Replayed signed requests.

use aws_lc_rs::{digest, hmac};
use serde_json::{Value, json};
use strongroom_contract::v1::{ShowSecretVersionRequest, ShowSecretVersionResponse};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::product::Product;
use crate::transports::TRANSPORTS;

/// The date of all requests: the start of the clock.
const DATE: &str = "20260101T000000Z";

/// The bytes of a request signed with the first access key.
fn signed(product: &Product, method: &str, path: &str, body: &str) -> Vec<u8> {
    signed_as(product, method, path, "application/json", body)
}

fn signed_as(product: &Product, method: &str, path: &str, content_type: &str, body: &str) -> Vec<u8> {
    let path = path.replace("{project_id}", &product.known("project_id"));
    let host = product.endpoint.strip_prefix("http://").unwrap();
    let sha256 = |text: &str| hex::encode(digest::digest(&digest::SHA256, text.as_bytes()));
    let canonical =
        format!("{method}\n{path}/\n\nhost:{host}\nx-sdk-date:{DATE}\n\nhost;x-sdk-date\n{}", sha256(body));
    let to_sign = format!("SDK-HMAC-SHA256\n{DATE}\n{}", sha256(&canonical));
    let key = hmac::Key::new(hmac::HMAC_SHA256, product.known("secret_key").as_bytes());
    let signature = hex::encode(hmac::sign(&key, to_sign.as_bytes()));
    format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nx-sdk-date: {DATE}\r\n\
         authorization: SDK-HMAC-SHA256 Access={}, SignedHeaders=host;x-sdk-date, Signature={signature}\r\n\
         content-type: {content_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        product.known("access_key"),
        body.len()
    )
    .into_bytes()
}

/// Sends these bytes and returns status and body.
async fn send(product: &Product, bytes: &[u8]) -> (u16, String) {
    let mut stream = TcpStream::connect(product.endpoint.strip_prefix("http://").unwrap()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

fn put(product: &Product, value: &str) -> Vec<u8> {
    let body = json!({"secret_string": value}).to_string();
    signed(product, "POST", "/v1/{project_id}/secrets/db/versions", &body)
}

async fn created(product: &Product) {
    let create =
        signed(product, "POST", "/v1/{project_id}/secrets", r#"{"name":"db","secret_string":"first"}"#);
    assert_eq!(send(product, &create).await.0, 200);
}

async fn current(product: &Product) -> Vec<Value> {
    let mut values = Vec::new();
    for transport in TRANSPORTS {
        let read = ShowSecretVersionRequest {
            secret_name: "db".to_owned(),
            version_id: "latest".to_owned(),
            ..Default::default()
        };
        let read =
            transport.send::<_, ShowSecretVersionResponse>(product, "ShowSecretVersion", read).await.unwrap();
        values.push(read["version"]["secret_string"].clone());
    }
    values
}

#[tokio::test]
async fn replayed_password_change_does_not_restore_an_old_password() {
    let product = Product::start().await;
    created(&product).await;
    let (old, new) = (put(&product, "old"), put(&product, "new"));
    let first = send(&product, &old).await;
    assert_eq!(first.0, 200, "{}", first.1);
    assert_eq!(send(&product, &old).await, first, "a client that missed the answer gets it");
    assert_eq!(send(&product, &new).await.0, 200);
    product.pass(15 * 60_000);
    assert_eq!(send(&product, &old).await, first);
    assert_eq!(current(&product).await, ["new", "new", "new"]);
    product.pass(1_000);
    assert_eq!(send(&product, &old).await.0, 401, "by now the signature has expired");
}

#[tokio::test]
async fn concurrent_copies_of_a_signed_request_are_executed_once() {
    let product = Product::start().await;
    created(&product).await;
    let bytes = put(&product, "second");
    let answers = tokio::join!(
        send(&product, &bytes),
        send(&product, &bytes),
        send(&product, &bytes),
        send(&product, &bytes)
    );
    assert_eq!(answers.0.0, 200);
    assert!(answers.0 == answers.1 && answers.1 == answers.2 && answers.2 == answers.3, "{answers:?}");
    let versions = product.rest("GET", "/v1/{project_id}/secrets/db/versions").send().await.unwrap();
    let versions: Value = versions.json().await.unwrap();
    assert_eq!(versions["version_metadatas"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn replay_protection_survives_a_restart() {
    let mut product = Product::start().await;
    created(&product).await;
    let delete = signed(&product, "DELETE", "/v1/{project_id}/secrets/db", "");
    assert_eq!(send(&product, &delete).await.0, 200);
    product.restart().await;
    let body = json!({"name": "db", "secret_string": "another"});
    let again = product.rest("POST", "/v1/{project_id}/secrets").json(&body).send().await.unwrap();
    assert_eq!(again.status(), 200);
    // The server has another address after the restart; the signature is for the old one.
    assert_eq!(send(&product, &delete).await.0, 200, "answered as before");
    assert_eq!(current(&product).await, ["another", "another", "another"]);
}

#[tokio::test]
async fn signed_reads_may_be_repeated() {
    let product = Product::start().await;
    created(&product).await;
    for (method, path, body) in [
        ("GET", "/v1/{project_id}/secrets/db", ""),
        ("POST", "/v1/{project_id}/secrets/db/backup", ""),
        ("POST", "/v1/{project_id}/secrets/batch-get-secret-value", r#"{"secret_name_list":["db"]}"#),
    ] {
        let bytes = signed(&product, method, path, body);
        let first = send(&product, &bytes).await;
        assert_eq!(first.0, 200, "{path}: {}", first.1);
        assert_eq!(send(&product, &bytes).await.0, 200, "{path}");
    }
}

/// Changes without a stored answer are rejected the second time.
#[tokio::test]
async fn signed_rotation_and_stream_are_executed_once() {
    let product = Product::start().await;
    let rotate = signed(&product, "POST", "/v1/csms/root-key/rotate", "");
    let lines = "{\"name\":\"s\",\"secret_string\":\"x\"}\n";
    let path = "/v1/{project_id}/secrets/import-stream";
    let stream = signed_as(&product, "POST", path, "application/x-ndjson", lines);
    for bytes in [&rotate, &stream] {
        let first = send(&product, bytes).await;
        assert_eq!(first.0, 200, "{}", first.1);
        let (status, body) = send(&product, bytes).await;
        let told: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((status, &told["error_code"]), (400, &json!("CSMS.0003")));
        assert!(told["detail"].as_str().unwrap().contains("sign it anew"), "{body}");
    }
    let shown = product.rest("GET", "/v1/csms/root-key").send().await.unwrap();
    assert_eq!(shown.json::<Value>().await.unwrap()["root_key"]["term"], 2);
}
