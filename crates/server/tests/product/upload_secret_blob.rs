use serde_json::Value;
use strongroom_contract::v1::{
    CreateSecretResponse, DeleteSecretRequest, DeleteSecretResponse, ShowSecretVersionRequest,
    ShowSecretVersionResponse, UploadSecretBlobRequest, UploadSecretBlobResponse,
};

use crate::create_secret::{request, text};
use crate::download_secret_blob::download;
use crate::product::{DAY, Product};
use crate::transports::{Told, Transport, through_all_transports};

async fn upload(transport: Transport, product: &Product, blob: &str) -> Result<Value, Told> {
    let request = UploadSecretBlobRequest {
        project_id: String::new(),
        secret_blob: blob.to_owned(),
        ..Default::default()
    };
    transport.send::<_, UploadSecretBlobResponse>(product, "UploadSecretBlob", request).await
}

#[tokio::test]
async fn upload_secret_blob() {
    through_all_transports(|transport, mut product| async move {
        let created = transport
            .send::<_, CreateSecretResponse>(&product, "CreateSecret", request(text("db", "x")))
            .await;
        let created = created.unwrap();
        let blob = download(transport, &product, "db").await.unwrap();
        let blob = blob["secret_blob"].as_str().unwrap();
        let mut seen = vec![upload(transport, &product, blob).await];
        assert_eq!(seen[0].as_ref().unwrap_err().problems[0].0, "TAKEN");

        let delete = DeleteSecretRequest {
            project_id: String::new(),
            secret_name: "db".to_owned(),
            ..Default::default()
        };
        transport.send::<_, DeleteSecretResponse>(&product, "DeleteSecret", delete).await.unwrap();
        product.pass(DAY);
        product.renew().await;
        let longest = format!("strongroom-backup-v1:{}", "A".repeat(5_242_880));
        for wrong in ["", "no backup", &blob[..blob.len() - 4], &longest] {
            seen.push(upload(transport, &product, wrong).await);
            let told = seen.last().unwrap().as_ref().unwrap_err();
            assert_eq!((&told.code[..], &told.fields[..]), ("CSMS.0002", &["secret_blob".to_owned()][..]));
        }
        let mut restored = upload(transport, &product, blob).await.unwrap();
        assert_eq!(
            restored["secret"]["update_time"].as_i64().unwrap() - DAY,
            created["secret"]["update_time"]
        );
        seen.push(Ok(restored.clone()));
        restored["secret"]["update_time"] = created["secret"]["update_time"].clone();
        assert_eq!(restored, created, "the id too");

        let read = ShowSecretVersionRequest {
            secret_name: "db".to_owned(),
            version_id: "latest".to_owned(),
            ..Default::default()
        };
        seen.push(transport.send::<_, ShowSecretVersionResponse>(&product, "ShowSecretVersion", read).await);
        seen
    })
    .await;
}
