//! Sends one request message over a transport and returns the answer as JSON, so that transports can be compared.
//!
//! The REST mapping is read from the contract, as the transports do.

use std::sync::LazyLock;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor, Value as Field};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use strongroom_contract::v1;
use tonic_types::StatusExt;

use crate::product::Product;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Grpc,
    GrpcWeb,
    Rest,
}

pub const TRANSPORTS: [Transport; 3] = [Transport::Grpc, Transport::GrpcWeb, Transport::Rest];

/// A rejection as the caller sees it, independent of the transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub code: String,
    pub documented_text: String,
    pub sentence: String,
    pub fields: Vec<String>,
    /// Code and message of each field.
    pub problems: Vec<(String, String)>,
}

pub static CONTRACT: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(strongroom_contract::FILE_DESCRIPTOR_SET).unwrap());

pub fn methods() -> Vec<MethodDescriptor> {
    let ours = CONTRACT.services().filter(|service| service.package_name() == "strongroom.v1");
    ours.flat_map(|service| service.methods().collect::<Vec<_>>()).collect()
}

impl Transport {
    /// `rpc` is the name in the contract; the answer has the members of its response message.
    pub async fn send<Q, A>(self, product: &Product, rpc: &str, request: Q) -> Result<Value, Told>
    where
        Q: Message + Serialize + Clone + 'static,
        A: Message + Default + Serialize + 'static,
    {
        let method = methods().into_iter().find(|method| method.name() == rpc).unwrap();
        let path = format!("/{}/{}", method.parent_service().full_name(), rpc);
        match self {
            Self::Grpc => grpc::<Q, A>(product, path, request).await,
            Self::GrpcWeb => grpc_web::<A>(product, &path, request.encode_to_vec()).await,
            Self::Rest => rest(product, &method, &request).await,
        }
    }
}

impl Transport {
    /// The same for an rpc that streams: all answers, and what it ended with instead of an end.
    pub async fn stream<Q, A>(self, product: &Product, rpc: &str, requests: Vec<Q>) -> (Vec<A>, Option<Told>)
    where
        Q: Message + Serialize + Clone + Default + 'static,
        A: Message + Default + Serialize + DeserializeOwned + 'static,
    {
        let method = methods().into_iter().find(|method| method.name() == rpc).unwrap();
        let path = format!("/{}/{}", method.parent_service().full_name(), rpc);
        match self {
            Self::Grpc => grpc_stream(product, path, requests).await,
            Self::GrpcWeb => {
                let messages = requests.iter().map(Message::encode_to_vec).collect();
                grpc_web_frames(product, &path, messages).await
            }
            Self::Rest => rest_stream(product, &method, &requests).await,
        }
    }
}

async fn grpc_stream<Q, A>(product: &Product, path: String, requests: Vec<Q>) -> (Vec<A>, Option<Told>)
where
    Q: Message + 'static,
    A: Message + Default + 'static,
{
    let channel = tonic::transport::Endpoint::new(product.endpoint.clone()).unwrap().connect().await.unwrap();
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.unwrap();
    let mut request = tonic::Request::new(tokio_stream::iter(requests));
    request.metadata_mut().insert("x-auth-token", product.token.parse().unwrap());
    let codec = tonic_prost::ProstCodec::<Q, A>::default();
    let answer = match client.streaming(request, path.parse().unwrap(), codec).await {
        Ok(answer) => answer,
        Err(status) => return (Vec::new(), Some(told(&status))),
    };
    assert_eq!(answer.metadata().get("x-request-id").unwrap().len(), 32);
    let (mut answer, mut answers) = (answer.into_inner(), Vec::new());
    loop {
        match answer.message().await {
            Ok(Some(next)) => answers.push(next),
            Ok(None) => return (answers, None),
            Err(status) => return (answers, Some(told(&status))),
        }
    }
}

async fn grpc<Q, A>(product: &Product, path: String, request: Q) -> Result<Value, Told>
where
    Q: Message + 'static,
    A: Message + Default + Serialize + 'static,
{
    let channel = tonic::transport::Endpoint::new(product.endpoint.clone()).unwrap().connect().await.unwrap();
    let mut client = tonic::client::Grpc::new(channel);
    client.ready().await.unwrap();
    let mut request = tonic::Request::new(request);
    request.metadata_mut().insert("x-auth-token", product.token.parse().unwrap());
    let codec = tonic_prost::ProstCodec::<Q, A>::default();
    match client.unary(request, path.parse().unwrap(), codec).await {
        Ok(answer) => {
            assert_eq!(answer.metadata().get("x-request-id").unwrap().len(), 32);
            Ok(serde_json::to_value(answer.into_inner()).unwrap())
        }
        Err(status) => Err(told(&status)),
    }
}

async fn grpc_web<A>(product: &Product, path: &str, request: Vec<u8>) -> Result<Value, Told>
where
    A: Message + Default + Serialize,
{
    let (answers, told) = grpc_web_frames::<A>(product, path, vec![request]).await;
    told.map_or_else(|| Ok(serde_json::to_value(answers.first().unwrap()).unwrap()), Err)
}

/// gRPC-Web framing by hand: a flag, a length, a message. Trailers are a frame of their own, or headers.
async fn grpc_web_frames<A>(product: &Product, path: &str, requests: Vec<Vec<u8>>) -> (Vec<A>, Option<Told>)
where
    A: Message + Default,
{
    let mut body = BytesMut::new();
    for request in requests {
        body.put_u8(0);
        body.put_u32(request.len() as u32);
        body.put_slice(&request);
    }
    let answer = reqwest::Client::new()
        .post(product.url(path))
        .header("content-type", "application/grpc-web+proto")
        .header("x-auth-token", &product.token)
        .body(body.freeze())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/grpc-web+proto");
    let mut trailers = answer.headers().clone();
    let mut frames: Bytes = answer.bytes().await.unwrap();
    let mut answers = Vec::new();
    while frames.has_remaining() {
        let flag = frames.get_u8();
        let length = frames.get_u32() as usize;
        let frame = frames.split_to(length);
        if flag & 0x80 == 0 {
            answers.push(A::decode(frame).unwrap());
            continue;
        }
        for line in std::str::from_utf8(&frame).unwrap().lines() {
            let (name, value) = line.split_once(':').unwrap();
            let name: http::HeaderName = name.trim().parse().unwrap();
            trailers.insert(name, value.trim().parse().unwrap());
        }
    }
    let status = tonic::Status::from_header_map(&trailers).filter(|status| status.code() != tonic::Code::Ok);
    (answers, status.map(|status| told(&status)))
}

fn told(status: &tonic::Status) -> Told {
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!(info.domain, "strongroom");
    assert_eq!(details.request_info().unwrap().request_id.len(), 32);
    let violations =
        details.bad_request().map(|request| request.field_violations.clone()).unwrap_or_default();
    Told {
        code: info.reason.clone(),
        documented_text: info.metadata["documented_text"].clone(),
        sentence: status.message().to_owned(),
        fields: violations.iter().map(|violation| violation.field.clone()).collect(),
        problems: violations.into_iter().map(|violation| (violation.reason, violation.description)).collect(),
    }
}

/// Method, path and the rule for the body.
fn rest_place<Q: Message + Serialize>(
    product: &Product,
    method: &MethodDescriptor,
    request: &Q,
) -> (&'static str, String, String) {
    let mut fields = DynamicMessage::new(method.input());
    fields.transcode_from(request).unwrap();
    let extension = CONTRACT.get_extension_by_name("google.api.http").unwrap();
    let options = method.options();
    let rule = options.get_extension(&extension);
    let rule = rule.as_message().unwrap();
    let text = |name: &str| rule.get_field_by_name(name).unwrap().as_str().unwrap().to_owned();
    let verb =
        ["get", "put", "post", "delete"].into_iter().find(|verb| rule.has_field_by_name(verb)).unwrap();

    let mut path = text(verb);
    for field in method.input().fields() {
        if let Field::String(given) = fields.get_field(&field).into_owned() {
            let given = match (field.name(), given.as_str()) {
                ("project_id", "") => product.known("project_id"),
                _ => given,
            };
            let given = percent_encoding::utf8_percent_encode(&given, percent_encoding::NON_ALPHANUMERIC);
            path = path.replace(&format!("{{{}}}", field.name()), &given.to_string());
        }
    }
    (verb, path, text("body"))
}

async fn rest<Q: Message + Serialize>(
    product: &Product,
    method: &MethodDescriptor,
    request: &Q,
) -> Result<Value, Told> {
    let (verb, mut path, body) = rest_place(product, method, request);
    let json = serde_json::to_value(request).unwrap();
    if body != "*" {
        let empty = [json!(""), json!(false), Value::Null];
        let members = json.as_object().unwrap().iter();
        let given: Vec<_> =
            members.filter(|(name, value)| **name != body && !empty.contains(value)).collect();
        path = format!("{path}?{}", serde_html_form::to_string(&given).unwrap());
    }
    let mut sent = product.rest(&verb.to_uppercase(), &path);
    for (header, value) in request_headers(method, request) {
        sent = sent.header(header, value);
    }
    match body.as_str() {
        "" => {}
        "*" => sent = sent.json(&json),
        field => sent = sent.json(&json[field]),
    }
    let answer = sent.send().await.unwrap();
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let success = answer.status().is_success();
    let body = answer.bytes().await.unwrap();
    let body: Value = if body.is_empty() { json!({}) } else { serde_json::from_slice(&body).unwrap() };
    if success {
        return Ok(body);
    }
    Err(told_in_json(&body, &id))
}

/// The fields sent in headers, as far as they are set.
fn request_headers<Q: Message>(method: &MethodDescriptor, request: &Q) -> Vec<(String, String)> {
    let mut fields = DynamicMessage::new(method.input());
    fields.transcode_from(request).unwrap();
    let extension = CONTRACT.get_extension_by_name("strongroom.v1.request_header").unwrap();
    let input = method.input();
    let carried = input.fields().filter(|field| field.options().has_extension(&extension));
    let named = carried.map(|field| {
        let header = field.options().get_extension(&extension).as_str().unwrap().to_owned();
        (header, fields.get_field(&field).as_str().unwrap().to_owned())
    });
    named.filter(|(_, value)| !value.is_empty()).collect()
}

/// Families that answer like an identity service return only the message over REST.
pub fn sentences_only(mut seen: Vec<Result<Value, Told>>) -> Vec<Result<Value, Told>> {
    for rejected in seen.iter_mut().filter_map(|answer| answer.as_mut().err()) {
        rejected.code.clear();
        rejected.documented_text.clear();
        rejected.fields.clear();
        rejected.problems.clear();
    }
    seen
}

/// Whether a token is accepted, for each transport.
pub async fn accepted_by_all(product: &mut Product, token: &str) -> Vec<bool> {
    let own = std::mem::replace(&mut product.token, token.to_owned());
    let mut accepted = Vec::new();
    for transport in TRANSPORTS {
        let request = v1::ListProjectsRequest::default();
        let answer = transport.send::<_, v1::ListProjectsResponse>(product, "ListProjects", request).await;
        accepted.push(answer.is_ok());
    }
    product.token = own;
    accepted
}

fn told_in_json(body: &Value, id: &str) -> Told {
    // Some families of paths nest the error one level deeper.
    let body = body.get("error").filter(|error| error.get("error_code").is_some()).unwrap_or(body);
    assert!(body.get("error").is_some() || body["request_id"] == id);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let problems = || body["problems"].as_array().into_iter().flatten();
    Told {
        code: text(&body["error_code"]),
        documented_text: text(&body["error_msg"]),
        sentence: text(if body.get("error").is_some() { &body["error"]["message"] } else { &body["detail"] }),
        fields: problems().map(|problem| text(&problem["field"])).collect(),
        problems: problems().map(|problem| (text(&problem["code"]), text(&problem["message"]))).collect(),
    }
}

/// A stream of requests as lines, one for the options and one for each element. Answers are always lines.
async fn rest_stream<Q, A>(
    product: &Product,
    method: &MethodDescriptor,
    requests: &[Q],
) -> (Vec<A>, Option<Told>)
where
    Q: Message + Serialize + Clone + Default,
    A: DeserializeOwned,
{
    let first = requests.first().cloned().unwrap_or_default();
    let (verb, path, _) = rest_place(product, method, &first);
    let json = |request| serde_json::to_value(request).unwrap();
    let sent = match method.is_client_streaming() {
        false => product.rest(&verb.to_uppercase(), &path).json(&json(&first)),
        true => {
            let elements = requests
                .iter()
                .flat_map(|request| json(request)["secrets"].as_array().cloned().unwrap_or_default());
            let options = json(&first)["options"].take();
            let options = (!options.is_null()).then(|| json!({"options": options}));
            let lines = options.into_iter().chain(elements).map(|line| format!("{line}\n"));
            lines_to(product, &path, lines.collect::<String>())
        }
    };
    answered_in_lines(sent.send().await.unwrap()).await
}

pub fn lines_to(product: &Product, path: &str, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
    product.rest("POST", path).header("content-type", "application/x-ndjson").body(body)
}

pub async fn answered_in_lines<A: DeserializeOwned>(answer: reqwest::Response) -> (Vec<A>, Option<Told>) {
    let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let expected = if answer.status().is_success() { "application/x-ndjson" } else { "application/json" };
    assert_eq!(answer.headers()["content-type"], expected);
    let (mut answers, mut told) = (Vec::new(), None);
    for line in answer.text().await.unwrap().lines() {
        assert!(told.is_none(), "something follows an error");
        let line: Value = serde_json::from_str(line).unwrap();
        match line.get("error_code") {
            Some(_) => told = Some(told_in_json(&line, &id)),
            None => answers.push(serde_json::from_value(line).unwrap()),
        }
    }
    (answers, told)
}

/// Masks the parts of an answer that differ between servers: identifiers, access keys, dry run tokens.
pub fn masked(answer: Value) -> Value {
    match answer {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| match (name.as_str(), &value) {
                ("id" | "domain_id" | "parent_id" | "batch_id" | "user_id", Value::String(id))
                    if id.len() >= 32 =>
                {
                    (name, json!("(id)"))
                }
                ("access" | "secret", Value::String(key)) => (name, json!(key.len())),
                ("batch_id" | "undone_by" | "undoes" | "dry_run_token", Value::String(given))
                    if !given.is_empty() =>
                {
                    (name, json!("(given)"))
                }
                _ => (name, masked(value)),
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(masked).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => answer,
    }
}

/// Runs a scenario for each transport on its own server, and asserts that all results are equal.
pub async fn through_all_transports<F>(story: impl Fn(Transport, Product) -> F)
where
    F: Future<Output = Vec<Result<Value, Told>>>,
{
    let mut first: Option<Vec<Result<Value, Told>>> = None;
    for transport in TRANSPORTS {
        let seen: Vec<_> = story(transport, Product::start().await)
            .await
            .into_iter()
            .map(|answer| answer.map(masked))
            .collect();
        match &first {
            None => first = Some(seen),
            Some(first) => assert_eq!(*first, seen, "{:?} and {transport:?} differ", TRANSPORTS[0]),
        }
    }
}
