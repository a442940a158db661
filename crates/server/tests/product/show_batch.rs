use serde_json::json;
use strongroom_contract::v1::{
    BatchImportSecretsRequest, BatchImportSecretsResponse, ShowBatchRequest, ShowBatchResponse,
};

use crate::create_secret::text;
use crate::transports::through_all_transports;

#[tokio::test]
async fn show_batch() {
    through_all_transports(|transport, product| async move {
        let secrets = ["a", "b b", "c"].map(|name| text(name, "x")).to_vec();
        let import = BatchImportSecretsRequest { secrets, ..Default::default() };
        let mut seen = vec![
            transport.send::<_, BatchImportSecretsResponse>(&product, "BatchImportSecrets", import).await,
        ];
        let batch_id = seen[0].as_ref().unwrap()["batch_id"].as_str().unwrap().to_owned();
        for request in [
            ShowBatchRequest { batch_id: batch_id.clone(), ..Default::default() },
            ShowBatchRequest { batch_id: batch_id.clone(), limit: Some(1), offset: 1, ..Default::default() },
            ShowBatchRequest { batch_id, limit: Some(1_001), offset: -1, ..Default::default() },
            ShowBatchRequest { batch_id: "0".repeat(32), ..Default::default() },
        ] {
            seen.push(transport.send::<_, ShowBatchResponse>(&product, "ShowBatch", request).await);
        }
        let shown = seen[1].as_ref().unwrap();
        let outcomes = seen[0].as_ref().unwrap()["outcomes"].clone();
        assert_eq!(shown["outcomes"], outcomes);
        assert_eq!(shown["batch"]["operation"], "BatchImportSecrets");
        assert_eq!(
            shown["batch"]["actions"],
            json!([{"action": "CREATED", "count": 2}, {"action": "REJECTED", "count": 1}])
        );
        assert_eq!(shown["batch"]["can_undo"], true);
        assert_eq!(seen[2].as_ref().unwrap()["outcomes"], json!([outcomes[1]]));
        assert_eq!(seen[3].as_ref().unwrap_err().fields, ["limit", "offset"]);
        assert_eq!(seen[4].as_ref().unwrap_err().code, "CSMS.0005");
        seen
    })
    .await;
}
