//! Connections and requests without credentials are limited, and other clients are served meanwhile.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use crate::product::Product;

/// Connects from another loopback address, which counts as another client.
async fn connect_from(address: [u8; 4], product: &Product) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((address, 0))).unwrap();
    let server = product.endpoint.strip_prefix("http://").unwrap().parse().unwrap();
    socket.connect(server).await.unwrap()
}

/// Whether the server has closed the connection. An open one sends nothing without a request.
async fn is_closed(stream: &mut TcpStream) -> bool {
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read_u8()).await;
    read.is_ok_and(|read| read.is_err())
}

async fn metric(product: &Product, line: &str) -> u64 {
    let ask = || {
        reqwest::Client::new()
            .get(product.url("/metrics"))
            .basic_auth(product.known("access_key"), Some(product.known("secret_key")))
            .send()
    };
    // In the test with all connections open it may be rejected too.
    let answer = loop {
        if let Ok(answer) = ask().await {
            break answer;
        }
    };
    let shown = answer.text().await.unwrap();
    let found = shown.lines().find_map(|shown| shown.strip_prefix(line)?.trim().parse().ok());
    found.unwrap_or_else(|| panic!("{line} is not in {shown}"))
}

#[tokio::test]
async fn connections_of_one_address_are_limited() {
    let product = Product::start_with(|settings| settings.max_connections_per_address = Some(4)).await;
    let mut kept = Vec::new();
    for _ in 0..4 {
        kept.push(connect_from([127, 0, 0, 2], &product).await);
    }
    let mut fifth = connect_from([127, 0, 0, 2], &product).await;
    assert!(is_closed(&mut fifth).await);
    assert_eq!(product.rest("GET", "/v1/{project_id}/secrets").send().await.unwrap().status(), 200);
    assert_eq!(metric(&product, "strongroom_connections_rejected_total{reason=\"address\"}").await, 1);
    assert!(metric(&product, "strongroom_connections_open").await >= 5);
    kept.pop();
    while is_closed(&mut connect_from([127, 0, 0, 2], &product).await).await {}
}

#[tokio::test]
async fn idle_connections_are_closed_when_there_are_too_many() {
    let product = Product::start_with(|settings| settings.max_connections = Some(16)).await;
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(connect_from([127, 0, 0, 2], &product).await);
    }
    // Each attempt closes another idle connection.
    let served = async {
        while reqwest::get(product.url("/healthz")).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), served).await.expect("nobody was served");
    assert!(metric(&product, "strongroom_connections_closed_idle_total{reason=\"idle\"}").await > 0);
}

type Body = http_body_util::combinators::BoxBody<Bytes, std::convert::Infallible>;

async fn http2(stream: TcpStream) -> SendRequest<Body> {
    let (send, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    send
}

#[tokio::test]
async fn connection_has_at_most_sixteen_requests_without_credentials() {
    let product = Product::start().await;
    let mut client = http2(connect_from([127, 0, 0, 2], &product).await).await;
    let log_in = |body: Body| {
        http::Request::post(product.url("/v3/auth/tokens"))
            .header("content-type", "application/json")
            .body(body)
            .unwrap()
    };
    let mut unfinished = Vec::new();
    for _ in 0..16 {
        let (sender, receiver) = mpsc::channel::<Bytes>(1);
        let frames = ReceiverStream::new(receiver).map(|bytes| Ok(Frame::data(bytes)));
        let answer = client.send_request(log_in(BodyExt::boxed(StreamBody::new(frames))));
        unfinished.push((sender, tokio::spawn(answer)));
    }
    while metric(&product, "strongroom_unauthenticated_requests").await < 16 {}

    let whole = || BodyExt::boxed(Full::new(Bytes::from_static(b"{}")));
    let rejected = client.send_request(log_in(whole())).await.unwrap();
    assert_eq!(
        (rejected.status().as_u16(), &rejected.headers()["retry-after"]),
        (429, &"1".parse().unwrap())
    );
    assert!(rejected.headers().contains_key("x-request-id"));
    let told: serde_json::Value =
        serde_json::from_slice(&rejected.into_body().collect().await.unwrap().to_bytes()).unwrap();
    assert_eq!(told["error"]["code"], 429, "in the form of identity services: {told}");

    let health = http::Request::post(product.url("/grpc.health.v1.Health/Check"))
        .header("content-type", "application/grpc")
        .body(BodyExt::boxed(Full::new(Bytes::from_static(&[0; 5]))))
        .unwrap();
    let rejected = client.send_request(health).await.unwrap();
    assert_eq!(
        (&rejected.headers()["grpc-status"], &rejected.headers()["retry-after"]),
        (&"8".parse().unwrap(), &"1".parse().unwrap())
    );

    let with_credentials = http::Request::get(product.url("/v1/{project_id}/secrets"))
        .header("x-auth-token", &product.token)
        .body(whole())
        .unwrap();
    assert_eq!(client.send_request(with_credentials).await.unwrap().status(), 200);

    let (sender, answer) = unfinished.pop().unwrap();
    drop(sender);
    assert_eq!(answer.await.unwrap().unwrap().status(), 400, "an empty body is judged as one");
    assert_eq!(client.send_request(log_in(whole())).await.unwrap().status(), 400);
    assert!(
        metric(&product, "strongroom_unauthenticated_requests_rejected_total{reason=\"in_flight\"}").await
            >= 2
    );
}
