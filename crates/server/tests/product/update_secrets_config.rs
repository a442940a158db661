use serde_json::json;
use strongroom_contract::v1::{
    BatchImportSecretsRequest, BatchImportSecretsResponse, CreateSecretResponse, NewSecret,
    ShowSecretsConfigRequest, ShowSecretsConfigResponse, UpdateSecretsConfigRequest,
    UpdateSecretsConfigResponse,
};

use crate::create_secret::{request, text};
use crate::product::Product;
use crate::transports::through_all_transports;

#[tokio::test]
async fn update_secrets_config() {
    through_all_transports(|transport, product| async move {
        let mut seen = Vec::new();
        for checking_secret_strength in [None, Some(true), None] {
            let request = UpdateSecretsConfigRequest { checking_secret_strength, ..Default::default() };
            seen.push(
                transport.send::<_, UpdateSecretsConfigResponse>(&product, "UpdateSecretsConfig", request).await,
            );
        }
        let shown = ShowSecretsConfigRequest::default();
        seen.push(transport.send::<_, ShowSecretsConfigResponse>(&product, "ShowSecretsConfig", shown).await);
        let set: Vec<_> =
            seen.iter().map(|answer| answer.as_ref().unwrap()["checking_secret_strength"].clone()).collect();
        assert_eq!(set, [json!(false), json!(true), json!(true), json!(true)]);

        let binary = NewSecret {
            name: "binary".to_owned(),
            secret_binary: Some("cGFzc3dvcmQ=".to_owned()),
            ..Default::default()
        };
        let strong = || text("strong", "xK9#vLq2$mWz");
        let import = BatchImportSecretsRequest {
            project_id: String::new(),
            secrets: vec![text("weak", "qwertyuiop"), strong(), binary], ..Default::default() };
        seen.push(transport.send::<_, CreateSecretResponse>(&product, "CreateSecret", request(text("a", "password"))).await);
        seen.push(transport.send::<_, BatchImportSecretsResponse>(&product, "BatchImportSecrets", import).await);
        let told = seen[4].as_ref().unwrap_err();
        assert_eq!((told.code.as_str(), told.fields[0].as_str()), ("CSMS.0002", "secret_string"));
        assert_eq!(told.problems[0].0, "WEAK");
        assert_eq!(
            told.problems[0].1,
            "The value scores 0 of 4 against guessing, and the project takes 3 at least. This is a top-10 common password. Add another word or two. Uncommon words are better. Choose another, or have a random one generated."
        );
        let answer = seen[5].as_ref().unwrap();
        assert_eq!((&answer["success"], &answer["failed"]), (&json!(2), &json!(1)));
        assert_eq!(answer["error_list"][0]["problems"][0]["code"], "WEAK");
        seen
    })
    .await;
}

#[tokio::test]
async fn unknown_setting_is_rejected_and_the_closest_one_named() {
    let product = Product::start().await;
    let path = "/v1/{project_id}/secrets/checker/config";
    for (body, sentence) in [
        (
            r#"{"checking_secret_strenght": true}"#,
            "checking_secret_strenght: There is no such member here. Did you mean checking_secret_strength? Nothing was done.",
        ),
        (
            r#"{"checking_secret_strength": true, "level": 4}"#,
            "*: There is no such member here. Known here: checking_secret_strength, dry_run, dry_run_token, request_id. Nothing was done.",
        ),
    ] {
        let request = product.rest("POST", path).header("content-type", "application/json").body(body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 400, "{body}");
        let told: serde_json::Value = answer.json().await.unwrap();
        assert_eq!((&told["error_code"], &told["detail"]), (&json!("CSMS.0002"), &json!(sentence)));
    }
    let shown: serde_json::Value = product.rest("GET", path).send().await.unwrap().json().await.unwrap();
    assert_eq!(shown["checking_secret_strength"], false, "nothing has changed");
}
