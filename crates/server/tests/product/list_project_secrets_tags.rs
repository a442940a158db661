use serde_json::json;
use strongroom_contract::v1::{ListProjectSecretsTagsRequest, ListProjectSecretsTagsResponse};

use crate::create_secret_tag::{give, stored};
use crate::transports::through_all_transports;

#[tokio::test]
async fn list_project_secrets_tags() {
    through_all_transports(|transport, product| async move {
        let list = async || {
            let request = ListProjectSecretsTagsRequest::default();
            let rpc = "ListProjectSecretsTags";
            transport.send::<_, ListProjectSecretsTagsResponse>(&product, rpc, request).await
        };
        let mut seen = vec![list().await];
        let (one, two) = (stored(transport, &product, "one").await, stored(transport, &product, "two").await);
        for (id, key, value) in
            [(&one, "team", "shop"), (&two, "team", "web"), (&one, "stage", ""), (&two, "stage", "")]
        {
            give(transport, &product, id, key, value).await;
        }
        seen.push(list().await);
        assert_eq!(seen[0], Ok(json!({"tags": [], "truncated": false})));
        let tags = json!([{"key": "stage", "values": [""]}, {"key": "team", "values": ["shop", "web"]}]);
        assert_eq!(seen[1], Ok(json!({"tags": tags, "truncated": false})));
        seen
    })
    .await;
}
