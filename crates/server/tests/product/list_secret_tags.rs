use serde_json::{Value, json};
use strongroom_contract::v1::{
    ListSecretTagsRequest, ListSecretTagsResponse, ScheduleDeletionRequest, ScheduleDeletionResponse,
};

use crate::create_secret_tag::{give, stored};
use crate::product::DAY;
use crate::transports::through_all_transports;

#[tokio::test]
async fn list_secret_tags() {
    through_all_transports(|transport, mut product| async move {
        let id = stored(transport, &product, "db").await;
        let request = || ListSecretTagsRequest { secret_id: id.clone(), ..Default::default() };
        let mut seen = Vec::new();
        seen.push(transport.send::<_, ListSecretTagsResponse>(&product, "ListSecretTags", request()).await);
        give(transport, &product, &id, "b", "2").await;
        give(transport, &product, &id, "a", "1").await;
        let schedule = ScheduleDeletionRequest {
            secret_name: "db".to_owned(),
            recovery_window_in_days: Some(7),
            ..Default::default()
        };
        let waits =
            transport.send::<_, ScheduleDeletionResponse>(&product, "ScheduleDeletion", schedule).await;
        assert!(waits.is_ok());
        seen.push(transport.send::<_, ListSecretTagsResponse>(&product, "ListSecretTags", request()).await);
        product.pass(7 * DAY);
        product.renew().await;
        seen.push(transport.send::<_, ListSecretTagsResponse>(&product, "ListSecretTags", request()).await);

        assert_eq!(seen[0], Ok(json!({"tags": [], "sys_tags": Value::Null})));
        let tags = json!([{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]);
        assert_eq!(seen[1], Ok(json!({"tags": tags, "sys_tags": Value::Null})));
        let mut told = seen[2].clone().unwrap_err();
        assert_eq!(told.code, "CSMS.0005");
        // The id differs between servers.
        told.sentence = told.sentence.replace(&id, "(id)");
        seen[2] = Err(told);
        seen
    })
    .await;
}
