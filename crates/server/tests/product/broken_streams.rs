//! Connections that are lost or stall during a stream: reported outcomes are stored, and the server holds little memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use strongroom_contract::v1::{NewSecret, Outcome, ShowBatchRequest, ShowBatchResponse};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::create_secret::text;
use crate::import_secrets_stream::{Request, Response, entries};
use crate::product::Product;
use crate::transports::Transport;

/// The shortest HTTP/2 preface.
const WINDOW: usize = 65_535;

async fn kept(product: &Product, batch_id: &str) -> (Vec<Value>, bool) {
    let show = ShowBatchRequest { batch_id: batch_id.to_owned(), limit: Some(1_000), ..Default::default() };
    let shown = Transport::Grpc.send::<_, ShowBatchResponse>(product, "ShowBatch", show).await.unwrap();
    let outcomes = shown["outcomes"].as_array().unwrap().clone();
    (outcomes, shown["batch"]["finished"].as_bool().unwrap())
}

fn told(outcomes: &[Outcome]) -> Vec<Value> {
    outcomes.iter().map(|outcome| serde_json::to_value(outcome).unwrap()).collect()
}

/// A stream over a connection with small buffers.
async fn underway(product: &Product, sent: mpsc::Receiver<Request>) -> tonic::Streaming<Response> {
    let endpoint = tonic::transport::Endpoint::new(product.endpoint.clone()).unwrap();
    let endpoint =
        endpoint.initial_stream_window_size(WINDOW as u32).initial_connection_window_size(WINDOW as u32);
    let mut client = tonic::client::Grpc::new(endpoint.connect().await.unwrap());
    client.ready().await.unwrap();
    let mut request = tonic::Request::new(ReceiverStream::new(sent));
    request.metadata_mut().insert("x-auth-token", product.token.parse().unwrap());
    let path = "/strongroom.v1.Batches/ImportSecretsStream".parse().unwrap();
    let codec = tonic_prost::ProstCodec::<Request, Response>::default();
    // The head of the answer arrives before anything was sent.
    client.streaming(request, path, codec).await.unwrap().into_inner()
}

#[tokio::test]
async fn disconnected_grpc_caller_finds_the_reported_outcomes() {
    let product = Product::start().await;
    let (messages, sent) = mpsc::channel::<Request>(1);
    let (mut outcomes, mut batch_id) = (Vec::new(), String::new());
    {
        let mut answers = underway(&product, sent).await;
        for number in 0..3 {
            messages.send(entries(vec![text(&format!("name-{number}"), "x")])).await.unwrap();
            while outcomes.len() <= number {
                let answer = answers.message().await.unwrap().unwrap();
                batch_id = answer.progress.unwrap().batch_id;
                outcomes.extend(answer.outcomes);
            }
        }
    }
    let (kept, finished) = kept(&product, &batch_id).await;
    assert_eq!((kept, finished), (told(&outcomes), false));
}

#[tokio::test]
async fn lines_are_answered_while_others_are_sent() {
    let product = Product::start().await;
    let address = product.endpoint.strip_prefix("http://").unwrap();
    let mut answered = String::new();
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut batch_id = String::new();
    {
        let mut connection = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "POST {} HTTP/1.1\r\nhost: {address}\r\nx-auth-token: {}\r\ncontent-type: application/jsonl\r\ntransfer-encoding: chunked\r\n\r\n",
            product.url("/v1/{project_id}/secrets/import-stream").strip_prefix(&product.endpoint).unwrap(),
            product.token
        );
        connection.write_all(head.as_bytes()).await.unwrap();
        for number in 0..3 {
            let line = format!("{{\"name\":\"name-{number}\",\"secret_string\":\"x\"}}\n");
            connection.write_all(format!("{:x}\r\n{line}\r\n", line.len()).as_bytes()).await.unwrap();
            while outcomes.len() <= number {
                let mut part = [0; 4_096];
                let read = connection.read(&mut part).await.unwrap();
                assert!(read > 0, "{answered}");
                answered.push_str(std::str::from_utf8(&part[..read]).unwrap());
                let lines: Vec<Response> =
                    answered.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
                batch_id =
                    lines.last().map(|line| line.progress.clone().unwrap().batch_id).unwrap_or_default();
                outcomes = lines.into_iter().flat_map(|line| line.outcomes).collect();
            }
        }
    }
    let (kept, finished) = kept(&product, &batch_id).await;
    assert_eq!((kept, finished), (told(&outcomes), false));
}

#[tokio::test]
async fn caller_that_does_not_read_is_held_back_and_later_gets_all_outcomes() {
    const MESSAGES: usize = 60;
    const ENTRIES: usize = 500;
    let product = Product::start().await;
    let (messages, sent) = mpsc::channel::<Request>(1);
    let mut answers = underway(&product, sent).await;
    let taken = Arc::new(AtomicUsize::new(0));
    let counting = taken.clone();
    let sending = tokio::spawn(async move {
        // The entries are rejected, so that only the answers take time.
        let entry = NewSecret { description: "x".repeat(2_000), ..text("no name", "x") };
        for _ in 0..MESSAGES {
            messages.send(entries(vec![entry.clone(); ENTRIES])).await.unwrap();
            counting.fetch_add(1, Ordering::SeqCst);
        }
    });
    // Wait until nothing moves while the server answers others.
    let mut before = 0;
    loop {
        for _ in 0..20 {
            product.rest("GET", "/v1/{project_id}/csms/limits").send().await.unwrap();
        }
        let now = taken.load(Ordering::SeqCst);
        if now > 0 && now == before {
            break;
        }
        before = now;
    }
    // By the capacities some twenty: two answers wait, each of up to two messages, and as many are under way at either end;
    // one group is gathered, two messages wait for it, and one is in the window.
    assert!(before <= MESSAGES / 2, "{before} of {MESSAGES} messages were taken");
    let (mut places, mut finished) = (Vec::new(), false);
    while let Some(answer) = answers.message().await.unwrap() {
        places.extend(answer.outcomes.iter().map(|outcome| outcome.index as usize));
        finished = answer.progress.unwrap().finished;
    }
    sending.await.unwrap();
    assert_eq!(places, (0..MESSAGES * ENTRIES).collect::<Vec<_>>());
    assert!(finished);
}
