//! What is wrong with a request is told in the documented form, and nothing stored is changed by it.

use serde_json::{Value, json};

use crate::product::Product;

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
async fn wrong_bodies_are_told_in_the_documented_form() {
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
async fn wrong_paths_and_methods_are_told_in_the_documented_form() {
    let product = Product::start().await;
    for (method, path, expected) in [
        ("GET", "/v1/{project_id}/nothing", (404, "CSMS.0003")),
        ("POST", "/nothing", (404, "CSMS.0003")),
        ("PATCH", "/v1/{project_id}/secrets", (405, "CSMS.0003")),
        ("PUT", "/v1/{project_id}/secrets/batch-import", (405, "CSMS.0003")),
        ("GET", "/v1/{project_id}/secrets?limit=ten", (400, "CSMS.0002")),
        ("GET", "/v1/{project_id}/secrets/a%20b", (400, "CSMS.0002")),
        ("GET", "/v1/{project_id}/secrets/..%2F", (400, "CSMS.0002")),
        ("GET", "/v1/{project_id}/secrets/restore", (404, "CSMS.0106")),
        ("GET", "/v1/ffffffffffffffffffffffffffffffff/secrets", (403, "CSMS.0302")),
    ] {
        let (status, code) = told(product.rest(method, path)).await;
        assert_eq!((status, code.as_str()), expected, "{method} {path}");
    }
}

#[tokio::test]
async fn the_size_of_a_grpc_message_is_limited_like_that_of_a_body() {
    use strongroom_contract::v1::{BatchImportSecretsRequest, BatchImportSecretsResponse};
    let product = Product::start_with(|settings| settings.max_body_bytes = Some(4_096)).await;
    let channel = tonic::transport::Endpoint::new(product.endpoint.clone()).unwrap().connect().await.unwrap();
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.unwrap();
    let secrets = vec![crate::create_secret::text("a", &"x".repeat(4_096))];
    let request = tonic::Request::new(BatchImportSecretsRequest { project_id: String::new(), secrets });
    let codec = tonic_prost::ProstCodec::<BatchImportSecretsRequest, BatchImportSecretsResponse>::default();
    let path = "/strongroom.v1.Batches/BatchImportSecrets".parse().unwrap();
    assert_eq!(client.unary(request, path, codec).await.unwrap_err().code(), tonic::Code::OutOfRange);
}
