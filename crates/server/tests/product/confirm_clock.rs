use serde_json::json;
use strongroom_contract::v1::{
    CancelDeletionRequest, CancelDeletionResponse, ConfirmClockRequest, ConfirmClockResponse,
    CreateSecretResponse, ScheduleDeletionRequest, ScheduleDeletionResponse, ShowSecretRequest,
    ShowSecretResponse,
};

use crate::create_secret::{request, text};
use crate::product::{DAY, Product, START};
use crate::transports::through_all_transports;

#[tokio::test]
async fn confirm_clock() {
    through_all_transports(|transport, product| async move {
        let confirm = async |time| {
            let request = ConfirmClockRequest { time };
            transport.send::<_, ConfirmClockResponse>(&product, "ConfirmClock", request).await
        };
        product.clock.set(-DAY);
        let mut seen = vec![confirm(START).await];
        let told = seen[0].as_ref().unwrap_err();
        assert_eq!((told.code.as_str(), told.fields.as_slice()), ("CSMS.0003", &["time".to_owned()][..]));
        seen.push(confirm(START - DAY).await);
        assert_eq!(seen[1].as_ref().unwrap()["clock"]["state"], json!("TRUSTED"));
        assert_eq!(seen[1].as_ref().unwrap()["clock"]["trusted_time"], json!(START - DAY));
        seen
    })
    .await;
}

/// A clock that is wrong for a while hides a secret but keeps its name and destroys nothing.
#[tokio::test]
async fn secret_hidden_while_the_clock_is_in_doubt_reappears() {
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
        seen.push(
            transport.send::<_, ScheduleDeletionResponse>(&product, "ScheduleDeletion", schedule).await,
        );

        product.clock.set(31 * DAY);
        product.renew().await;
        let show = ShowSecretRequest { secret_name: "db".to_owned(), ..Default::default() };
        seen.push(transport.send::<_, ShowSecretResponse>(&product, "ShowSecret", show).await);
        assert_eq!(seen[2].as_ref().unwrap_err().code, "CSMS.0106");
        let again = request(text("db", "y"));
        seen.push(transport.send::<_, CreateSecretResponse>(&product, "CreateSecret", again).await);
        let told = seen[3].as_ref().unwrap_err();
        assert_eq!(
            (told.code.as_str(), told.documented_text.as_str()),
            ("STRONGROOM.0004", "The clock of the server is in doubt.")
        );
        assert!(told.sentence.contains("strongroom clock show"), "{}", told.sentence);

        product.clock.set(-31 * DAY);
        product.renew().await;
        let cancel = CancelDeletionRequest { secret_name: "db".to_owned(), ..Default::default() };
        seen.push(transport.send::<_, CancelDeletionResponse>(&product, "CancelDeletion", cancel).await);
        assert!(seen[4].is_ok());
        seen
    })
    .await;
}

#[tokio::test]
async fn clock_in_doubt_shows_in_metrics_and_readiness_but_not_in_health() {
    let product = Product::start().await;
    let status = async |path: &str| reqwest::get(product.url(path)).await.unwrap().status().as_u16();
    let metric = async |name: &str| {
        let shown = reqwest::Client::new()
            .get(product.url("/metrics"))
            .basic_auth(product.known("access_key"), Some(product.known("secret_key")));
        let shown = shown.send().await.unwrap().text().await.unwrap();
        let line =
            shown.lines().find(|line| line.starts_with(&format!("strongroom_{name} "))).unwrap().to_owned();
        line.rsplit_once(' ').unwrap().1.parse::<i64>().unwrap()
    };
    assert_eq!((status("/healthz").await, status("/readyz").await), (200, 200));
    assert_eq!((metric("clock_in_doubt").await, metric("clock_offset_seconds").await), (0, 0));
    product.clock.set(31 * DAY);
    assert_eq!((status("/healthz").await, status("/readyz").await), (200, 503));
    assert_eq!((metric("clock_in_doubt").await, metric("clock_offset_seconds").await), (1, 31 * 86_400));
    let words = reqwest::get(product.url("/readyz")).await.unwrap().text().await.unwrap();
    assert!(words.contains("strongroom clock"), "{words}");
    product.clock.set(-31 * DAY);
    assert_eq!((status("/healthz").await, status("/readyz").await), (200, 200));
}
