use serde_json::json;
use strongroom_contract::v1::{
    BatchDeleteSecretsRequest, BatchDeleteSecretsResponse, BatchImportSecretsRequest,
    BatchImportSecretsResponse, InstanceType, NewSecret, ScheduleDeletionRequest, ScheduleDeletionResponse,
    SecretType, TagValues,
};

use crate::create_secret::text;
use crate::transports::through_all_transports;

fn of_instance(name: &str, kind: SecretType) -> NewSecret {
    NewSecret {
        secret_type: kind.into(),
        rotation_config: "{'InstanceId':'one','SecretSubType':'MultiUser'}".to_owned(),
        ..text(name, "x")
    }
}

#[tokio::test]
async fn batch_delete_secrets() {
    through_all_transports(|transport, product| async move {
        let secrets = vec![
            of_instance("b", SecretType::RdsFg),
            of_instance("a", SecretType::RdsFg),
            of_instance("waiting", SecretType::RdsFg),
            of_instance("taurus", SecretType::GaussdbFg),
            text("free", "x"),
        ];
        let import = BatchImportSecretsRequest { secrets, ..Default::default() };
        let mut seen = vec![transport.send::<_, BatchImportSecretsResponse>(&product, "BatchImportSecrets", import).await];
        let schedule = ScheduleDeletionRequest { secret_name: "waiting".to_owned(), ..Default::default() };
        seen.push(transport.send::<_, ScheduleDeletionResponse>(&product, "ScheduleDeletion", schedule).await);

        for (instance, kind, dry_run) in [
            ("one", InstanceType::Rds, true),
            ("one", InstanceType::Rds, false),
            ("one", InstanceType::Rds, false),
            ("nothing", InstanceType::Unspecified, false),
            ("", InstanceType::Unspecified, false),
        ] {
            let request = BatchDeleteSecretsRequest {
                project_id: String::new(),
                instance_id: instance.to_owned(),
                instance_type: kind.into(),
                dry_run, ..Default::default() };
            seen.push(transport.send::<_, BatchDeleteSecretsResponse>(&product, "BatchDeleteSecrets", request).await);
        }
        let waiting = json!([{"secret_name": "waiting", "error_msg": "CSMS.0107: Secret is already in the **Pending deletion** state."}]);
        let documented = |place: usize| {
            let answer = seen[place].as_ref().unwrap();
            json!([answer["total"], answer["success_secrets"], answer["failed_secrets"]])
        };
        let deleted = json!([3, ["a", "b"], waiting]);
        assert_eq!(documented(2), deleted, "a dry run tells the same");
        assert_eq!(documented(3), deleted);
        assert_eq!(seen[2].as_ref().unwrap()["outcomes"], seen[3].as_ref().unwrap()["outcomes"]);
        assert_eq!(documented(4)[0], 1, "only the waiting one is left");
        assert_eq!(documented(5), json!([0, [], []]));
        assert_eq!(seen[6].as_ref().unwrap_err().code, "CSMS.0002");
        seen
    })
    .await;
}

#[tokio::test]
async fn of_names_and_tags() {
    through_all_transports(|transport, product| async move {
        let secrets = ["a", "b", "c", "d"].map(|name| text(name, "x")).to_vec();
        let import = BatchImportSecretsRequest { secrets, ..Default::default() };
        let mut seen = vec![
            transport.send::<_, BatchImportSecretsResponse>(&product, "BatchImportSecrets", import).await,
        ];
        let names = |names: &[&str]| BatchDeleteSecretsRequest {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            ..Default::default()
        };
        let tags = vec![TagValues { key: "none".to_owned(), values: vec!["x".to_owned()] }];
        for request in [
            names(&["a"]),
            BatchDeleteSecretsRequest { expect_total: Some(2), ..names(&["a"]) },
            BatchDeleteSecretsRequest { instance_id: "one".to_owned(), ..names(&["a"]) },
            BatchDeleteSecretsRequest { expect_total: Some(1), ..names(&["a", "none"]) },
            BatchDeleteSecretsRequest { recovery_window_in_days: Some(7), ..names(&["b", "c"]) },
            BatchDeleteSecretsRequest { atomic: true, expect_total: Some(2), ..names(&["c", "d"]) },
            BatchDeleteSecretsRequest { tags, expect_total: Some(0), ..Default::default() },
        ] {
            seen.push(
                transport
                    .send::<_, BatchDeleteSecretsResponse>(&product, "BatchDeleteSecrets", request)
                    .await,
            );
        }
        assert_eq!(seen[1].as_ref().unwrap_err().problems[0].0, "REQUIRED");
        assert_eq!(seen[2].as_ref().unwrap_err().problems[0].0, "OTHER_TOTAL");
        assert_eq!(seen[3].as_ref().unwrap_err().problems[0].0, "ONE_SELECTION_ONLY");
        let told = |place: usize| -> Vec<(String, String)> {
            let outcomes = seen[place].as_ref().unwrap()["outcomes"].as_array().unwrap();
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            outcomes.iter().map(|outcome| (text(&outcome["action"]), text(&outcome["reason"]))).collect()
        };
        let told_as = |action: &str, reason: &str| (action.to_owned(), reason.to_owned());
        assert_eq!(told(4), [told_as("DELETED", ""), told_as("REJECTED", "NOT_FOUND")]);
        assert_eq!(told(5), [told_as("SCHEDULED", ""), told_as("SCHEDULED", "")]);
        assert_eq!(told(6), [told_as("REJECTED", "ALREADY_SCHEDULED"), told_as("WITHHELD", "")]);
        assert_eq!(seen[7].as_ref().unwrap()["project_total"], 3);
        seen
    })
    .await;
}
