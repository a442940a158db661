//! A client that sends its whole body before it reads gets the answer to a request that was rejected long before.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::product::Product;

struct Answer {
    status: u16,
    body: String,
}

/// Reads one answer that has a length.
async fn answer(stream: &mut TcpStream) -> Answer {
    let (mut read, mut head_end) = (Vec::new(), None);
    while head_end.is_none() {
        let mut piece = [0; 4_096];
        let length = stream.read(&mut piece).await.expect("the answer comes before the connection is reset");
        assert!(length > 0, "the connection ended without an answer");
        read.extend_from_slice(&piece[..length]);
        head_end = read.windows(4).position(|window| window == b"\r\n\r\n").map(|at| at + 4);
    }
    let head_end = head_end.unwrap();
    let head = String::from_utf8(read[..head_end].to_vec()).unwrap().to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
    let mut body = read[head_end..].to_vec();
    while body.len() < length.parse().unwrap() {
        let mut piece = [0; 4_096];
        let length = stream.read(&mut piece).await.unwrap();
        body.extend_from_slice(&piece[..length]);
    }
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        body: String::from_utf8(body).unwrap(),
    }
}

async fn connect(product: &Product) -> TcpStream {
    TcpStream::connect(product.endpoint.strip_prefix("http://").unwrap()).await.unwrap()
}

fn head(product: &Product, token: &str, path: &str, content_type: &str, length: usize) -> String {
    let path = path.replace("{project_id}", &product.known("project_id"));
    format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nx-auth-token: {token}\r\ncontent-type: {content_type}\r\n\
         content-length: {length}\r\n\r\n"
    )
}

const IMPORT: &str = "/v1/{project_id}/secrets/batch-import";

#[tokio::test]
async fn the_rejection_is_read_and_the_connection_goes_on() {
    let product = Product::start_with(|settings| settings.max_body_bytes = Some(4_000_000)).await;
    let of_web = "/strongroom.v1.Batches/BatchImportSecrets";
    let (json, web, lines) = ("application/json", "application/grpc-web+proto", "application/x-ndjson");
    let stream = "/v1/{project_id}/secrets/import-stream";
    for (token, path, content_type, length, status) in [
        ("unknown", IMPORT, json, 100_000, 401),
        ("unknown", IMPORT, json, 5_000_000, 401),
        (&product.token, IMPORT, json, 5_000_000, 400),
        (&product.token, "/v1/{project_id}/nothing", json, 5_000_000, 404),
        (&product.token, IMPORT, "text/plain", 3_000_000, 400),
        ("unknown", of_web, web, 5_000_000, 200),
        (&product.token, stream, lines, 5_000_000, 400),
    ] {
        for _ in 0..5 {
            let mut connection = connect(&product).await;
            let request = head(&product, token, path, content_type, length);
            connection.write_all(request.as_bytes()).await.unwrap();
            connection.write_all(&vec![b'x'; length]).await.expect("the body is read on");
            let rejected = answer(&mut connection).await;
            assert_eq!(rejected.status, status, "{path} {length}: {}", rejected.body);
            let again = head(&product, "unknown", IMPORT, json, 2) + "{}";
            connection.write_all(again.as_bytes()).await.unwrap();
            assert_eq!(answer(&mut connection).await.status, 401, "the connection can be used again");
        }
    }
}

#[tokio::test]
async fn what_is_read_on_has_an_end() {
    let product = Product::start_with(|settings| settings.max_body_bytes = Some(1_000_000)).await;
    let mut connection = connect(&product).await;
    let request = head(&product, "unknown", IMPORT, "application/json", 1_000_000_000);
    connection.write_all(request.as_bytes()).await.unwrap();
    let mut sent = 0;
    while connection.write_all(&[b'x'; 65_536]).await.is_ok() {
        sent += 65_536;
        assert!(sent < 100_000_000, "a body without end is not read to its end");
    }
}

/// Whoever asks first whether the body is wanted sends none, and is not waited for.
#[tokio::test]
async fn a_body_that_was_not_asked_for_is_not_waited_for() {
    let product = Product::start().await;
    let mut connection = connect(&product).await;
    let request = head(&product, "unknown", IMPORT, "application/json", 1_000_000)
        .replace("content-type:", "expect: 100-continue\r\ncontent-type:");
    connection.write_all(request.as_bytes()).await.unwrap();
    let rejected = answer(&mut connection).await;
    assert_eq!(rejected.status, 401, "without 100 Continue before it");
    let told: Value = serde_json::from_str(&rejected.body).unwrap();
    assert_eq!(told["error_code"], "APIGW.0301");
    let mut rest = Vec::new();
    connection.read_to_end(&mut rest).await.unwrap();
    assert!(rest.is_empty());
}
