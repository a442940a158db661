use strongroom_contract::v1::{UpdateVersionRequest, UpdateVersionResponse};

use crate::create_secret_version::db;
use crate::product::{DAY, START};
use crate::transports::through_all_transports;

#[tokio::test]
async fn update_version() {
    through_all_transports(|transport, product| async move {
        db(transport, &product, 2).await;
        let mut seen = Vec::new();
        for (name, version, expire_time) in [
            ("db", "v1", START + DAY + 999),
            ("db", "latest", START + 1_000),
            ("db", "v1", START + 999),
            ("db", "v1", 10_000_000_000_000),
            ("db", "one", -1),
            ("db", "v3", START + DAY),
            ("none", "v1", START + DAY),
        ] {
            let request = UpdateVersionRequest {
                project_id: String::new(),
                secret_name: name.to_owned(),
                version_id: version.to_owned(),
                expire_time,
                ..Default::default()
            };
            seen.push(transport.send::<_, UpdateVersionResponse>(&product, "UpdateVersion", request).await);
        }
        for (answer, id, expire_time) in [(0, "v1", START + DAY), (1, "v2", START + 1_000)] {
            let version = &seen[answer].as_ref().unwrap()["version_metadata"];
            assert_eq!((&version["id"], &version["expire_time"]), (&id.into(), &expire_time.into()));
        }
        let told: Vec<_> = seen[2..]
            .iter()
            .map(|rejected| rejected.as_ref().unwrap_err())
            .map(|told| (told.code.as_str(), told.fields.concat()))
            .collect();
        let pair = |code, fields: &str| (code, fields.to_owned());
        assert_eq!(
            told,
            [
                pair("CSMS.0002", "expire_time"),
                pair("CSMS.0002", "expire_time"),
                pair("CSMS.0002", "version_idexpire_time"),
                pair("CSMS.0005", ""),
                pair("CSMS.0106", "")
            ]
        );
        seen
    })
    .await;
}
