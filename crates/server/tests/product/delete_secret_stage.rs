use strongroom_contract::v1::{
    CreateSecretVersionResponse, DeleteSecretStageRequest, DeleteSecretStageResponse, ShowSecretStageResponse,
};

use crate::create_secret_version::{db, version};
use crate::show_secret_stage::show;
use crate::transports::through_all_transports;

fn delete(name: &str, stage: &str) -> DeleteSecretStageRequest {
    DeleteSecretStageRequest {
        project_id: String::new(),
        secret_name: name.to_owned(),
        stage_name: stage.to_owned(),
        ..Default::default()
    }
}

#[tokio::test]
async fn delete_secret_stage() {
    through_all_transports(|transport, product| async move {
        db(transport, &product, 1).await;
        let request = version("db", "x", &["blue", "green"]);
        let made =
            transport.send::<_, CreateSecretVersionResponse>(&product, "CreateSecretVersion", request).await;
        assert!(made.is_ok());

        let mut seen = Vec::new();
        for (name, stage) in
            [("db", "blue"), ("db", "blue"), ("db", "SYSCURRENT"), ("db", "SYSPREVIOUS"), ("none", "blue")]
        {
            let request = delete(name, stage);
            seen.push(
                transport.send::<_, DeleteSecretStageResponse>(&product, "DeleteSecretStage", request).await,
            );
        }
        let codes: Vec<_> =
            seen[1..].iter().map(|rejected| rejected.as_ref().unwrap_err().code.as_str()).collect();
        assert_eq!(codes, ["CSMS.0005", "CSMS.0105", "CSMS.0105", "CSMS.0106"]);
        for stage in ["blue", "green"] {
            let request = show("db", stage);
            seen.push(
                transport.send::<_, ShowSecretStageResponse>(&product, "ShowSecretStage", request).await,
            );
        }
        assert!(seen[5].is_err() && seen[6].is_ok());

        // Existing clients accept only this status as success.
        let sent = product.rest("DELETE", "/v1/{project_id}/secrets/db/stages/green").send().await.unwrap();
        assert_eq!((sent.status().as_u16(), sent.bytes().await.unwrap().len()), (204, 0));
        seen
    })
    .await;
}
