use serde_json::{Value, json};
use strongroom_contract::v1::{ListSecretVersionsRequest, ListSecretVersionsResponse};

use crate::create_secret_version::db;
use crate::transports::through_all_transports;

#[tokio::test]
async fn list_secret_versions() {
    through_all_transports(|transport, product| async move {
        db(transport, &product, 3).await;
        let mut seen = Vec::new();
        for (name, limit, marker) in [
            ("db", None, ""),
            ("db", Some(2), ""),
            ("db", Some(2), "v2"),
            ("db", Some(2), "latest"),
            ("db", Some(0), "x"),
            ("none", None, ""),
        ] {
            let request = ListSecretVersionsRequest {
                project_id: String::new(),
                secret_name: name.to_owned(),
                limit,
                marker: marker.to_owned(),
            };
            seen.push(
                transport
                    .send::<_, ListSecretVersionsResponse>(&product, "ListSecretVersions", request)
                    .await,
            );
        }
        let shown = |answer: usize| -> Vec<(String, Value)> {
            let versions = seen[answer].as_ref().unwrap()["version_metadatas"].as_array().unwrap().clone();
            let pair = |version: Value| {
                (version["id"].as_str().unwrap().to_owned(), version["version_stages"].clone())
            };
            versions.into_iter().map(pair).collect()
        };
        let pair = |id: &str, stages: Value| (id.to_owned(), stages);
        assert_eq!(
            shown(0),
            [pair("v1", json!([])), pair("v2", json!(["SYSPREVIOUS"])), pair("v3", json!(["SYSCURRENT"]))]
        );
        let page = json!({"next_marker": "v2", "previous_marker": "v1", "current_count": 2});
        assert_eq!(seen[1].as_ref().unwrap()["page_info"], page);
        assert_eq!(shown(2).len(), 1);
        assert_eq!(seen[2].as_ref().unwrap()["page_info"]["next_marker"], Value::Null);
        let page = json!({"next_marker": null, "previous_marker": null, "current_count": 0});
        assert_eq!(*seen[3].as_ref().unwrap(), json!({"version_metadatas": [], "page_info": page}));
        assert_eq!(seen[5].as_ref().unwrap_err().code, "CSMS.0106");
        assert_eq!(seen[4].as_ref().unwrap_err().fields, ["limit", "marker"]);
        seen
    })
    .await;
}
