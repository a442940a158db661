//! Invalid requests are rejected in the documented form and change nothing.

use serde_json::{Value, json};
use strongroom_contract::v1::{BatchImportSecretsRequest, BatchImportSecretsResponse};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::product::Product;
use crate::transports::TRANSPORTS;

async fn told(request: reqwest::RequestBuilder) -> (u16, String) {
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.unwrap();
    assert!(!body["detail"].as_str().unwrap().is_empty());
    assert_eq!(body["request_id"].as_str().unwrap().len(), 32);
    (status, body["error_code"].as_str().unwrap().to_owned())
}

const IMPORT: &str = "/v1/{project_id}/secrets/batch-import";

#[tokio::test]
async fn invalid_bodies_are_rejected_in_the_documented_form() {
    let product = Product::start_with(|settings| settings.max_body_bytes = Some(4_096)).await;
    let json = "application/json";
    for (content_type, body) in [
        (json, "{"),
        (json, "[]"),
        (json, "{}"),
        (json, r#"{"secrets":{}}"#),
        (json, r#"{"secrets":[1]}"#),
        (json, r#"{"secrets":[{"name":1}]}"#),
        (json, r#"{"secrets":[{"name":"a","secret_string":"x","auto_rotation":"true"}]}"#),
        (json, r#"{"secrets":[{"name":"a","secret_string":"x"}]} trailing"#),
        ("text/plain", r#"{"secrets":[{"name":"a","secret_string":"x"}]}"#),
        (json, &format!(r#"{{"secrets":[{{"name":"a","secret_string":"{}"}}]}}"#, "x".repeat(4_096))),
    ] {
        let request = product.rest("POST", IMPORT).header("content-type", content_type).body(body.to_owned());
        assert_eq!(told(request).await, (400, "CSMS.0004".to_owned()), "{body}");
    }
    let list: Value =
        product.rest("GET", "/v1/{project_id}/secrets").send().await.unwrap().json().await.unwrap();
    assert_eq!(list["secrets"], json!([]), "nothing was stored");
}

#[tokio::test]
async fn a_byte_order_mark_before_a_body_is_skipped() {
    let product = Product::start().await;
    let json = |path: &str, body: &str| {
        product.rest("POST", path).header("content-type", "application/json").body(format!("\u{feff}{body}"))
    };
    let create = json("/v1/{project_id}/secrets", r#"{"name":"a","secret_string":"x"}"#);
    assert_eq!(create.send().await.unwrap().status(), 200);
    let dry_run = json("/v1/{project_id}/secrets", r#"{"name":"b","secret_string":"x","dry_run":true}"#);
    assert_eq!(dry_run.send().await.unwrap().status(), 200);
    assert_eq!(product.rest("GET", "/v1/{project_id}/secrets/b").send().await.unwrap().status(), 404);
    let log_in = json("/v3/auth/tokens", r#"{"auth":{"identity":{"methods":["token"]}}}"#);
    let answer: Value = log_in.send().await.unwrap().json().await.unwrap();
    assert!(answer["error"]["message"].as_str().unwrap().contains("auth.identity.token.id"), "{answer}");
    assert_eq!(told(json(IMPORT, "\u{feff}{}")).await.0, 400, "a second one is not JSON");
}

#[tokio::test]
async fn unknown_paths_and_methods_are_rejected_in_the_documented_form() {
    let product = Product::start().await;
    for (method, path, expected) in [
        ("GET", "/v1/{project_id}/nothing", (404, "CSMS.0003")),
        ("POST", "/nothing", (404, "CSMS.0003")),
        ("PATCH", "/v1/{project_id}/secrets", (405, "CSMS.0003")),
        ("PATCH", "/v1/{project_id}/secrets/batch-import", (405, "CSMS.0003")),
        ("PUT", "/v1/{project_id}/secrets/batch-import", (404, "CSMS.0106")),
        ("GET", "/v1/{project_id}/secrets?limit=ten", (400, "CSMS.0002")),
        ("GET", "/v1/{project_id}/secrets/a%20b", (400, "CSMS.0002")),
        ("GET", "/v1/{project_id}/secrets/..%2F", (400, "CSMS.0002")),
        ("GET", "/v1/{project_id}/secrets/restore", (404, "CSMS.0106")),
        ("GET", "/v1/{project_id}/secrets/%ff", (400, "CSMS.0002")),
        ("GET", "/v1//secrets", (404, "CSMS.0003")),
        ("POST", "/v1//secrets/batch-delete", (404, "CSMS.0003")),
        ("POST", "/metrics", (405, "CSMS.0003")),
        ("GET", "/v1/ffffffffffffffffffffffffffffffff/secrets", (403, "CSMS.0302")),
    ] {
        let (status, code) = told(product.rest(method, path)).await;
        assert_eq!((status, code.as_str()), expected, "{method} {path}");
    }
}

#[tokio::test]
async fn path_words_are_valid_names() {
    let product = Product::start().await;
    for name in ["batch-import", "batch-delete", "restore", "search", "checker"] {
        let body = json!({"name": name, "secret_string": "x"});
        let created = product.rest("POST", "/v1/{project_id}/secrets").json(&body).send().await.unwrap();
        assert_eq!(created.status(), 200, "{name}");
        let path = format!("/v1/{{project_id}}/secrets/{name}");
        let shown: Value = product.rest("GET", &path).send().await.unwrap().json().await.unwrap();
        assert_eq!(shown["secret"]["name"], name);
        let change = json!({"description": "a word of paths"});
        assert_eq!(product.rest("PUT", &path).json(&change).send().await.unwrap().status(), 200, "{name}");
        assert_eq!(product.rest("DELETE", &path).send().await.unwrap().status(), 200, "{name}");
        assert_eq!(told(product.rest("GET", &path)).await, (404, "CSMS.0106".to_owned()), "{name}");
    }
}

#[tokio::test]
async fn list_in_place_of_an_object_is_rejected() {
    let product = Product::start().await;
    let create = "/v1/{project_id}/secrets";
    let stored = product.rest("POST", create).json(&json!({"name": "db", "secret_string": "x"}));
    assert_eq!(stored.send().await.unwrap().status(), 200);
    let before: Value = product.rest("GET", create).send().await.unwrap().json().await.unwrap();
    for (path, body) in [
        (create, r#"["name","","","value"]"#),
        (IMPORT, r#"{"secrets":[["name","","","value"]]}"#),
        ("/v1/{project_id}/secrets/db/scheduled-deleted-tasks/create", "[]"),
        ("/v1/{project_id}/secrets/db/scheduled-deleted-tasks/create", "[7]"),
        ("/v1/{project_id}/secrets/batch-delete", r#"["instance"]"#),
        ("/v1/{project_id}/secrets/db/versions", r#"["value"]"#),
    ] {
        let request = product.rest("POST", path).header("content-type", "application/json").body(body);
        assert_eq!(told(request).await, (400, "CSMS.0004".to_owned()), "{body}");
    }
    let after: Value = product.rest("GET", create).send().await.unwrap().json().await.unwrap();
    assert_eq!(after, before, "nothing has changed");
}

#[tokio::test]
async fn oversized_request_is_rejected_alike_by_every_transport() {
    let product = Product::start_with(|settings| settings.max_body_bytes = Some(4_096)).await;
    for transport in TRANSPORTS {
        let secrets = vec![crate::create_secret::text("a", &"x".repeat(4_096))];
        let request = BatchImportSecretsRequest { secrets, ..Default::default() };
        let told =
            transport.send::<_, BatchImportSecretsResponse>(&product, "BatchImportSecrets", request).await;
        let told = told.unwrap_err();
        assert_eq!(told.code, "CSMS.0004", "{transport:?}");
        assert!(told.sentence.contains("4096 bytes"), "{transport:?}: {}", told.sentence);
    }
}

#[tokio::test]
async fn unauthenticated_request_is_rejected_before_its_message_is_read() {
    let product = Product::start().await;
    let mut stream = TcpStream::connect(product.endpoint.strip_prefix("http://").unwrap()).await.unwrap();
    let head = "POST /strongroom.v1.Batches/BatchImportSecrets HTTP/1.1\r\nhost: x\r\n\
                content-type: application/grpc-web+proto\r\ncontent-length: 1000000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4_096];
    let length = stream.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]).to_lowercase();
    assert!(answer.contains("grpc-status: 16"), "{answer}");
}
