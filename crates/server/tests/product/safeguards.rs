//! Dry runs, their tokens and request ids, over every transport and for every change.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use strongroom_contract::v1::{BatchImportSecretsRequest, BatchImportSecretsResponse, ShowSecretResponse};
use strongroom_contract::v1::{NewSecret, ShowSecretRequest};

use crate::create_secret::text;
use crate::product::Product;
use crate::transports::{CONTRACT, Told, Transport, methods, through_all_transports};

const MINUTE: i64 = 60_000;

async fn import(
    transport: Transport,
    product: &Product,
    request: BatchImportSecretsRequest,
) -> Result<Value, Told> {
    transport.send::<_, BatchImportSecretsResponse>(product, "BatchImportSecrets", request).await
}

async fn token(transport: Transport, product: &Product, request: BatchImportSecretsRequest) -> String {
    let dry = BatchImportSecretsRequest { dry_run: true, ..request };
    let shown = transport.send::<_, BatchImportSecretsResponse>(product, "BatchImportSecrets", dry).await;
    shown.unwrap()["dry_run_token"].as_str().unwrap().to_owned()
}

fn of(secrets: Vec<NewSecret>) -> BatchImportSecretsRequest {
    BatchImportSecretsRequest { secrets, ..Default::default() }
}

#[tokio::test]
async fn confirmed_dry_run_does_what_was_shown_or_nothing() {
    through_all_transports(|transport, product| async move {
        let request = || of(vec![text("a", "x"), text("b", "x")]);
        let mut seen =
            vec![import(transport, &product, BatchImportSecretsRequest { dry_run: true, ..request() }).await];
        let show = ShowSecretRequest { secret_name: "a".to_owned(), ..Default::default() };
        seen.push(transport.send::<_, ShowSecretResponse>(&product, "ShowSecret", show).await);
        assert_eq!(seen[1].as_ref().unwrap_err().code, "CSMS.0106", "nothing is there");

        let token = token(transport, &product, request()).await;
        let shown = |request| BatchImportSecretsRequest { dry_run_token: token.clone(), ..request };
        seen.push(import(transport, &product, shown(of(vec![text("a", "y")]))).await);
        assert_eq!(seen[2].as_ref().unwrap_err().code, "CSMS.0003", "another request");
        product.pass(10 * MINUTE + 1);
        seen.push(import(transport, &product, shown(request())).await);
        assert!(seen[3].as_ref().unwrap_err().sentence.contains("ten minutes"));
        let token = crate::safeguards::token(transport, &product, request()).await;
        let shown = BatchImportSecretsRequest { dry_run_token: token, ..request() };
        seen.push(import(transport, &product, shown).await);
        assert_eq!(seen[4].as_ref().unwrap()["success"], 2);

        let wrong = BatchImportSecretsRequest {
            dry_run_token: "x".to_owned(),
            request_id: "a b".to_owned(),
            ..request()
        };
        seen.push(import(transport, &product, wrong).await);
        assert_eq!(seen[5].as_ref().unwrap_err().fields, ["dry_run_token", "request_id"]);
        seen
    })
    .await;
}

#[tokio::test]
async fn request_with_an_id_is_executed_once_and_answered_alike() {
    through_all_transports(|transport, product| async move {
        let named = |value: &str| BatchImportSecretsRequest {
            request_id: "deploy:1".to_owned(),
            ..of(vec![text("a", value)])
        };
        let mut seen = Vec::new();
        for value in ["x", "x", "y"] {
            seen.push(import(transport, &product, named(value)).await);
        }
        assert_eq!(seen[0], seen[1]);
        assert_eq!(seen[2].as_ref().unwrap_err().code, "CSMS.0003");
        seen
    })
    .await;
}

/// Every rpc that changes secrets has dry run, token and request id. Streams have only the dry run.
#[test]
fn every_change_has_dry_run_and_request_id() {
    let access = CONTRACT.get_extension_by_name("strongroom.v1.access").unwrap();
    let without: Vec<_> = methods()
        .into_iter()
        .filter(|method| {
            let options = method.options();
            let access = options.get_extension(&access);
            let access = access.as_message().unwrap();
            let audit = access.get_field_by_name("audit").unwrap();
            !audit.as_str().unwrap().is_empty()
        })
        .filter(|method| {
            let has = |field| method.input().get_field_by_name(field).is_some();
            !(has("dry_run") && has("dry_run_token") && has("request_id"))
        })
        .map(|method| method.name().to_owned())
        .collect();
    let others = [
        "ImportSecretsStream",
        "ImportSecretsWithProgress",
        "DownloadSecretBlob",
        "RotateRootKey",
        "ConfirmClock",
        // They change credentials, and repeating them is harmless.
        "ChangePassword",
        "CreateAccessKey",
        "DeleteAccessKey",
        "RevokeToken",
        "UpdateAccessKey",
    ];
    assert_eq!(
        without.iter().collect::<BTreeSet<_>>(),
        others.map(str::to_owned).iter().collect::<BTreeSet<_>>()
    );
}

#[tokio::test]
async fn dry_run_token_is_in_a_header_if_the_answer_has_no_body() {
    let product = Product::start().await;
    let created = product
        .rest("POST", "/v1/{project_id}/secrets?dry_run=true")
        .json(&json!({"name": "db", "secret_string": "x"}))
        .send()
        .await
        .unwrap();
    assert_eq!(created.status(), 200);
    let token = created.headers()["x-dry-run-token"].to_str().unwrap().to_owned();
    let create = |query: String| {
        product
            .rest("POST", &format!("/v1/{{project_id}}/secrets?{query}"))
            .json(&json!({"name": "db", "secret_string": "x"}))
            .send()
    };
    let done = create(format!("dry_run_token={token}")).await.unwrap();
    assert_eq!(done.status(), 200);
    assert!(done.headers().get("x-dry-run-token").is_none());

    let dry = product.rest("DELETE", "/v1/{project_id}/secrets/db?dry_run=true").send().await.unwrap();
    assert_eq!(dry.status(), 200);
    let token = dry.headers()["x-dry-run-token"].to_str().unwrap().to_owned();
    let there = product.rest("GET", "/v1/{project_id}/secrets/db").send().await.unwrap();
    assert_eq!(there.status(), 200);
    let path = format!("/v1/{{project_id}}/secrets/db?dry_run_token={token}");
    assert_eq!(product.rest("DELETE", &path).send().await.unwrap().status(), 200);
    let gone = product.rest("GET", "/v1/{project_id}/secrets/db").send().await.unwrap();
    assert_eq!(gone.status(), 404);
    let mistyped = json!({"names": ["db"], "expect_total": 1, "dryRun": true});
    let rejected = product.rest("POST", "/v1/{project_id}/secrets/batch-delete").json(&mistyped).send().await;
    assert_eq!(rejected.unwrap().status(), 400);
    let none = product.rest("POST", "/v1/csms/root-key/rotate?dry_run=true").send().await.unwrap();
    assert_eq!(none.status(), 400, "it takes none, and must not overlook one");
    let wrong = product.rest("DELETE", "/v1/{project_id}/secrets/db?dry_run=maybe").send().await.unwrap();
    assert_eq!(wrong.status(), 400);
}
