use strongroom_contract::v1::{
    CreateSecretResponse, RotateRootKeyRequest, RotateRootKeyResponse, ShowSecretVersionRequest,
    ShowSecretVersionResponse,
};

use crate::create_secret::{request, text};
use crate::transports::through_all_transports;

#[tokio::test]
async fn rotate_root_key() {
    through_all_transports(|transport, product| async move {
        let file = || std::fs::read_to_string(product.folder.path().join("root.key")).unwrap();
        let mut seen = vec![
            transport
                .send::<_, CreateSecretResponse>(&product, "CreateSecret", request(text("db", "x")))
                .await,
        ];
        let mut keys = vec![file()];
        for term in 2..4 {
            let rotated = transport
                .send::<_, RotateRootKeyResponse>(&product, "RotateRootKey", RotateRootKeyRequest {})
                .await;
            let root_key = &rotated.as_ref().unwrap()["root_key"];
            assert_eq!((&root_key["term"], &root_key["state"]), (&term.into(), &"WHOLE".into()));
            seen.push(rotated);
            assert!(file().lines().count() == 1 && !keys.contains(&file()));
            keys.push(file());
            let read = ShowSecretVersionRequest {
                secret_name: "db".to_owned(),
                version_id: "latest".to_owned(),
                ..Default::default()
            };
            seen.push(
                transport.send::<_, ShowSecretVersionResponse>(&product, "ShowSecretVersion", read).await,
            );
        }
        let scraped = reqwest::Client::new()
            .get(product.url("/metrics"))
            .basic_auth(product.known("access_key"), Some(product.known("secret_key")));
        assert_eq!(scraped.send().await.unwrap().status(), 200, "the access key still works");
        seen
    })
    .await;
}
