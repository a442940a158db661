use serde_json::Value;
use strongroom_contract::v1::{SearchSecretsRequest, SearchSecretsResponse};

use crate::create_secret_tag::{give, stored};
use crate::transports::through_all_transports;

#[tokio::test]
async fn search_secrets() {
    through_all_transports(|transport, product| async move {
        for name in ["web-db", "web-api", "other"] {
            let id = stored(transport, &product, name).await;
            give(transport, &product, &id, "team", name).await;
        }
        let mut seen = Vec::new();
        for (query, limit, marker) in [
            ("", None, ""),
            ("WEB", Some(1), ""),
            ("WEB", Some(1), "web-api"),
            ("tag:team=other state:ENABLED", None, ""),
            ("-name:web*", None, ""),
            ("nothing", None, ""),
            ("state:gone \"", Some(0), ""),
        ] {
            let request = SearchSecretsRequest {
                query: query.to_owned(),
                limit,
                marker: marker.to_owned(),
                ..Default::default()
            };
            seen.push(transport.send::<_, SearchSecretsResponse>(&product, "SearchSecrets", request).await);
        }
        let names = |number: usize| -> Vec<&str> {
            let answer = seen[number].as_ref().unwrap()["secrets"].as_array().unwrap();
            answer.iter().map(|secret| secret["name"].as_str().unwrap()).collect()
        };
        let next = |number: usize| &seen[number].as_ref().unwrap()["page_info"]["next_marker"];
        assert_eq!(names(0), ["other", "web-api", "web-db"]);
        assert_eq!((names(1), next(1).as_str()), (vec!["web-api"], Some("web-api")));
        assert_eq!((names(2), next(2)), (vec!["web-db"], &Value::Null));
        assert_eq!(names(3), ["other"]);
        assert_eq!(names(4), ["other"]);
        assert_eq!((names(5), next(5)), (vec![], &Value::Null));
        let told = seen[6].as_ref().unwrap_err();
        assert_eq!(told.fields, ["query", "query", "limit"]);
        assert!(told.problems[0].1.starts_with("At character 7: This is not a state."), "{told:?}");
        seen
    })
    .await;
}
