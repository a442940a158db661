use strongroom_contract::v1::{CreateSecretResponse, ListSecretsRequest, ListSecretsResponse};

use crate::create_secret::{request, text};
use crate::transports::through_all_transports;

#[tokio::test]
async fn list_secrets() {
    through_all_transports(|transport, product| async move {
        for name in ["c", "a", "b"] {
            let created = transport
                .send::<_, CreateSecretResponse>(&product, "CreateSecret", request(text(name, "x")))
                .await;
            assert!(created.is_ok());
        }
        let mut seen = Vec::new();
        for (limit, marker) in
            [(None, ""), (Some(2), ""), (Some(2), "b"), (Some(2), "c"), (Some(0), ""), (Some(1_001), "")]
        {
            let request = ListSecretsRequest { limit, marker: marker.to_owned(), ..Default::default() };
            seen.push(transport.send::<_, ListSecretsResponse>(&product, "ListSecrets", request).await);
        }
        let names = |answer: &serde_json::Value| -> Vec<String> {
            answer["secrets"]
                .as_array()
                .unwrap()
                .iter()
                .map(|secret| secret["name"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(names(seen[0].as_ref().unwrap()), ["a", "b", "c"]);
        assert_eq!(seen[1].as_ref().unwrap()["page_info"]["next_marker"], "b");
        assert_eq!(names(seen[2].as_ref().unwrap()), ["c"]);
        assert_eq!(seen[2].as_ref().unwrap()["page_info"]["next_marker"], serde_json::Value::Null);
        assert!(names(seen[3].as_ref().unwrap()).is_empty());
        assert!(seen[4..].iter().all(|rejected| rejected.as_ref().unwrap_err().fields == ["limit"]));
        seen
    })
    .await;
}
