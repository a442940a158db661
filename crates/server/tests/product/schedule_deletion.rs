use strongroom_contract::v1::{CreateSecretResponse, ScheduleDeletionRequest, ScheduleDeletionResponse};

use crate::create_secret::{request, text};
use crate::product::{DAY, START};
use crate::transports::through_all_transports;

#[tokio::test]
async fn schedule_deletion() {
    through_all_transports(|transport, product| async move {
        for name in ["seven", "default"] {
            let created = transport
                .send::<_, CreateSecretResponse>(&product, "CreateSecret", request(text(name, "x")))
                .await;
            assert!(created.is_ok());
        }
        let mut seen = Vec::new();
        for (name, days) in [
            ("seven", Some(7)),
            ("default", None),
            ("seven", Some(7)),
            ("none", Some(7)),
            ("seven", Some(31)),
        ] {
            let request = ScheduleDeletionRequest {
                project_id: String::new(),
                secret_name: name.to_owned(),
                recovery_window_in_days: days,
                ..Default::default()
            };
            seen.push(
                transport.send::<_, ScheduleDeletionResponse>(&product, "ScheduleDeletion", request).await,
            );
        }
        for (answer, days) in seen.iter().zip([7, 30]) {
            let secret = &answer.as_ref().unwrap()["secret"];
            assert_eq!(secret["state"], "PENDING_DELETE");
            assert_eq!(secret["scheduled_delete_time"], START + days * DAY);
        }
        let codes: Vec<_> =
            seen[2..].iter().map(|rejected| rejected.as_ref().unwrap_err().code.as_str()).collect();
        assert_eq!(codes, ["CSMS.0107", "CSMS.0106", "CSMS.0002"]);
        seen
    })
    .await;
}
