use serde_json::{Value, json};
use strongroom_contract::v1::{
    BatchGetSecretValueRequest, BatchGetSecretValueResponse, CreateSecretResponse, NewSecret,
    ScheduleDeletionRequest, ScheduleDeletionResponse,
};

use crate::create_secret::{request, text};
use crate::product::DAY;
use crate::transports::through_all_transports;

#[tokio::test]
async fn batch_get_secret_value() {
    through_all_transports(|transport, product| async move {
        let binary = NewSecret {
            name: "binary".to_owned(),
            secret_binary: Some("AP8B".to_owned()),
            ..Default::default()
        };
        for secret in [text("text", "påss"), binary, text("waiting", "x"), text("overdue", "x")] {
            assert!(
                transport
                    .send::<_, CreateSecretResponse>(&product, "CreateSecret", request(secret))
                    .await
                    .is_ok()
            );
        }
        for (name, days) in [("waiting", 30), ("overdue", 7)] {
            let schedule = ScheduleDeletionRequest {
                secret_name: name.to_owned(),
                recovery_window_in_days: Some(days),
                ..Default::default()
            };
            let sent =
                transport.send::<_, ScheduleDeletionResponse>(&product, "ScheduleDeletion", schedule).await;
            assert!(sent.is_ok());
        }
        let mut product = product;
        product.pass(7 * DAY);
        product.renew().await;

        let mut seen = Vec::new();
        let many: Vec<String> = (0..21).map(|number| format!("s{number}")).collect();
        for names in [
            ["binary", "none", "waiting", "a b", "", "text", "overdue", "text"].map(str::to_owned).to_vec(),
            Vec::new(),
            many,
        ] {
            let request = BatchGetSecretValueRequest { project_id: String::new(), secret_name_list: names };
            seen.push(
                transport
                    .send::<_, BatchGetSecretValueResponse>(&product, "BatchGetSecretValue", request)
                    .await,
            );
        }
        let answer = seen[0].as_ref().unwrap();
        assert_eq!(answer["total_count"], 2);
        let values: Vec<_> = answer["versions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|version| {
                let name = &version["version_metadata"]["secret_name"];
                (name.clone(), version["secret_string"].clone(), version["secret_binary"].clone())
            })
            .collect();
        let expected =
            [(json!("binary"), Value::Null, json!("AP8B")), (json!("text"), json!("påss"), Value::Null)];
        assert_eq!(values, expected);
        let rejected: Vec<_> = answer["not_returned"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                let member = |name: &str| one[name].as_str().unwrap().to_owned();
                assert!(member("error_msg").contains(". "), "says what to do");
                (member("secret_name"), member("error_code"), member("state"))
            })
            .collect();
        let rejected: Vec<_> = rejected
            .iter()
            .map(|(name, code, state)| (name.as_str(), code.as_str(), state.as_str()))
            .collect();
        assert_eq!(
            rejected,
            [
                ("none", "CSMS.0106", ""),
                ("waiting", "CSMS.0103", "PENDING_DELETE"),
                ("a b", "CSMS.0002", ""),
                ("", "CSMS.0002", ""),
                ("overdue", "CSMS.0106", ""),
            ]
        );
        assert_eq!(seen[1], Ok(json!({"total_count": 0, "versions": [], "not_returned": []})));
        let told = seen[2].as_ref().unwrap_err();
        assert_eq!((told.code.as_str(), told.fields[0].as_str()), ("CSMS.0002", "secret_name_list"));
        seen
    })
    .await;
}
