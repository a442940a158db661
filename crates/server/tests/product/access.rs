//! Requests without credentials are rejected, and callers cannot reach other projects.

use crate::product::{DAY, Product};
use crate::transports::{Transport, methods, through_all_transports};
use strongroom_contract::v1::{ListSecretsRequest, ListSecretsResponse};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tonic_types::StatusExt;

#[tokio::test]
async fn every_transport_rejects_a_caller_without_credentials() {
    through_all_transports(|transport, mut product| async move {
        let mut seen = Vec::new();
        for token in ["", "never-issued-never-issued-never-issued"] {
            product.token = token.to_owned();
            seen.push(
                transport
                    .send::<_, ListSecretsResponse>(&product, "ListSecrets", ListSecretsRequest::default())
                    .await,
            );
        }
        assert!(seen.iter().all(|rejected| rejected.as_ref().unwrap_err().code == "APIGW.0301"));
        seen
    })
    .await;
}

#[tokio::test]
async fn every_rpc_needs_credentials() {
    let product = Product::start().await;
    for method in methods().into_iter().filter(|method| method.name() != "CreateToken") {
        let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
        let request = reqwest::Client::new()
            .post(product.url(&path))
            .header("content-type", "application/grpc-web+proto");
        let answer = request.body(vec![0, 0, 0, 0, 0]).send().await.unwrap();
        assert_eq!(answer.headers()["grpc-status"], "16", "{path}");
    }
}

#[tokio::test]
async fn token_expires_after_a_day() {
    let product = Product::start().await;
    product.pass(DAY - 1);
    assert_eq!(product.rest("GET", "/v1/{project_id}/secrets").send().await.unwrap().status(), 200);
    product.pass(1);
    assert_eq!(product.rest("GET", "/v1/{project_id}/secrets").send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn metrics_need_credentials() {
    let product = Product::start().await;
    let metrics = product.url("/metrics");
    assert_eq!(reqwest::get(&metrics).await.unwrap().status(), 401);
    let asked = |secret: &str| {
        reqwest::Client::new().get(&metrics).basic_auth(product.known("access_key"), Some(secret)).send()
    };
    assert_eq!(asked("wrong").await.unwrap().status(), 401);
    let _ = Transport::Rest
        .send::<_, ListSecretsResponse>(&product, "ListSecrets", ListSecretsRequest::default())
        .await;
    let shown = asked(&product.known("secret_key")).await.unwrap().text().await.unwrap();
    assert!(
        shown.contains(r#"strongroom_requests_total{operation="ListSecrets",transport="rest",code="OK"} 1"#),
        "{shown}"
    );
    assert!(shown.contains("strongroom_storage_flushes_total "));
    assert!(shown.ends_with("# EOF\n"));
}

/// Sends a raw HTTP/1.1 head and returns the start of the answer.
async fn sent(product: &Product, head: &str) -> String {
    let mut stream = TcpStream::connect(product.endpoint.strip_prefix("http://").unwrap()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn repeated_or_conflicting_credentials_are_rejected() {
    let product = Product::start().await;
    let (token, project) = (&product.token, product.known("project_id"));
    let token_line = format!("x-auth-token: {token}\r\n");
    let right = format!("{token_line}x-project-id: {project}\r\n");
    let signature =
        "authorization: SDK-HMAC-SHA256 Access=A, SignedHeaders=host;x-sdk-date, Signature=00\r\n";
    for (more, status, words) in [
        (String::new(), 200, ""),
        (token_line.clone(), 401, "X-Auth-Token is repeated"),
        ("x-auth-token: other\r\n".to_owned(), 401, "X-Auth-Token is repeated"),
        (format!("x-project-id: {project}\r\n"), 401, "X-Project-Id is repeated"),
        (format!("authorization: Bearer {token}\r\n"), 401, "both X-Auth-Token and Authorization"),
        (signature.to_owned(), 401, "both X-Auth-Token and Authorization"),
        ("authorization: Digest of-a-proxy\r\n".to_owned(), 200, ""),
        (format!("{signature}{signature}"), 401, "Authorization is repeated"),
        ("x-sdk-date: 20260101T000000Z\r\n".repeat(2), 401, "X-Sdk-Date is repeated"),
        ("host: other\r\n".to_owned(), 401, "Host is repeated"),
    ] {
        let lines = format!("host: h\r\nconnection: close\r\n{right}{more}\r\n");
        let answer = sent(&product, &format!("GET /v1/{project}/secrets HTTP/1.1\r\n{lines}")).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.contains(words),
            "{more}: {answer}"
        );
        let grpc = "content-type: application/grpc-web+proto\r\ncontent-length: 5\r\n";
        let call = format!("POST /strongroom.v1.Secrets/ListSecrets HTTP/1.1\r\n{grpc}{lines}\0\0\0\0\0");
        let answer = sent(&product, &call).await.to_lowercase();
        let expected = if status == 200 { "grpc-status:0" } else { "grpc-status: 16" };
        assert!(answer.contains(expected), "{more}: {answer}");
        let scrape = format!("GET /metrics HTTP/1.1\r\n{lines}");
        assert!(sent(&product, &scrape).await.starts_with(&format!("HTTP/1.1 {status} ")), "{more}");
    }
}

#[tokio::test]
async fn reflection_needs_a_token_unless_open_reflection_is_set() {
    let path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    let ask = |product: &Product, token: Option<String>| {
        // `list_services` as one frame.
        let request = reqwest::Client::new()
            .post(product.url(path))
            .header("content-type", "application/grpc-web+proto")
            .body(vec![0, 0, 0, 0, 2, 0x3a, 0]);
        token.into_iter().fold(request, |request, token| request.header("x-auth-token", token)).send()
    };
    let product = Product::start().await;
    let rejected = ask(&product, None).await.unwrap();
    let status = tonic::Status::from_header_map(rejected.headers()).unwrap();
    let details = status.get_error_details();
    assert_eq!(status.code(), tonic::Code::Unauthenticated);
    assert_eq!(details.error_info().unwrap().reason, "APIGW.0301");
    assert_eq!(details.request_info().unwrap().request_id.len(), 32);
    let answer = ask(&product, Some(product.token.clone())).await.unwrap().bytes().await.unwrap();
    assert!(String::from_utf8_lossy(&answer).contains("strongroom.v1.Secrets"));

    let open = Product::start_with(|settings| settings.open_reflection = Some(true)).await;
    let answer = ask(&open, None).await.unwrap().bytes().await.unwrap();
    assert!(String::from_utf8_lossy(&answer).contains("strongroom.v1.Secrets"));
}
