use strongroom_contract::v1::{
    BatchImportSecretsRequest, BatchImportSecretsResponse, CreateSecretResponse, NewSecret,
    ShowSecretVersionRequest, ShowSecretVersionResponse,
};

use crate::create_secret::{request, text};
use crate::doors::through_all_doors;

fn import(secrets: Vec<NewSecret>) -> BatchImportSecretsRequest {
    BatchImportSecretsRequest { secrets, ..Default::default() }
}

#[tokio::test]
async fn batch_import_secrets() {
    through_all_doors(|door, product| async move {
        let mut seen = vec![
            door.send::<_, CreateSecretResponse>(&product, "CreateSecret", request(text("there", "x"))).await,
        ];
        let mixed = vec![
            text("one", "1"),
            text("there", "2"),
            text("one", "3"),
            NewSecret { description: "ü".repeat(1_025), ..text("", "4") },
            NewSecret { secret_string: Some("x".repeat(32_769)), ..text("large", "") },
            NewSecret { secret_string: Some("x".repeat(32_768)), ..text("largest", "") },
        ];
        let too_many = (0..1_001).map(|number| text(&format!("many-{number}"), "x")).collect();
        for secrets in [mixed, vec![], too_many] {
            seen.push(
                door.send::<_, BatchImportSecretsResponse>(&product, "BatchImportSecrets", import(secrets))
                    .await,
            );
        }
        let report = seen[1].as_ref().unwrap();
        assert_eq!(
            (&report["total"], &report["success"], &report["failed"]),
            (&6.into(), &2.into(), &4.into())
        );
        let places: Vec<_> = report["error_list"]
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["index"].as_i64().unwrap())
            .collect();
        assert_eq!(places, [1, 2, 3, 4]);
        assert_eq!(report["error_list"][2]["problems"].as_array().unwrap().len(), 2);
        assert_eq!(seen[2].as_ref().unwrap_err().fields, ["secrets"]);
        assert!(
            seen[3].as_ref().unwrap_err().sentence.contains("1000")
                || seen[3].as_ref().unwrap_err().sentence.contains("1,000")
        );

        let read = ShowSecretVersionRequest {
            secret_name: "one".to_owned(),
            version_id: "latest".to_owned(),
            ..Default::default()
        };
        seen.push(door.send::<_, ShowSecretVersionResponse>(&product, "ShowSecretVersion", read).await);
        assert_eq!(seen[4].as_ref().unwrap()["version"]["secret_string"], "1", "the first of two counts");
        seen
    })
    .await;
}
