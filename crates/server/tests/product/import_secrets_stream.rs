use serde_json::{Value, json};
use strongroom_contract::v1::{
    CreateSecretResponse, ImportOptions, ImportSecretsStreamRequest, ImportSecretsStreamResponse, NewSecret,
    OnExisting, ShowBatchRequest, ShowBatchResponse,
};

use crate::create_secret::{request, text};
use crate::product::Product;
use crate::transports::{Told, Transport, answered_in_lines, lines_to, through_all_transports};

pub type Request = ImportSecretsStreamRequest;
pub type Response = ImportSecretsStreamResponse;

const PATH: &str = "/v1/{project_id}/secrets/import-stream";

pub fn entries(secrets: Vec<NewSecret>) -> Request {
    Request { secrets, ..Request::default() }
}

pub fn with_options(secrets: Vec<NewSecret>, options: ImportOptions) -> Request {
    Request { options: Some(options), ..entries(secrets) }
}

/// Merges the answers, because their division depends on timing.
pub fn together(answered: (Vec<Response>, Option<Told>)) -> Result<Value, Told> {
    let (answers, told) = answered;
    if let Some(told) = told {
        return Err(told);
    }
    let last = answers.last().unwrap().progress.clone();
    let outcomes: Vec<_> = answers.into_iter().flat_map(|answer| answer.outcomes).collect();
    Ok(json!({"outcomes": outcomes, "progress": last}))
}

/// Entries of every kind, without `line` where the transport counts lines itself.
pub fn mixed() -> Vec<NewSecret> {
    let numbered = |line, new: NewSecret| NewSecret { line, ..new };
    vec![
        numbered(2, text("one", "1")),
        numbered(3, text("there", "2")),
        numbered(4, text("one", "1")),
        numbered(5, text("one", "other")),
        numbered(6, NewSecret { description: "ü".repeat(1_025), ..text("a b", "x") }),
        numbered(7, NewSecret { on_existing: OnExisting::Skip.into(), ..text("there", "3") }),
        numbered(8, text("two", "2")),
    ]
}

#[tokio::test]
async fn import_secrets_stream() {
    through_all_transports(|transport, product| async move {
        let mut seen = vec![
            transport
                .send::<_, CreateSecretResponse>(&product, "CreateSecret", request(text("there", "x")))
                .await,
        ];
        let (start, rest) = (mixed()[..3].to_vec(), mixed()[3..].to_vec());
        for messages in [
            vec![
                with_options(start.clone(), ImportOptions { dry_run: true, ..Default::default() }),
                entries(rest.clone()),
            ],
            vec![entries(start), entries(rest)],
            vec![with_options(vec![], ImportOptions { atomic: true, ..Default::default() })],
            vec![entries(vec![])],
            vec![],
        ] {
            let answered = transport.stream::<_, Response>(&product, "ImportSecretsStream", messages).await;
            seen.push(together(answered));
        }
        let dry = seen[1].as_ref().unwrap();
        let done = seen[2].as_ref().unwrap();
        assert_eq!(dry["outcomes"], done["outcomes"], "a dry run tells the same");
        let actions: Vec<_> =
            done["outcomes"].as_array().unwrap().iter().map(|outcome| outcome["action"].clone()).collect();
        assert_eq!(
            actions,
            ["CREATED", "REJECTED", "UNCHANGED", "REJECTED", "REJECTED", "REJECTED", "CREATED"]
        );
        assert_eq!(done["progress"]["finished"], true);
        assert_eq!(done["progress"]["success"], 3);
        assert_eq!(seen[3].as_ref().unwrap_err().fields, ["options.atomic"]);
        assert_eq!(seen[4].as_ref().unwrap()["progress"]["received"], 0);
        assert_eq!(seen[4], seen[5], "a stream of nothing goes to its end too");
        assert_eq!(seen[5].as_ref().unwrap()["progress"]["finished"], true);

        let batch_id = done["progress"]["batch_id"].as_str().unwrap().to_owned();
        let show = ShowBatchRequest { batch_id, ..Default::default() };
        let shown = transport.send::<_, ShowBatchResponse>(&product, "ShowBatch", show).await.unwrap();
        assert_eq!(shown["outcomes"], done["outcomes"]);
        assert_eq!(shown["batch"]["finished"], true);
        seen
    })
    .await;
}

async fn lines(product: &Product, body: &str) -> (Vec<Response>, Option<Told>) {
    answered_in_lines(lines_to(product, PATH, body.to_owned()).send().await.unwrap()).await
}

#[tokio::test]
async fn invalid_line_is_rejected_by_its_number() {
    let product = Product::start().await;
    let body = "\n{\"name\":\"one\",\"secret_string\":\"1\"}\r\n  \nhunter2\n[]\n{\"name\":5}\n{} {}\n\
                {\"name\":\"two\",\"secret_string\":\"2\",\"line\":40}";
    let told = together(lines(&product, body).await).unwrap();
    let seen: Vec<_> = told["outcomes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|outcome| (outcome["line"].clone(), outcome["action"].clone(), outcome["message"].clone()))
        .collect();
    let rejected = |line: i32, message: &str| (json!(line), json!("REJECTED"), json!(message));
    assert_eq!(
        seen,
        [
            (json!(2), json!("CREATED"), json!("")),
            rejected(4, "The line is not JSON from column 1 on."),
            rejected(5, "The line must be an object (column 0)."),
            rejected(6, "name must be text (column 9)."),
            rejected(7, "Something follows the JSON value."),
            (json!(40), json!("CREATED"), json!("")),
        ]
    );
    assert!(!told.to_string().contains("hunter2"));
    assert_eq!(told["progress"]["finished"], true);
}

#[tokio::test]
async fn invalid_first_line_rejects_the_call() {
    let product = Product::start().await;
    for (body, sentence) in [
        ("NAME=value\n", "Line 1: The line is not JSON from column 1 on. Correct it there."),
        (
            "{\"options\":{\"dry_run\":1}}\n",
            "Line 1: options.dry_run must be true or false (column 23). Correct it there.",
        ),
        (
            "{\"dry_run\":true}\n{\"name\":\"a\",\"secret_string\":\"x\"}\n",
            "Line 1: This is neither what holds for all lines nor an element with a name. Correct it.",
        ),
        (
            "{\"options\":{\"dryrun\":true}}\n{\"name\":\"a\",\"secret_string\":\"1\"}",
            "Line 1: options.dryrun is unknown here (column 20). Did you mean dry_run?",
        ),
        (
            "{\"options\":{\"dry_run\":true},\"name\":\"lost\",\"secret_string\":\"x\"}",
            "Line 1: name is unknown here (column 34). Known here: options, secrets.",
        ),
        ("\n{\"options\":{", "Line 2: The line is not JSON from column 12 on. Correct it there."),
    ] {
        let answer = lines_to(&product, PATH, body).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{body}");
        let (answers, told) = answered_in_lines::<Response>(answer).await;
        assert_eq!((answers.len(), told.unwrap().sentence.as_str()), (0, sentence));
    }
    let answer = product.rest("POST", PATH).json(&json!({"secrets": []})).send().await.unwrap();
    let told = answered_in_lines::<Response>(answer).await.1.unwrap();
    assert!(told.sentence.contains("application/x-ndjson"), "{}", told.sentence);
}

#[tokio::test]
async fn late_options_end_the_stream() {
    let product = Product::start().await;
    let body = "{\"name\":\"d1\",\"secret_string\":\"1\"}\n{\"options\":{\"dry_run\":true}}\n\
                {\"name\":\"d2\",\"secret_string\":\"2\"}";
    let (answers, told) = lines(&product, body).await;
    let names: Vec<_> = answers.iter().flat_map(|answer| &answer.outcomes).map(|told| &told.name).collect();
    assert_eq!(names, ["d1"], "stored, and nothing after it");
    assert_eq!(told.unwrap().fields, ["options"]);
}

#[tokio::test]
async fn streamed_body_is_limited_per_line() {
    let product = Product::start_with(|settings| settings.max_body_bytes = Some(100_000)).await;
    let secret =
        |number: usize| format!("{{\"name\":\"n{number}\",\"secret_string\":\"{}\"}}\n", "x".repeat(30_000));
    let long = format!("{{\"name\":\"{}\"}}\n", "x".repeat(100_001));
    let body: String = (0..5).map(secret).chain([long]).chain((5..10).map(secret)).collect();
    let told = together(lines(&product, &body).await).unwrap();
    assert_eq!((&told["progress"]["success"], &told["progress"]["failed"]), (&json!(10), &json!(1)));
    assert_eq!(told["outcomes"][5]["message"], "The line is longer than the 100000 bytes this server takes.");

    let entry = |number: usize| NewSecret { name: format!("g{number}"), ..text("", &"x".repeat(30_000)) };
    let messages =
        (0..5).map(|number| entries(vec![entry(number)])).chain([entries((5..10).map(entry).collect())]);
    let (answers, told) =
        Transport::Grpc.stream::<_, Response>(&product, "ImportSecretsStream", messages.collect()).await;
    assert!(told.unwrap().sentence.contains("100000"));
    let stored: usize = answers.iter().map(|answer| answer.outcomes.len()).sum();
    assert!(stored <= 5);
}
