//! Connections that break in the middle of a stream: what was told is there.

use serde_json::Value;
use strongroom_contract::v1::{Outcome, ShowBatchRequest, ShowBatchResponse};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::create_secret::text;
use crate::doors::Door;
use crate::import_secrets_stream::{Request, Response, entries};
use crate::product::Product;

async fn kept(product: &Product, batch_id: &str) -> (Vec<Value>, bool) {
    let show = ShowBatchRequest { batch_id: batch_id.to_owned(), limit: Some(1_000), ..Default::default() };
    let shown = Door::Grpc.send::<_, ShowBatchResponse>(product, "ShowBatch", show).await.unwrap();
    let outcomes = shown["outcomes"].as_array().unwrap().clone();
    (outcomes, shown["batch"]["finished"].as_bool().unwrap())
}

fn told(outcomes: &[Outcome]) -> Vec<Value> {
    outcomes.iter().map(|outcome| serde_json::to_value(outcome).unwrap()).collect()
}

#[tokio::test]
async fn a_grpc_caller_that_is_gone_finds_what_it_was_told() {
    let product = Product::start().await;
    let (messages, sent) = mpsc::channel::<Request>(1);
    let (mut outcomes, mut batch_id) = (Vec::new(), String::new());
    {
        let endpoint = tonic::transport::Endpoint::new(product.endpoint.clone()).unwrap();
        let mut client = tonic::client::Grpc::new(endpoint.connect().await.unwrap());
        client.ready().await.unwrap();
        let mut request = tonic::Request::new(ReceiverStream::new(sent));
        request.metadata_mut().insert("x-auth-token", product.token.parse().unwrap());
        let path = "/strongroom.v1.Batches/ImportSecretsStream".parse().unwrap();
        let codec = tonic_prost::ProstCodec::<Request, Response>::default();
        // The head of the answer comes before anything was sent.
        let mut answers = client.streaming(request, path, codec).await.unwrap().into_inner();
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
async fn lines_are_answered_while_they_are_sent() {
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
