//! What HTTP and gRPC ask beside messages: compressed ones, content types, deadlines, and rejections that tonic makes.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use prost::Message;
use reqwest::Response;
use serde_json::{Value, json};
use strongroom_contract::v1::BatchImportSecretsRequest;
use tonic_types::StatusExt;

use crate::create_secret::text;
use crate::product::Product;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn framed(flag: u8, message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[flag], length.as_slice(), message].concat()
}

const IMPORT: &str = "/strongroom.v1.Batches/BatchImportSecrets";
const REST_IMPORT: &str = "/v1/{project_id}/secrets/batch-import";

fn import(name: &str) -> BatchImportSecretsRequest {
    BatchImportSecretsRequest { secrets: vec![text(name, &"x".repeat(1_000))], ..Default::default() }
}

/// A call as a client of gRPC makes it, over HTTP/2 or as gRPC-Web over HTTP/1.1.
fn call(
    product: &Product,
    is_web: bool,
    path: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> reqwest::RequestBuilder {
    let client = match is_web {
        true => reqwest::Client::new(),
        false => reqwest::Client::builder().http2_prior_knowledge().build().unwrap(),
    };
    let content_type = if is_web { "application/grpc-web+proto" } else { "application/grpc" };
    let request = client
        .post(product.url(path))
        .header("x-auth-token", &product.token)
        .header("te", "trailers")
        .header("content-type", content_type);
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).body(body)
}

/// The code of a call that was rejected before it had an answer. Details and request id are there always.
fn rejected(answer: &Response) -> (i32, String) {
    assert_eq!(answer.status(), 200);
    let status = tonic::Status::from_header_map(answer.headers()).expect("a status among the headers");
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(id.len(), 32);
    let details = status.get_error_details();
    assert_eq!(details.request_info().unwrap().request_id, id, "{status:?}");
    assert!(!details.error_info().unwrap().metadata["reason"].is_empty());
    (status.code().into(), status.message().to_owned())
}

async fn names(product: &Product) -> Vec<String> {
    let list: Value =
        product.rest("GET", "/v1/{project_id}/secrets").send().await.unwrap().json().await.unwrap();
    let names = list["secrets"].as_array().unwrap().iter();
    names.map(|secret| secret["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn compressed_messages_are_taken_and_other_codings_named() {
    let product = Product::start().await;
    for (is_web, name) in [(false, "a"), (true, "b")] {
        let message = framed(1, &gzip(&import(name).encode_to_vec()));
        let encoding = [("grpc-encoding", "gzip")];
        let answer = call(&product, is_web, IMPORT, &encoding, message.clone()).send().await.unwrap();
        assert!(!answer.headers().contains_key("grpc-status"), "{:?}", answer.headers());
        assert_eq!(answer.bytes().await.unwrap().first(), Some(&0), "an answer");
        // Announced, and yet sent as it is, which is allowed.
        let plain = framed(0, &import(&format!("{name}-plain")).encode_to_vec());
        let answer = call(&product, is_web, IMPORT, &encoding, plain).send().await.unwrap();
        assert!(!answer.headers().contains_key("grpc-status"));

        for coding in ["zstd", "deflate", "snappy"] {
            let answer = call(&product, is_web, IMPORT, &[("grpc-encoding", coding)], message.clone());
            let answer = answer.send().await.unwrap();
            assert_eq!(answer.headers()["grpc-accept-encoding"], "identity,gzip");
            let (code, sentence) = rejected(&answer);
            assert_eq!(code, 12);
            assert!(sentence.contains(coding) && sentence.contains("gzip"), "{sentence}");
        }
        let unannounced = call(&product, is_web, IMPORT, &[], message.clone()).send().await.unwrap();
        assert_eq!(rejected(&unannounced).0, 13);
        let broken = framed(1, b"not gzip");
        let broken = call(&product, is_web, IMPORT, &encoding, broken).send().await.unwrap();
        assert_eq!(rejected(&broken).0, 3);
    }
    assert_eq!(names(&product).await, ["a", "a-plain", "b", "b-plain"]);
}

#[tokio::test]
async fn compressed_bodies_are_taken_within_the_limit_and_other_codings_named() {
    let product = Product::start_with(|settings| settings.max_body_bytes = Some(100_000)).await;
    let send = |body: Vec<u8>, coding: &'static str| {
        let request = product.rest("POST", REST_IMPORT).header("content-type", "application/json");
        request.header("content-encoding", coding).body(body).send()
    };
    let body = |name: &str, length: usize| {
        let secrets = vec![json!({"name": name, "secret_string": "x".repeat(length)})];
        serde_json::to_vec(&json!({"secrets": secrets})).unwrap()
    };
    for (coding, name) in [("gzip", "a"), ("x-gzip", "b"), ("GZIP", "c")] {
        assert_eq!(send(gzip(&body(name, 1_000)), coding).await.unwrap().status(), 200, "{coding}");
    }
    assert_eq!(send(body("d", 1), "identity").await.unwrap().status(), 200);
    for (sent, coding, status, words) in [
        (gzip(&body("x", 1)), "br", 415, "`br`"),
        (gzip(&body("x", 1)), "gzip, gzip", 415, "`gzip, gzip`"),
        (body("x", 1), "gzip", 400, "not gzip"),
        (gzip(&body("x", 10_000_000)), "gzip", 400, "100000 bytes"),
    ] {
        let answer = send(sent, coding).await.unwrap();
        assert_eq!(answer.status(), status, "{coding}");
        assert_eq!(answer.headers().get("accept-encoding").is_some(), status == 415);
        let told: Value = answer.json().await.unwrap();
        assert_eq!(
            (&told["error_code"], told["request_id"].as_str().unwrap().len()),
            (&json!("CSMS.0004"), 32)
        );
        assert!(told["detail"].as_str().unwrap().contains(words), "{told}");
    }
    let lines = gzip(b"{\"name\":\"e\",\"secret_string\":\"x\"}\n{\"name\":\"f\",\"secret_string\":\"x\"}\n");
    let stream = crate::transports::lines_to(&product, "/v1/{project_id}/secrets/import-stream", lines);
    let answers = stream.header("content-encoding", "gzip").send().await.unwrap().text().await.unwrap();
    assert!(answers.contains(r#""success":2"#), "{answers}");
    assert_eq!(names(&product).await, ["a", "b", "c", "d", "e", "f"]);
}

#[tokio::test]
async fn what_tonic_rejects_has_our_details() {
    let product = Product::start().await;
    let message = || framed(0, &[]);
    for is_web in [false, true] {
        for path in [
            "/strongroom.v1.Batches/NoSuchMethod",
            "/no.such.Service/Method",
            "/grpc.health.v1.Health/NoSuchMethod",
            "/grpc.reflection.v1.ServerReflection/NoSuchMethod",
        ] {
            let answer = call(&product, is_web, path, &[], message()).send().await.unwrap();
            assert_eq!(rejected(&answer).0, 12, "{path}");
        }
        let unknown = framed(0, &[0x0a, 1, b'x']);
        let health =
            call(&product, is_web, "/grpc.health.v1.Health/Check", &[], unknown).send().await.unwrap();
        assert_eq!(rejected(&health).0, 5);
    }
}

#[tokio::test]
async fn other_content_types_and_methods_are_rejected_as_http_has_it() {
    let product = Product::start().await;
    for (content_type, status) in [
        (Some("application/json"), 415),
        (Some("application/grpc+json"), 415),
        (Some("application/proto"), 415),
        (Some("text/html"), 415),
        (None, 415),
        (Some("application/grpc+proto"), 200),
        (Some("Application/gRPC; charset=utf-8"), 200),
    ] {
        let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
        let request = client.post(product.url(IMPORT)).header("x-auth-token", &product.token);
        let request =
            content_type.into_iter().fold(request, |request, given| request.header("content-type", given));
        let answer = request.body(framed(0, &[])).send().await.unwrap();
        assert_eq!(answer.status(), status, "{content_type:?}");
        assert_eq!(answer.headers()["x-request-id"].len(), 32);
        if status == 415 {
            let told: Value = answer.json().await.unwrap();
            assert!(told["detail"].as_str().unwrap().contains("application/grpc"), "{told}");
        }
    }
    let client = reqwest::Client::new();
    let over_http_1 =
        client.post(product.url(IMPORT)).header("content-type", "application/grpc").send().await;
    assert_eq!(over_http_1.unwrap().status(), 415, "it needs trailers");
    for method in ["GET", "PUT", "DELETE"] {
        let answer = client.request(method.parse().unwrap(), product.url(IMPORT)).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), &answer.headers()["allow"]), (405, &"POST".parse().unwrap()));
    }
}

#[tokio::test]
async fn deadlines_are_kept() {
    let product = Product::start().await;
    for is_web in [false, true] {
        let message = || framed(0, &import("late").encode_to_vec());
        let late = call(&product, is_web, IMPORT, &[("grpc-timeout", "1n")], message()).send().await.unwrap();
        assert_eq!(rejected(&late).0, 4);
        for wrong in ["1", "1s", "123456789S"] {
            let answer = call(&product, is_web, IMPORT, &[("grpc-timeout", wrong)], message()).send().await;
            assert_eq!(rejected(&answer.unwrap()).0, 13, "{wrong}");
        }
        let name = if is_web { "b" } else { "a" };
        let message = framed(0, &import(name).encode_to_vec());
        let in_time =
            call(&product, is_web, IMPORT, &[("grpc-timeout", "1M")], message).send().await.unwrap();
        assert!(!in_time.headers().contains_key("grpc-status"));
    }
    // Health that is watched goes on until somebody ends it.
    let watch =
        call(&product, true, "/grpc.health.v1.Health/Watch", &[("grpc-timeout", "200m")], framed(0, &[]));
    let answer = watch.send().await.unwrap().bytes().await.unwrap();
    let trailers = String::from_utf8_lossy(&answer).to_lowercase();
    assert!(trailers.contains("grpc-status:4"), "{trailers}");
}
