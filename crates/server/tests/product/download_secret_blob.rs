use serde_json::{Value, json};
use strongroom_contract::v1::{
    CreateSecretResponse, DownloadSecretBlobRequest, DownloadSecretBlobResponse, ScheduleDeletionRequest,
    ScheduleDeletionResponse,
};

use crate::create_secret::{request, text};
use crate::product::Product;
use crate::transports::{Told, Transport, through_all_transports};

pub async fn download(transport: Transport, product: &Product, name: &str) -> Result<Value, Told> {
    let request = DownloadSecretBlobRequest { project_id: String::new(), secret_name: name.to_owned() };
    transport.send::<_, DownloadSecretBlobResponse>(product, "DownloadSecretBlob", request).await
}

#[tokio::test]
async fn download_secret_blob() {
    through_all_transports(|transport, product| async move {
        let mut seen = vec![
            transport
                .send::<_, CreateSecretResponse>(&product, "CreateSecret", request(text("db", "x")))
                .await,
        ];
        let mut taken = download(transport, &product, "db").await.unwrap();
        let blob = taken["secret_blob"].as_str().unwrap();
        assert!(blob.starts_with("strongroom-backup-v1:"));
        assert_ne!(
            download(transport, &product, "db").await.unwrap()["secret_blob"],
            blob,
            "sealed anew each time"
        );
        taken["secret_blob"] = json!("(a backup)");
        seen.push(Ok(taken));

        let schedule = ScheduleDeletionRequest { secret_name: "db".to_owned(), ..Default::default() };
        seen.push(
            transport.send::<_, ScheduleDeletionResponse>(&product, "ScheduleDeletion", schedule).await,
        );
        for name in ["db", "missing", "a b"] {
            seen.push(download(transport, &product, name).await);
        }
        let codes: Vec<_> = seen[3..].iter().map(|told| &told.as_ref().unwrap_err().code[..]).collect();
        assert_eq!(codes, ["CSMS.0103", "CSMS.0106", "CSMS.0002"]);
        seen
    })
    .await;
}
