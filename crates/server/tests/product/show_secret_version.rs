use strongroom_contract::v1::{
    CreateSecretResponse, NewSecret, ScheduleDeletionRequest, ScheduleDeletionResponse,
    ShowSecretVersionRequest, ShowSecretVersionResponse,
};

use crate::create_secret::{request, text};
use crate::transports::through_all_transports;

#[tokio::test]
async fn show_secret_version() {
    through_all_transports(|transport, product| async move {
        let binary = NewSecret {
            name: "binary".to_owned(),
            secret_binary: Some("AP8B".to_owned()),
            ..Default::default()
        };
        for secret in [text("text", "påss\nword"), binary, text("waiting", "x")] {
            assert!(
                transport
                    .send::<_, CreateSecretResponse>(&product, "CreateSecret", request(secret))
                    .await
                    .is_ok()
            );
        }
        let schedule = ScheduleDeletionRequest { secret_name: "waiting".to_owned(), ..Default::default() };
        assert!(
            transport
                .send::<_, ScheduleDeletionResponse>(&product, "ScheduleDeletion", schedule)
                .await
                .is_ok()
        );

        let mut seen = Vec::new();
        for (name, version) in [
            ("text", "latest"),
            ("text", "v1"),
            ("binary", "latest"),
            ("waiting", "latest"),
            ("text", "v2"),
            ("none", "v1"),
            ("text", "two"),
        ] {
            let request = ShowSecretVersionRequest {
                project_id: String::new(),
                secret_name: name.to_owned(),
                version_id: version.to_owned(),
            };
            seen.push(
                transport.send::<_, ShowSecretVersionResponse>(&product, "ShowSecretVersion", request).await,
            );
        }
        assert_eq!(seen[0], seen[1]);
        assert_eq!(seen[0].as_ref().unwrap()["version"]["secret_string"], "påss\nword");
        assert_eq!(seen[0].as_ref().unwrap()["version"]["secret_binary"], serde_json::Value::Null);
        assert_eq!(
            seen[0].as_ref().unwrap()["version"]["version_metadata"]["version_stages"][0],
            "SYSCURRENT"
        );
        assert_eq!(seen[2].as_ref().unwrap()["version"]["secret_binary"], "AP8B");
        let codes: Vec<_> =
            seen[3..].iter().map(|rejected| rejected.as_ref().unwrap_err().code.as_str()).collect();
        assert_eq!(codes, ["CSMS.0103", "CSMS.0005", "CSMS.0106", "CSMS.0002"]);
        seen
    })
    .await;
}
