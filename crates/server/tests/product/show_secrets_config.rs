use serde_json::json;
use strongroom_contract::v1::{ShowSecretsConfigRequest, ShowSecretsConfigResponse};

use crate::transports::through_all_transports;

#[tokio::test]
async fn show_secrets_config() {
    through_all_transports(|transport, product| async move {
        let mut seen = Vec::new();
        for project_id in ["", "00000000000000000000000000000000"] {
            let request = ShowSecretsConfigRequest { project_id: project_id.to_owned() };
            seen.push(
                transport.send::<_, ShowSecretsConfigResponse>(&product, "ShowSecretsConfig", request).await,
            );
        }
        assert_eq!(seen[0], Ok(json!({"checking_secret_strength": false})));
        assert_eq!(seen[1].as_ref().unwrap_err().code, "CSMS.0302");
        seen
    })
    .await;
}
