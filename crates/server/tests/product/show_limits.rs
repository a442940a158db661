use serde_json::json;
use strongroom_contract::v1::{
    BatchCreateOrDeleteTagsRequest, BatchCreateOrDeleteTagsResponse, BatchImportSecretsRequest,
    BatchImportSecretsResponse, CreateSecretResponse, CreateSecretVersionResponse, ImportOptions,
    ImportSecretsStreamResponse, ListSecretVersionsRequest, ListSecretVersionsResponse, ShowLimitsRequest,
    ShowLimitsResponse, ShowSecretRequest, ShowSecretResponse, TagAction, UpdateSecretStageRequest,
    UpdateSecretStageResponse,
};

use crate::create_secret::{request, text};
use crate::create_secret_tag::tag;
use crate::create_secret_version::version;
use crate::import_secrets_stream::with_options;
use crate::product::Product;
use crate::transports::through_all_transports;

#[tokio::test]
async fn show_limits() {
    through_all_transports(|transport, product| async move {
        assert!(
            transport
                .send::<_, CreateSecretResponse>(&product, "CreateSecret", request(text("one", "x")))
                .await
                .is_ok()
        );
        let seen = vec![
            transport
                .send::<_, ShowLimitsResponse>(&product, "ShowLimits", ShowLimitsRequest::default())
                .await,
        ];
        let expected = json!({
            "secrets_used": 1, "secrets": 100_000, "versions": 20, "stages": 12, "tags": 20,
            "value_bytes": 32_768, "body_bytes": 41_943_040, "import_entries": 1_000, "batch_get_names": 20,
            "page_items": 1_000, "keys": 1_000, "step_entries": 18_723, "step_bytes": 67_108_864,
            "stream_entries": 1_000_000, "selected_secrets": 100_000,
        });
        assert_eq!(seen[0], Ok(expected));
        seen
    })
    .await;
}

#[tokio::test]
async fn configured_limits_are_shown_and_enforced() {
    let product = Product::start_with(|settings| {
        settings.max_secrets = Some(2);
        settings.max_versions = Some(3);
        settings.max_stages = Some(4);
        settings.max_tags = Some(5);
        settings.max_value_bytes = Some(10);
        settings.max_stream_entries = Some(3);
    })
    .await;
    let transport = crate::transports::Transport::Rest;
    let shown =
        transport.send::<_, ShowLimitsResponse>(&product, "ShowLimits", ShowLimitsRequest::default()).await;
    let shown = shown.unwrap();
    let members = ["secrets_used", "secrets", "versions", "stages", "tags", "value_bytes", "stream_entries"];
    assert_eq!(members.map(|member| shown[member].as_i64().unwrap()), [0, 2, 3, 4, 5, 10, 3]);

    let four = ["a", "b", "c", "d"].map(|name| text(name, "x")).to_vec();
    let dry = with_options(four, ImportOptions { dry_run: true, ..Default::default() });
    let (answers, told) =
        transport.stream::<_, ImportSecretsStreamResponse>(&product, "ImportSecretsStream", vec![dry]).await;
    assert_eq!(answers.iter().map(|answer| answer.outcomes.len()).sum::<usize>(), 3);
    assert!(told.unwrap().sentence.contains("more than the 3 entries"));

    let secrets = vec![text("a", "0123456789"), text("b", "01234567890"), text("c", ""), text("d", "")];
    let import = BatchImportSecretsRequest { secrets, ..Default::default() };
    let answer = transport
        .send::<_, BatchImportSecretsResponse>(&product, "BatchImportSecrets", import)
        .await
        .unwrap();
    let messages: Vec<_> = answer["error_list"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["error_msg"].as_str().unwrap())
        .collect();
    assert_eq!(
        messages,
        [
            "CSMS.0002: secret_string: The secret_string is larger than 10 bytes. Shorten it, or split it over several secrets.",
            "CSMS.0202: The project had 0 secrets, entries before this one ask for 2 more; at most 2 are allowed. Delete some first, or have the operator raise the limit.",
        ]
    );

    for _ in 0..3 {
        let version = version("c", "x", &[]);
        assert!(
            transport
                .send::<_, CreateSecretVersionResponse>(&product, "CreateSecretVersion", version)
                .await
                .is_ok()
        );
    }
    let versions = ListSecretVersionsRequest { secret_name: "c".to_owned(), ..Default::default() };
    let versions = transport
        .send::<_, ListSecretVersionsResponse>(&product, "ListSecretVersions", versions)
        .await
        .unwrap();
    assert_eq!(versions["page_info"]["current_count"], 3);

    let mut stages = Vec::new();
    for stage in ["blue", "green", "red"] {
        let stage = UpdateSecretStageRequest {
            secret_name: "c".to_owned(),
            stage_name: stage.to_owned(),
            version_id: "v4".to_owned(),
            ..Default::default()
        };
        let set = transport.send::<_, UpdateSecretStageResponse>(&product, "UpdateSecretStage", stage).await;
        stages.push(set.err().map(|told| told.code));
    }
    assert_eq!(stages, [None, None, Some("CSMS.0203".to_owned())], "two are built in");

    let shown = ShowSecretRequest { secret_name: "c".to_owned(), ..Default::default() };
    let shown = transport.send::<_, ShowSecretResponse>(&product, "ShowSecret", shown).await.unwrap();
    let tags: Vec<_> = (0..6).map(|key| tag(&key.to_string(), "")).collect();
    for (tags, fits) in [(tags.clone(), false), (tags[1..].to_vec(), true)] {
        let tags = BatchCreateOrDeleteTagsRequest {
            secret_id: shown["secret"]["id"].as_str().unwrap().to_owned(),
            tags,
            action: TagAction::Create.into(),
            ..Default::default()
        };
        let given = transport
            .send::<_, BatchCreateOrDeleteTagsResponse>(&product, "BatchCreateOrDeleteTags", tags)
            .await;
        assert_eq!(given.is_ok(), fits);
    }
}
