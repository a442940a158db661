use serde_json::json;
use strongroom_contract::v1::{ShowClockRequest, ShowClockResponse};

use crate::product::{DAY, START};
use crate::transports::through_all_transports;

#[tokio::test]
async fn show_clock() {
    through_all_transports(|transport, product| async move {
        let show =
            async || transport.send::<_, ShowClockResponse>(&product, "ShowClock", ShowClockRequest {}).await;
        let mut seen = vec![show().await];
        let trusted =
            json!({"time": START, "trusted_time": START, "state": "TRUSTED", "trusted_in_seconds": null});
        assert_eq!(seen[0].as_ref().unwrap()["clock"], trusted);
        product.clock.set(-DAY);
        seen.push(show().await);
        let clock = &seen[1].as_ref().unwrap()["clock"];
        assert_eq!((&clock["state"], &clock["time"]), (&json!("IN_DOUBT"), &json!(START - DAY)));
        assert_eq!(
            (&clock["trusted_time"], &clock["trusted_in_seconds"]),
            (&json!(START), &json!(24 * 86_400))
        );
        seen
    })
    .await;
}
