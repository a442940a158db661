//! Nobody comes in without credentials, and nobody reaches another project.

use crate::doors::{Door, methods, through_all_doors};
use crate::product::{DAY, Product};
use strongroom_contract::v1::{ListSecretsRequest, ListSecretsResponse};

#[tokio::test]
async fn every_door_refuses_a_caller_without_credentials() {
    through_all_doors(|door, mut product| async move {
        let mut seen = Vec::new();
        for token in ["", "never-issued-never-issued-never-issued"] {
            product.token = token.to_owned();
            seen.push(
                door.send::<_, ListSecretsResponse>(&product, "ListSecrets", ListSecretsRequest::default())
                    .await,
            );
        }
        assert!(seen.iter().all(|refused| refused.as_ref().unwrap_err().code == "APIGW.0301"));
        seen
    })
    .await;
}

#[tokio::test]
async fn every_rpc_of_the_contract_wants_credentials() {
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
async fn a_token_is_good_for_a_day() {
    let product = Product::start().await;
    product.pass(DAY - 1);
    assert_eq!(product.rest("GET", "/v1/{project_id}/secrets").send().await.unwrap().status(), 200);
    product.pass(1);
    assert_eq!(product.rest("GET", "/v1/{project_id}/secrets").send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn metrics_are_for_callers_only() {
    let product = Product::start().await;
    let metrics = product.url("/metrics");
    assert_eq!(reqwest::get(&metrics).await.unwrap().status(), 401);
    let asked = |secret: &str| {
        reqwest::Client::new().get(&metrics).basic_auth(product.known("access_key"), Some(secret)).send()
    };
    assert_eq!(asked("wrong").await.unwrap().status(), 401);
    let _ = Door::Rest
        .send::<_, ListSecretsResponse>(&product, "ListSecrets", ListSecretsRequest::default())
        .await;
    let shown = asked(&product.known("secret_key")).await.unwrap().text().await.unwrap();
    assert!(
        shown.contains(r#"strongroom_requests_total{operation="ListSecrets",door="rest",code="OK"} 1"#),
        "{shown}"
    );
    assert!(shown.contains("strongroom_storage_flushes_total "));
    assert!(shown.ends_with("# EOF\n"));
}
