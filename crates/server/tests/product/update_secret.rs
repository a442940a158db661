use serde_json::json;
use strongroom_contract::v1::{
    CreateSecretResponse, EventSubscriptions, NewSecret, ScheduleDeletionRequest, ScheduleDeletionResponse,
    UpdateSecretRequest, UpdateSecretResponse,
};

use crate::create_secret::{request, text};
use crate::product::{Product, START};
use crate::transports::through_all_transports;

fn of_db() -> UpdateSecretRequest {
    UpdateSecretRequest { secret_name: "db".to_owned(), ..Default::default() }
}

#[tokio::test]
async fn update_secret() {
    through_all_transports(|transport, product| async move {
        let new = NewSecret { description: "for the shop".to_owned(), ..text("db", "x") };
        let created = transport.send::<_, CreateSecretResponse>(&product, "CreateSecret", request(new)).await;
        product.pass(5_000);
        let some = |text: &str| Some(text.to_owned());
        let events = |names: &[&str]| {
            Some(EventSubscriptions { names: names.iter().map(|name| (*name).to_owned()).collect() })
        };
        let mut seen = vec![created];
        for request in [
            of_db(),
            UpdateSecretRequest {
                kms_key_id: some("other"),
                auto_rotation: Some(true),
                rotation_period: some("7d"),
                rotation_func_urn: some("urn:fss:region-1:0123:function:default:rotate:latest"),
                ..of_db()
            },
            UpdateSecretRequest { description: some(""), event_subscriptions: events(&[]), ..of_db() },
            UpdateSecretRequest { rotation_period: some(""), rotation_func_urn: some(""), ..of_db() },
            UpdateSecretRequest { kms_key_id: some(""), ..of_db() },
            UpdateSecretRequest { event_subscriptions: events(&["on-change"]), ..of_db() },
            UpdateSecretRequest { secret_name: "none".to_owned(), ..Default::default() },
        ] {
            seen.push(transport.send::<_, UpdateSecretResponse>(&product, "UpdateSecret", request).await);
        }
        let secret = |answer: usize| &seen[answer].as_ref().unwrap()["secret"];
        assert_eq!(secret(1)["description"], "for the shop");
        assert_eq!(secret(1), secret(0), "nothing was to be changed");
        assert_eq!(
            (&secret(2)["create_time"], &secret(2)["update_time"]),
            (&START.into(), &(START + 5_000).into())
        );
        assert_eq!(
            (&secret(2)["kms_key_id"], &secret(2)["rotation_period"]),
            (&"other".into(), &"7d".into())
        );
        assert_eq!((&secret(3)["description"], &secret(3)["auto_rotation"]), (&"".into(), &true.into()));
        assert_eq!(seen[4].as_ref().unwrap_err().fields, ["rotation_period", "rotation_func_urn"]);
        assert_eq!(seen[5].as_ref().unwrap_err().fields, ["kms_key_id"]);
        assert_eq!(seen[6].as_ref().unwrap_err().fields, ["event_subscriptions"]);
        assert_eq!(seen[7].as_ref().unwrap_err().code, "CSMS.0106");

        let schedule = ScheduleDeletionRequest { secret_name: "db".to_owned(), ..Default::default() };
        assert!(
            transport
                .send::<_, ScheduleDeletionResponse>(&product, "ScheduleDeletion", schedule)
                .await
                .is_ok()
        );
        seen.push(transport.send::<_, UpdateSecretResponse>(&product, "UpdateSecret", of_db()).await);
        assert_eq!(seen[8].as_ref().unwrap_err().code, "CSMS.0103");
        seen
    })
    .await;
}

#[tokio::test]
async fn absent_and_null_keep_a_field_and_empty_clears_it() {
    let product = Product::start().await;
    let put = |body: serde_json::Value| product.rest("PUT", "/v1/{project_id}/secrets/db").json(&body).send();
    let body = json!({"name": "db", "secret_string": "x", "description": "for the shop"});
    product.rest("POST", "/v1/{project_id}/secrets").json(&body).send().await.unwrap();
    for (body, description) in [
        (json!({}), "for the shop"),
        (json!({"description": null, "event_subscriptions": null, "auto_rotation": null}), "for the shop"),
        // Fields that cannot be changed here are ignored like unknown members.
        (json!({"name": "other", "secret_type": "RDS-FG", "secret_string": "y"}), "for the shop"),
        (json!({"description": "", "event_subscriptions": []}), ""),
    ] {
        let answer = put(body.clone()).await.unwrap();
        assert_eq!(answer.status(), 200, "{body}");
        let answer: serde_json::Value = answer.json().await.unwrap();
        assert_eq!(answer["secret"]["description"], description, "{body}");
        assert_eq!(
            (&answer["secret"]["name"], &answer["secret"]["secret_type"]),
            (&"db".into(), &"COMMON".into())
        );
    }
    let rejected = put(json!({"event_subscriptions": "on-change"})).await.unwrap();
    assert_eq!(rejected.status(), 400);
    assert_eq!(rejected.json::<serde_json::Value>().await.unwrap()["error_code"], "CSMS.0004");
    let empty = product.rest("PUT", "/v1/{project_id}/secrets/db").send().await.unwrap();
    assert_eq!(empty.status(), 200, "no body changes nothing");
}
