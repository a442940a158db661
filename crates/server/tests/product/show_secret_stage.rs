use serde_json::json;
use strongroom_contract::v1::{ShowSecretStageRequest, ShowSecretStageResponse};

use crate::create_secret_version::db;
use crate::product::START;
use crate::transports::through_all_transports;

pub fn show(name: &str, stage: &str) -> ShowSecretStageRequest {
    ShowSecretStageRequest {
        project_id: String::new(),
        secret_name: name.to_owned(),
        stage_name: stage.to_owned(),
    }
}

#[tokio::test]
async fn show_secret_stage() {
    through_all_transports(|transport, product| async move {
        db(transport, &product, 2).await;
        let mut seen = Vec::new();
        for (name, stage) in [
            ("db", "SYSCURRENT"),
            ("db", "SYSPREVIOUS"),
            ("db", "blue"),
            ("none", "SYSCURRENT"),
            ("db", "a.b"),
        ] {
            let request = show(name, stage);
            seen.push(
                transport.send::<_, ShowSecretStageResponse>(&product, "ShowSecretStage", request).await,
            );
        }
        assert_eq!(
            *seen[0].as_ref().unwrap(),
            json!({"stage": {
                "name": "SYSCURRENT", "update_time": START, "secret_name": "db", "version_id": "v2"}})
        );
        assert_eq!(seen[1].as_ref().unwrap()["stage"]["version_id"], "v1");
        let codes: Vec<_> =
            seen[2..].iter().map(|rejected| rejected.as_ref().unwrap_err().code.as_str()).collect();
        assert_eq!(codes, ["CSMS.0005", "CSMS.0106", "CSMS.0002"]);
        seen
    })
    .await;
}
