use strongroom_contract::v1::{CheckSecretsRequest, CheckSecretsResponse, CheckedData};

use crate::transports::through_all_transports;

#[tokio::test]
async fn check_secrets() {
    through_all_transports(|transport, product| async move {
        let check = |kind: &str, text: Option<&str>| CheckSecretsRequest {
            project_id: String::new(),
            r#type: kind.to_owned(),
            data: Some(CheckedData { secret_string: text.map(str::to_owned) }),
        };
        let mut seen = Vec::new();
        for request in [
            check("STRENGTH", Some("password")),
            check("STRENGTH", Some("xK9#vLq2$mWz")),
            check("STRENGTH", Some(r#"{"user":"xK9#vLq2$mWz","Password":"12345"}"#)),
            check("LEAK", Some("password")),
            check("STRENGTH", None),
            check("STRENGTH", Some(&"x".repeat(32_769))),
            CheckSecretsRequest::default(),
        ] {
            seen.push(transport.send::<_, CheckSecretsResponse>(&product, "CheckSecrets", request).await);
        }
        let weak = &seen[0].as_ref().unwrap();
        assert_eq!(weak["type"], "STRENGTH");
        assert_eq!(
            (&weak["data"]["score"], &weak["data"]["strong"]),
            (&serde_json::json!(0), &serde_json::json!(false))
        );
        assert_eq!(weak["data"]["reason"], "This is a top-10 common password.");
        assert!(!weak["data"]["suggestions"].as_array().unwrap().is_empty());
        assert_eq!(seen[1].as_ref().unwrap()["data"]["strong"], true);
        assert_eq!(seen[2].as_ref().unwrap()["data"]["strong"], false);
        for (rejected, fields) in seen[3..].iter().zip([
            vec!["type"],
            vec!["data.secret_string"],
            vec!["secret_string"],
            vec!["type", "data.secret_string"],
        ]) {
            let told = rejected.as_ref().unwrap_err();
            assert_eq!(told.code, "CSMS.0002");
            assert_eq!(told.fields, fields);
        }
        seen
    })
    .await;
}
