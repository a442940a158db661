use strongroom_contract::v1::{
    CancelDeletionRequest, CancelDeletionResponse, CreateSecretResponse, ScheduleDeletionRequest,
    ScheduleDeletionResponse,
};

use crate::create_secret::{request, text};
use crate::product::DAY;
use crate::transports::through_all_transports;

fn cancel(name: &str) -> CancelDeletionRequest {
    CancelDeletionRequest { secret_name: name.to_owned(), ..Default::default() }
}

#[tokio::test]
async fn cancel_deletion() {
    through_all_transports(|transport, mut product| async move {
        let mut seen = vec![
            transport
                .send::<_, CreateSecretResponse>(&product, "CreateSecret", request(text("db", "x")))
                .await,
        ];
        let schedule = ScheduleDeletionRequest {
            secret_name: "db".to_owned(),
            recovery_window_in_days: Some(7),
            ..Default::default()
        };
        for _ in 0..2 {
            seen.push(
                transport
                    .send::<_, ScheduleDeletionResponse>(&product, "ScheduleDeletion", schedule.clone())
                    .await,
            );
            seen.push(
                transport.send::<_, CancelDeletionResponse>(&product, "CancelDeletion", cancel("db")).await,
            );
        }
        assert_eq!(seen[2], seen[0], "as it was");
        for name in ["db", "missing"] {
            seen.push(
                transport.send::<_, CancelDeletionResponse>(&product, "CancelDeletion", cancel(name)).await,
            );
        }
        assert_eq!(
            seen[5].as_ref().unwrap_err().documented_text,
            "The secret is not in schedule delete state."
        );
        assert_eq!(seen[6].as_ref().unwrap_err().code, "CSMS.0106");

        // After the deletion date there is nothing to cancel, even before the purge.
        seen.push(
            transport.send::<_, ScheduleDeletionResponse>(&product, "ScheduleDeletion", schedule).await,
        );
        product.pass(7 * DAY);
        product.renew().await;
        seen.push(
            transport.send::<_, CancelDeletionResponse>(&product, "CancelDeletion", cancel("db")).await,
        );
        assert_eq!(seen[8].as_ref().unwrap_err().code, "CSMS.0106");
        seen
    })
    .await;
}
