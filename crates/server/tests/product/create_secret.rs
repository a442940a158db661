use strongroom_contract::v1::{
    CreateSecretRequest, CreateSecretResponse, NewSecret, OnExisting, SecretType, ShowSecretVersionRequest,
    ShowSecretVersionResponse,
};

use crate::product::START;
use crate::transports::through_all_transports;

pub fn request(secret: NewSecret) -> CreateSecretRequest {
    CreateSecretRequest { secret: Some(secret), ..Default::default() }
}

pub fn text(name: &str, value: &str) -> NewSecret {
    NewSecret { name: name.to_owned(), secret_string: Some(value.to_owned()), ..Default::default() }
}

#[tokio::test]
async fn create_secret() {
    through_all_transports(|transport, product| async move {
        let full = NewSecret {
            description: "for the web".to_owned(),
            secret_type: SecretType::RdsFg.into(),
            rotation_config: r#"{"InstanceId":"i","SecretSubType":"SingleUser"}"#.to_owned(),
            auto_rotation: true,
            rotation_period: "1d".to_owned(),
            ..text("db.web", "value")
        };
        let mut seen = Vec::new();
        for secret in [
            text("plain", "value"),
            full,
            text("plain", "other"),
            text("a b", "value"),
            NewSecret { secret_type: SecretType::Rds.into(), ..text("old", "value") },
            NewSecret { name: "none".to_owned(), ..Default::default() },
            NewSecret { secret_binary: Some("not base64".to_owned()), secret_string: None, ..text("x", "") },
        ] {
            seen.push(
                transport.send::<_, CreateSecretResponse>(&product, "CreateSecret", request(secret)).await,
            );
        }
        let stored = seen[0].as_ref().unwrap();
        assert_eq!(stored["secret"]["state"], "ENABLED");
        assert_eq!(stored["secret"]["secret_type"], "COMMON");
        assert_eq!(stored["secret"]["enterprise_project_id"], "0");
        assert_eq!(stored["secret"]["create_time"], START);
        assert_eq!(stored["secret"]["scheduled_delete_time"], serde_json::Value::Null);
        assert_eq!(seen[1].as_ref().unwrap()["secret"]["secret_type"], "RDS-FG");
        for (rejected, field) in
            seen[2..].iter().zip(["name", "name", "secret_type", "secret_string", "secret_binary"])
        {
            let told = rejected.as_ref().unwrap_err();
            assert_eq!((told.code.as_str(), told.fields[0].as_str()), ("CSMS.0002", field));
            assert!(told.documented_text.starts_with("The value of parameter is invalid. "));
        }
        seen
    })
    .await;
}

#[tokio::test]
async fn existing_secret_gets_a_version_with_a_conflict_policy() {
    through_all_transports(|transport, product| async move {
        let mut seen = Vec::new();
        for on_existing in
            [OnExisting::Unspecified, OnExisting::Skip, OnExisting::NewVersion, OnExisting::Fail]
        {
            let secret =
                NewSecret { on_existing: on_existing.into(), ..text("db", on_existing.as_str_name()) };
            seen.push(
                transport.send::<_, CreateSecretResponse>(&product, "CreateSecret", request(secret)).await,
            );
            let read = ShowSecretVersionRequest {
                secret_name: "db".to_owned(),
                version_id: "latest".to_owned(),
                ..Default::default()
            };
            seen.push(
                transport.send::<_, ShowSecretVersionResponse>(&product, "ShowSecretVersion", read).await,
            );
        }
        let values: Vec<_> = seen
            .iter()
            .skip(1)
            .step_by(2)
            .map(|read| &read.as_ref().unwrap()["version"]["secret_string"])
            .collect();
        assert_eq!(
            values,
            [
                "ON_EXISTING_UNSPECIFIED",
                "ON_EXISTING_UNSPECIFIED",
                "ON_EXISTING_NEW_VERSION",
                "ON_EXISTING_NEW_VERSION"
            ]
        );
        assert_eq!(seen[6].as_ref().unwrap_err().fields, ["name"]);
        seen
    })
    .await;
}
