use strongroom_contract::v1::{ShowSecretStageResponse, UpdateSecretStageRequest, UpdateSecretStageResponse};

use crate::create_secret_version::db;
use crate::show_secret_stage::show;
use crate::transports::through_all_transports;

#[tokio::test]
async fn update_secret_stage() {
    through_all_transports(|transport, product| async move {
        db(transport, &product, 3).await;
        let mut seen = Vec::new();
        for (name, stage, version) in [
            ("db", "blue", "v1"),
            ("db", "blue", "v2"),
            ("db", "SYSCURRENT", "v1"),
            ("db", "green", "v4"),
            ("none", "green", "v1"),
            ("db", "a.b", ""),
        ] {
            let request = UpdateSecretStageRequest {
                project_id: String::new(),
                secret_name: name.to_owned(),
                stage_name: stage.to_owned(),
                version_id: version.to_owned(),
                ..Default::default()
            };
            seen.push(
                transport.send::<_, UpdateSecretStageResponse>(&product, "UpdateSecretStage", request).await,
            );
        }
        let versions: Vec<_> =
            seen[..3].iter().map(|answer| &answer.as_ref().unwrap()["stage"]["version_id"]).collect();
        assert_eq!(versions, ["v1", "v2", "v1"]);
        let codes: Vec<_> =
            seen[3..].iter().map(|rejected| rejected.as_ref().unwrap_err().code.as_str()).collect();
        assert_eq!(codes, ["CSMS.0005", "CSMS.0106", "CSMS.0002"]);
        assert_eq!(seen[5].as_ref().unwrap_err().fields, ["stage_name", "version_id"]);

        let request = show("db", "SYSPREVIOUS");
        seen.push(transport.send::<_, ShowSecretStageResponse>(&product, "ShowSecretStage", request).await);
        assert_eq!(seen[6].as_ref().unwrap()["stage"]["version_id"], "v3", "what was current is not lost");
        seen
    })
    .await;
}
