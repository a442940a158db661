use serde_json::json;
use strongroom_contract::v1::{
    BatchCancelDeletionsRequest, BatchCancelDeletionsResponse, BatchDeleteSecretsRequest,
    BatchDeleteSecretsResponse, BatchImportSecretsRequest, BatchImportSecretsResponse,
};

use crate::create_secret::text;
use crate::transports::through_all_transports;

#[tokio::test]
async fn batch_cancel_deletions() {
    through_all_transports(|transport, product| async move {
        let secrets = ["a", "b", "c"].map(|name| text(name, "x")).to_vec();
        let import = BatchImportSecretsRequest { secrets, ..Default::default() };
        let mut seen = vec![
            transport.send::<_, BatchImportSecretsResponse>(&product, "BatchImportSecrets", import).await,
        ];
        let schedule = BatchDeleteSecretsRequest {
            names: ["a", "b"].map(str::to_owned).to_vec(),
            recovery_window_in_days: Some(7),
            ..Default::default()
        };
        let rpc = "BatchDeleteSecrets";
        seen.push(transport.send::<_, BatchDeleteSecretsResponse>(&product, rpc, schedule).await);
        let batch_id = seen[1].as_ref().unwrap()["batch_id"].as_str().unwrap().to_owned();

        let names = |names: &[&str]| BatchCancelDeletionsRequest {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            ..Default::default()
        };
        for request in [
            names(&["b", "c", "none"]),
            BatchCancelDeletionsRequest { batch_id: batch_id.clone(), dry_run: true, ..Default::default() },
            BatchCancelDeletionsRequest { batch_id: batch_id.clone(), ..Default::default() },
            BatchCancelDeletionsRequest::default(),
            BatchCancelDeletionsRequest { batch_id, ..names(&["a"]) },
            BatchCancelDeletionsRequest { batch_id: "0".repeat(32), ..Default::default() },
        ] {
            let rpc = "BatchCancelDeletions";
            seen.push(transport.send::<_, BatchCancelDeletionsResponse>(&product, rpc, request).await);
        }
        let counted = |place: usize| {
            let answer = seen[place].as_ref().unwrap();
            json!([answer["total"], answer["success"], answer["failed"]])
        };
        assert_eq!(counted(2), json!([3, 1, 2]));
        assert_eq!(counted(3), json!([1, 1, 0]), "b was cancelled since");
        assert_eq!(counted(4), counted(3));
        assert_eq!(seen[5].as_ref().unwrap_err().problems[0].0, "REQUIRED");
        assert_eq!(seen[6].as_ref().unwrap_err().problems[0].0, "ONE_SELECTION_ONLY");
        assert_eq!(seen[7].as_ref().unwrap_err().code, "CSMS.0005");
        seen
    })
    .await;
}
