use strongroom_contract::v1::{
    BatchImportSecretsRequest, BatchImportSecretsResponse, ListBatchesRequest, ListBatchesResponse,
};

use crate::create_secret::text;
use crate::transports::through_all_transports;

#[tokio::test]
async fn list_batches() {
    through_all_transports(|transport, product| async move {
        let (mut seen, mut made) = (Vec::new(), Vec::new());
        for name in ["a", "b", "c"] {
            product.pass(1_000);
            let import = BatchImportSecretsRequest { secrets: vec![text(name, "x")], ..Default::default() };
            let rpc = "BatchImportSecrets";
            let answer = transport.send::<_, BatchImportSecretsResponse>(&product, rpc, import).await;
            made.insert(0, answer.as_ref().unwrap()["batch_id"].as_str().unwrap().to_owned());
            seen.push(answer);
        }
        for request in [
            ListBatchesRequest::default(),
            ListBatchesRequest { limit: Some(2), ..Default::default() },
            ListBatchesRequest { limit: Some(2), marker: made[1].clone(), ..Default::default() },
            ListBatchesRequest { limit: Some(101), marker: "x".to_owned(), ..Default::default() },
        ] {
            let rpc = "ListBatches";
            let answer = transport.send::<_, ListBatchesResponse>(&product, rpc, request).await;
            seen.push(answer.map(|mut answer| {
                // The marker is a batch id, which differs between servers.
                let info = &mut answer["page_info"];
                for marker in ["next_marker", "previous_marker"] {
                    if let Some(place) = made.iter().position(|batch| info[marker] == batch.as_str()) {
                        info[marker] = place.into();
                    }
                }
                answer
            }));
        }
        let answer = |place: usize| seen[place].as_ref().unwrap();
        let listed = |place: usize| -> Vec<_> {
            let batches = answer(place)["batches"].as_array().unwrap();
            batches.iter().map(|batch| batch["batch_id"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(listed(3), made);
        assert_eq!(listed(4), made[..2]);
        assert_eq!(answer(4)["page_info"]["next_marker"], 1);
        assert_eq!(listed(5), made[2..]);
        assert!(answer(5)["page_info"]["next_marker"].is_null(), "nothing follows");
        assert_eq!(seen[6].as_ref().unwrap_err().fields, ["limit", "marker"]);
        seen
    })
    .await;
}
