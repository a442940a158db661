use serde_json::json;
use strongroom_contract::v1::{
    BatchDeleteSecretsRequest, BatchDeleteSecretsResponse, BatchImportSecretsRequest,
    BatchImportSecretsResponse, InstanceType, NewSecret, ScheduleDeletionRequest, ScheduleDeletionResponse,
    SecretType,
};

use crate::create_secret::text;
use crate::doors::through_all_doors;

fn of_instance(name: &str, kind: SecretType) -> NewSecret {
    NewSecret {
        secret_type: kind.into(),
        rotation_config: "{'InstanceId':'one','SecretSubType':'MultiUser'}".to_owned(),
        ..text(name, "x")
    }
}

#[tokio::test]
async fn batch_delete_secrets() {
    through_all_doors(|door, product| async move {
        let secrets = vec![
            of_instance("b", SecretType::RdsFg),
            of_instance("a", SecretType::RdsFg),
            of_instance("waiting", SecretType::RdsFg),
            of_instance("taurus", SecretType::GaussdbFg),
            text("free", "x"),
        ];
        let import = BatchImportSecretsRequest { secrets, ..Default::default() };
        let mut seen = vec![door.send::<_, BatchImportSecretsResponse>(&product, "BatchImportSecrets", import).await];
        let schedule = ScheduleDeletionRequest { secret_name: "waiting".to_owned(), ..Default::default() };
        seen.push(door.send::<_, ScheduleDeletionResponse>(&product, "ScheduleDeletion", schedule).await);

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
            seen.push(door.send::<_, BatchDeleteSecretsResponse>(&product, "BatchDeleteSecrets", request).await);
        }
        let waiting = json!([{"secret_name": "waiting", "error_msg": "CSMS.0107: Secret is already in the **Pending deletion** state."}]);
        let deleted = json!({"total": 3, "success_secrets": ["a", "b"], "failed_secrets": waiting});
        assert_eq!(seen[2].as_ref().unwrap(), &deleted, "a dry run tells the same");
        assert_eq!(seen[3].as_ref().unwrap(), &deleted);
        assert_eq!(seen[4].as_ref().unwrap()["total"], 1, "only the waiting one is left");
        assert_eq!(seen[5].as_ref().unwrap(), &json!({"total": 0, "success_secrets": [], "failed_secrets": []}));
        assert_eq!(seen[6].as_ref().unwrap_err().code, "CSMS.0002");
        seen
    })
    .await;
}
