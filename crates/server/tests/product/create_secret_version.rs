use serde_json::{Value, json};
use strongroom_contract::v1::{
    CreateSecretResponse, CreateSecretVersionRequest, CreateSecretVersionResponse, ScheduleDeletionRequest,
    ScheduleDeletionResponse, ShowSecretVersionRequest, ShowSecretVersionResponse,
};

use crate::create_secret::{request, text};
use crate::product::{Product, START};
use crate::transports::{Transport, through_all_transports};

/// Stores another text value with these stages.
pub fn version(name: &str, value: &str, stages: &[&str]) -> CreateSecretVersionRequest {
    CreateSecretVersionRequest {
        secret_name: name.to_owned(),
        secret_string: Some(value.to_owned()),
        version_stages: stages.iter().map(|stage| (*stage).to_owned()).collect(),
        ..Default::default()
    }
}

/// A secret `db` with this number of versions.
pub async fn db(transport: Transport, product: &Product, versions: usize) {
    let created = transport
        .send::<_, CreateSecretResponse>(product, "CreateSecret", request(text("db", "value 1")))
        .await;
    assert!(created.is_ok());
    for number in 2..=versions {
        let request = version("db", &format!("value {number}"), &[]);
        let made =
            transport.send::<_, CreateSecretVersionResponse>(product, "CreateSecretVersion", request).await;
        assert!(made.is_ok());
    }
}

#[tokio::test]
async fn create_secret_version() {
    through_all_transports(|transport, product| async move {
        db(transport, &product, 1).await;
        let binary = CreateSecretVersionRequest {
            secret_binary: Some("AP8B".to_owned()),
            secret_string: None,
            expire_time: Some(START + 60_999),
            ..version("db", "", &["blue", "SYSCURRENT"])
        };
        let both =
            CreateSecretVersionRequest { secret_binary: Some("AP8B".to_owned()), ..version("db", "x", &[]) };
        let past = CreateSecretVersionRequest { expire_time: Some(START), ..version("db", "x", &[]) };
        let many: Vec<String> = (0..13).map(|number| format!("s{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();

        let mut seen = Vec::new();
        for request in [
            version("db", "value 2", &[]),
            binary,
            both,
            past,
            version("db", "x", &["a.b"]),
            version("db", "x", &many),
            version("db", "x", &many[..12]),
            version("none", "x", &[]),
        ] {
            let answer = transport
                .send::<_, CreateSecretVersionResponse>(&product, "CreateSecretVersion", request)
                .await;
            seen.push(answer);
        }
        assert_eq!(
            *seen[0].as_ref().unwrap(),
            json!({"version_metadata": {
                "id": "v2", "create_time": START + 1_000, "expire_time": null, "kms_key_id": "csms/default",
                "secret_name": "db", "version_stages": ["SYSCURRENT"]}})
        );
        let binary = &seen[1].as_ref().unwrap()["version_metadata"];
        assert_eq!(binary["expire_time"], START + 60_000);
        assert_eq!(binary["version_stages"], json!(["SYSCURRENT", "blue"]));
        let told: Vec<_> = seen[2..]
            .iter()
            .map(|rejected| rejected.as_ref().unwrap_err())
            .map(|told| (told.code.as_str(), told.fields.first().map_or("", String::as_str)))
            .collect();
        assert_eq!(
            told,
            [
                ("CSMS.0002", "secret_string"),
                ("CSMS.0002", "expire_time"),
                ("CSMS.0002", "version_stages"),
                ("CSMS.0204", ""),
                ("CSMS.0203", ""),
                ("CSMS.0106", "")
            ]
        );

        for (version, string, bytes) in [
            ("v1", json!("value 1"), Value::Null),
            ("v2", json!("value 2"), Value::Null),
            ("latest", Value::Null, json!("AP8B")),
        ] {
            let request = ShowSecretVersionRequest {
                secret_name: "db".to_owned(),
                version_id: version.to_owned(),
                ..Default::default()
            };
            let read =
                transport.send::<_, ShowSecretVersionResponse>(&product, "ShowSecretVersion", request).await;
            let value = &read.as_ref().unwrap()["version"];
            assert_eq!((&value["secret_string"], &value["secret_binary"]), (&string, &bytes));
            seen.push(read);
        }

        let schedule = ScheduleDeletionRequest { secret_name: "db".to_owned(), ..Default::default() };
        assert!(
            transport
                .send::<_, ScheduleDeletionResponse>(&product, "ScheduleDeletion", schedule)
                .await
                .is_ok()
        );
        let waiting = version("db", "x", &[]);
        seen.push(
            transport.send::<_, CreateSecretVersionResponse>(&product, "CreateSecretVersion", waiting).await,
        );
        assert_eq!(seen.last().unwrap().as_ref().unwrap_err().code, "CSMS.0103");
        seen
    })
    .await;
}
