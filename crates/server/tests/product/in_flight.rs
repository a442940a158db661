//! Memory limits of requests and answers: lists are counted before they are decoded, and bytes have a budget.

use std::convert::Infallible;

use bytes::{BufMut, Bytes};
use http_body_util::StreamBody;
use hyper::body::Frame;
use serde_json::{Value, json};
use strongroom_contract::v1::{
    BatchDeleteSecretsRequest, BatchDeleteSecretsResponse, BatchImportSecretsRequest,
    BatchImportSecretsResponse, ImportSecretsStreamRequest, ImportSecretsStreamResponse, NewSecret,
    ShowSecretRequest, ShowSecretResponse, TagValues,
};
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic_types::StatusExt;

use crate::create_secret::text;
use crate::product::Product;
use crate::transports::{TRANSPORTS, Transport, lines_to, through_all_transports};

const IMPORT: &str = "/v1/{project_id}/secrets/batch-import";
const MIB: usize = 1024 * 1024;

/// A server with small limits: large requests and answers may use 2.25 MiB of the 3 MiB of a caller.
async fn small() -> Product {
    Product::start_with(|settings| {
        settings.max_body_bytes = Some(MIB);
        settings.max_in_flight_bytes_per_caller = Some(3 * MIB);
        settings.max_in_flight_bytes = Some(6 * MIB);
    })
    .await
}

#[tokio::test]
async fn list_far_over_its_limit_is_rejected_alike_by_every_transport() {
    through_all_transports(|transport, product| async move {
        let mut seen = Vec::new();
        let secrets = vec![NewSecret::default(); 2_001];
        let import = BatchImportSecretsRequest { secrets, ..Default::default() };
        seen.push(
            transport.send::<_, BatchImportSecretsResponse>(&product, "BatchImportSecrets", import).await,
        );
        let names = vec!["a".to_owned(); 2_001];
        let delete = BatchDeleteSecretsRequest { names, ..Default::default() };
        seen.push(
            transport.send::<_, BatchDeleteSecretsResponse>(&product, "BatchDeleteSecrets", delete).await,
        );
        let tags = vec![TagValues { key: "k".to_owned(), values: vec!["v".to_owned(); 2_001] }];
        let delete = BatchDeleteSecretsRequest { tags, ..Default::default() };
        seen.push(
            transport.send::<_, BatchDeleteSecretsResponse>(&product, "BatchDeleteSecrets", delete).await,
        );
        for (told, field) in seen.iter().zip(["secrets", "names", "tags[0].values"]) {
            let told = told.as_ref().unwrap_err();
            assert_eq!(told.code, "CSMS.0002", "{told:?}");
            assert_eq!(told.fields, [field]);
            assert_eq!(told.problems[0].0, "TOO_MANY");
            assert!(told.sentence.contains("more than 2000 elements; at most 1000 are allowed"), "{told:?}");
        }
        seen
    })
    .await;
}

#[tokio::test]
async fn elements_of_two_bytes_are_not_decoded() {
    let product = Product::start().await;
    let entries = 5_000_000;
    let body = format!(r#"{{"secrets":[{}{{}}]}}"#, "{},".repeat(entries));
    let answer = product.rest("POST", IMPORT).header("content-type", "application/json").body(body);
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status(), 400);
    let told: Value = answer.json().await.unwrap();
    assert_eq!(
        (&told["error_code"], &told["problems"][0]["field"]),
        (&json!("CSMS.0002"), &json!("secrets"))
    );
    let lines =
        format!("{{\"name\":\"a\"}}\n{{\"event_subscriptions\":[{}\"\"]}}\n", "\"\",".repeat(entries));
    let answer = lines_to(&product, "/v1/{project_id}/secrets/import-stream", lines).send().await.unwrap();
    let answer = answer.text().await.unwrap();
    assert!(answer.contains("event_subscriptions: The list has more than 1001 elements"), "{answer}");
    let mut message = Vec::new();
    message.put_bytes(0, 5);
    message.extend([0x12, 0].repeat(entries));
    let length = (message.len() - 5) as u32;
    message[1..5].copy_from_slice(&length.to_be_bytes());
    let answer = reqwest::Client::new()
        .post(product.url("/strongroom.v1.Batches/BatchImportSecrets"))
        .header("content-type", "application/grpc-web+proto")
        .header("x-auth-token", &product.token)
        .body(message)
        .send()
        .await
        .unwrap();
    let status = tonic::Status::from_header_map(answer.headers()).unwrap();
    assert_eq!(status.code(), tonic::Code::InvalidArgument);
    assert_eq!(status.get_details_error_info().unwrap().reason, "CSMS.0002");
}

/// An upload that stalls after this number of bytes.
async fn hold(product: &Product, path: &str, content_type: &str, bytes: usize) -> mpsc::Sender<Bytes> {
    let (sender, pieces) = mpsc::channel(1);
    let frames = ReceiverStream::new(pieces).map(|piece| Ok::<_, Infallible>(Frame::data(piece)));
    let body = reqwest::Body::wrap(StreamBody::new(frames));
    let request = product.rest("POST", path).header("content-type", content_type).body(body);
    tokio::spawn(async { request.send().await.unwrap() });
    let start: &[u8] = br#"{"name":"a","secret_string":""#;
    sender.send(Bytes::from_static(start)).await.unwrap();
    for _ in 0..bytes / 1_024 {
        sender.send(Bytes::from(vec![b'x'; 1_024])).await.unwrap();
    }
    sender
}

/// Retries until the expected answer arrives, because uploads take time to reach the server.
async fn until<T>(mut attempt: impl AsyncFnMut() -> Option<T>) -> T {
    loop {
        if let Some(seen) = attempt().await {
            return seen;
        }
    }
}

#[tokio::test]
async fn request_over_the_budget_is_rejected_and_small_ones_are_served() {
    let product = small().await;
    let stored =
        product.rest("POST", "/v1/{project_id}/secrets").json(&json!({"name": "kept", "secret_string": "x"}));
    assert_eq!(stored.send().await.unwrap().status(), 200);
    for (path, content_type) in [
        (IMPORT, "application/json"),
        // A line without an end.
        ("/v1/{project_id}/secrets/import-stream", "application/x-ndjson"),
    ] {
        let held = hold(&product, path, content_type, MIB - 50_000).await;
        let secrets: Vec<_> =
            (0..20).map(|number| text(&format!("many-{number}"), &"x".repeat(20_000))).collect();
        let import =
            || BatchImportSecretsRequest { secrets: secrets.clone(), dry_run: true, ..Default::default() };
        for transport in TRANSPORTS {
            let told = until(async || {
                let sent =
                    transport.send::<_, BatchImportSecretsResponse>(&product, "BatchImportSecrets", import());
                sent.await.err()
            });
            let told = told.await;
            assert_eq!(told.code, "APIGW.0308", "{transport:?}: {told:?}");
            assert!(told.sentence.contains("try again"), "{transport:?}: {told:?}");
            let show = ShowSecretRequest { secret_name: "kept".to_owned(), ..Default::default() };
            let shown = transport.send::<_, ShowSecretResponse>(&product, "ShowSecret", show).await;
            assert_eq!(shown.unwrap()["secret"]["name"], "kept", "{transport:?}");
        }
        let answer = product.rest("POST", IMPORT).json(&json!({"secrets": secrets, "dry_run": true}));
        let answer = answer.send().await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), &answer.headers()["retry-after"]),
            (429, &"1".parse().unwrap())
        );
        drop(held);
        for transport in TRANSPORTS {
            until(async || {
                let sent =
                    transport.send::<_, BatchImportSecretsResponse>(&product, "BatchImportSecrets", import());
                sent.await.ok()
            })
            .await;
        }
    }
}

#[tokio::test]
async fn request_that_can_never_fit_is_rejected_for_good() {
    let product = small().await;
    let entries = vec![NewSecret::default(); 10_000];
    for transport in TRANSPORTS {
        let request = ImportSecretsStreamRequest { secrets: entries.clone(), ..Default::default() };
        let (_, told) = transport
            .stream::<_, ImportSecretsStreamResponse>(&product, "ImportSecretsWithProgress", vec![request])
            .await;
        let told = told.unwrap();
        assert_eq!(told.code, "CSMS.0004", "{transport:?}");
        assert!(told.sentence.contains("Send fewer entries at a time"), "{transport:?}: {told:?}");
    }
}

#[tokio::test]
async fn unread_answers_leave_budget_for_small_requests() {
    let product = small().await;
    let secrets: Vec<_> = (0..200)
        .map(|number| NewSecret { description: "d".repeat(2_000), ..text(&format!("name-{number}"), "x") })
        .collect();
    let import = BatchImportSecretsRequest { secrets, ..Default::default() };
    let imported =
        Transport::Rest.send::<_, BatchImportSecretsResponse>(&product, "BatchImportSecrets", import).await;
    assert_eq!(imported.unwrap()["success"], 200);
    let list = "/v1/{project_id}/secrets?limit=1000";
    // HTTP/2 with the smallest window, so that unread data stays in the server.
    let deaf = async || {
        let client = reqwest::Client::builder()
            .http2_prior_knowledge()
            .http2_initial_stream_window_size(65_535)
            .http2_initial_connection_window_size(65_535);
        let request = client.build().unwrap().get(product.url(list)).header("x-auth-token", &product.token);
        request.send().await.unwrap()
    };
    let mut unread = Vec::new();
    let rejected = until(async || {
        let answer = deaf().await;
        if answer.status() == 200 {
            unread.push(answer);
            return None;
        }
        Some(answer)
    })
    .await;
    assert_eq!(
        (rejected.status().as_u16(), &rejected.headers()["retry-after"]),
        (429, &"1".parse().unwrap())
    );
    assert!((2..=6).contains(&unread.len()), "{} answers of 500 kB are held in 2.25 MiB", unread.len());
    for transport in TRANSPORTS {
        let show = ShowSecretRequest { secret_name: "name-1".to_owned(), ..Default::default() };
        let shown = transport.send::<_, ShowSecretResponse>(&product, "ShowSecret", show).await;
        assert_eq!(shown.unwrap()["secret"]["name"], "name-1", "{transport:?}");
    }
    // The answers are still complete.
    let whole: Value = unread.pop().unwrap().json().await.unwrap();
    assert_eq!(whole["secrets"].as_array().unwrap().len(), 200);
    drop(unread);
    let read: Value = product.rest("GET", list).send().await.unwrap().json().await.unwrap();
    assert_eq!(read, whole);
}
