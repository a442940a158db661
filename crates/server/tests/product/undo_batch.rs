use serde_json::{Value, json};
use strongroom_contract::v1::{
    BatchCancelDeletionsRequest, BatchCancelDeletionsResponse, BatchDeleteSecretsRequest,
    BatchDeleteSecretsResponse, BatchImportSecretsRequest, BatchImportSecretsResponse, ListSecretsRequest,
    ListSecretsResponse, OnExisting, ScheduleDeletionRequest, ScheduleDeletionResponse, UndoBatchRequest,
    UndoBatchResponse,
};

use crate::create_secret::text;
use crate::product::Product;
use crate::transports::{Told, Transport, through_all_transports};

async fn undo(transport: Transport, product: &Product, request: UndoBatchRequest) -> Result<Value, Told> {
    transport.send::<_, UndoBatchResponse>(product, "UndoBatch", request).await
}

#[tokio::test]
async fn undo_batch() {
    through_all_transports(|transport, product| async move {
        let secrets = ["a", "b"].map(|name| text(name, "x")).to_vec();
        let import = BatchImportSecretsRequest { secrets, ..Default::default() };
        let mut seen = vec![
            transport.send::<_, BatchImportSecretsResponse>(&product, "BatchImportSecrets", import).await,
        ];
        let batch_id = seen[0].as_ref().unwrap()["batch_id"].as_str().unwrap().to_owned();
        let schedule = ScheduleDeletionRequest { secret_name: "b".to_owned(), ..Default::default() };
        let rpc = "ScheduleDeletion";
        seen.push(transport.send::<_, ScheduleDeletionResponse>(&product, rpc, schedule).await);

        let request = UndoBatchRequest { batch_id: batch_id.clone(), ..Default::default() };
        for request in [
            UndoBatchRequest { atomic: true, ..request.clone() },
            UndoBatchRequest { dry_run: true, ..request.clone() },
            request.clone(),
            request,
            UndoBatchRequest { batch_id: "0".repeat(32), ..Default::default() },
            UndoBatchRequest { batch_id: "X".repeat(32), ..Default::default() },
        ] {
            seen.push(undo(transport, &product, request).await);
        }
        let rpc = "ListSecrets";
        let list = ListSecretsRequest::default();
        seen.push(transport.send::<_, ListSecretsResponse>(&product, rpc, list).await);

        let counted = |place: usize| {
            let answer = seen[place].as_ref().unwrap();
            json!([answer["total"], answer["success"], answer["failed"]])
        };
        assert_eq!(counted(2), json!([2, 0, 1]), "all or nothing");
        assert_eq!(counted(3), json!([2, 1, 1]));
        assert_eq!(counted(4), counted(3));
        assert_eq!(seen[4].as_ref().unwrap()["outcomes"], seen[3].as_ref().unwrap()["outcomes"]);
        // Batch ids differ between servers.
        let undo_id = seen[4].as_ref().unwrap()["batch_id"].as_str().unwrap().to_owned();
        assert_eq!(counted(5), json!([2, 0, 1]), "what was rejected may be tried again");
        assert_eq!(seen[5].as_ref().unwrap()["outcomes"][0]["action"], "UNCHANGED");
        let message = &mut seen[5].as_mut().unwrap()["outcomes"][0]["message"];
        let told = message.as_str().unwrap().replace(&undo_id, "(undo)");
        assert_eq!(told, "Batch (undo) has left nothing of it to undo.");
        *message = json!(told);
        assert_eq!(seen[6].as_ref().unwrap_err().code, "CSMS.0005");
        assert_eq!(seen[7].as_ref().unwrap_err().fields, ["batch_id"]);
        let left = seen[8].as_ref().unwrap()["secrets"].as_array().unwrap();
        assert_eq!(left.iter().map(|secret| &secret["name"]).collect::<Vec<_>>(), ["b"]);
        seen
    })
    .await;
}

#[tokio::test]
async fn rejected_part_of_an_undo_can_be_undone_later() {
    through_all_transports(|transport, product| async move {
        let mut seen = Vec::new();
        for names in [&["a", "b"][..], &["a"]] {
            let import = BatchImportSecretsRequest {
                secrets: names.iter().map(|name| text(name, &names.len().to_string())).collect(),
                on_existing: OnExisting::NewVersion.into(),
                ..Default::default()
            };
            let rpc = "BatchImportSecrets";
            seen.push(transport.send::<_, BatchImportSecretsResponse>(&product, rpc, import).await);
        }
        let batch = |place: usize| seen[place].as_ref().unwrap()["batch_id"].as_str().unwrap().to_owned();
        let (first, second) = (batch(0), batch(1));
        for batch_id in [&first, &second, &first, &first] {
            let request = UndoBatchRequest { batch_id: batch_id.clone(), ..Default::default() };
            seen.push(undo(transport, &product, request).await);
        }
        let actions = |place: usize| {
            let outcomes = seen[place].as_ref().unwrap()["outcomes"].as_array().unwrap();
            outcomes.iter().map(|outcome| outcome["action"].as_str().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(actions(2), ["REJECTED", "UNDONE"]);
        assert_eq!(actions(3), ["UNDONE"]);
        assert_eq!(actions(4), ["UNDONE", "UNCHANGED"]);
        // Batch ids differ between servers.
        let ids = [2, 4].map(|place| seen[place].as_ref().unwrap()["batch_id"].as_str().unwrap().to_owned());
        let message = &mut seen[4].as_mut().unwrap()["outcomes"][1]["message"];
        *message = json!(message.as_str().unwrap().replace(&ids[0], "(undo)"));
        let told = seen[5].as_mut().unwrap_err();
        told.sentence = told.sentence.replace(&first, "(import)").replace(&ids[1], "(undo)");
        assert!(told.sentence.starts_with("Batch (import) was undone by batch (undo) already."));
        seen
    })
    .await;
}

#[tokio::test]
async fn undoing_batches_newest_first_restores_everything() {
    through_all_transports(|transport, product| async move {
        let mut seen = Vec::new();
        for value in ["1", "2"] {
            let on_existing = OnExisting::NewVersion.into();
            let import = BatchImportSecretsRequest {
                secrets: vec![text("db", value)],
                on_existing,
                ..Default::default()
            };
            seen.push(
                transport.send::<_, BatchImportSecretsResponse>(&product, "BatchImportSecrets", import).await,
            );
        }
        let names = vec!["db".to_owned()];
        let delete =
            BatchDeleteSecretsRequest { names, recovery_window_in_days: Some(7), ..Default::default() };
        seen.push(
            transport.send::<_, BatchDeleteSecretsResponse>(&product, "BatchDeleteSecrets", delete).await,
        );
        let batch = |seen: &[Result<Value, Told>], place: usize| {
            seen[place].as_ref().unwrap()["batch_id"].as_str().unwrap().to_owned()
        };
        let (first, second, scheduled) = (batch(&seen, 0), batch(&seen, 1), batch(&seen, 2));
        let cancel = BatchCancelDeletionsRequest { batch_id: scheduled.clone(), ..Default::default() };
        let rpc = "BatchCancelDeletions";
        seen.push(transport.send::<_, BatchCancelDeletionsResponse>(&product, rpc, cancel).await);
        let cancelled = batch(&seen, 3);
        for batch_id in [first.clone(), cancelled, scheduled, second, first] {
            let request = UndoBatchRequest { batch_id, ..Default::default() };
            seen.push(undo(transport, &product, request).await);
        }
        let told = |place: usize| seen[place].as_ref().unwrap()["outcomes"][0]["action"].clone();
        assert_eq!(seen[4].as_ref().unwrap()["outcomes"][0]["reason"], "CHANGED_SINCE");
        assert_eq!([5, 6, 7, 8].map(told), ["UNDONE"; 4]);
        seen.push(
            transport
                .send::<_, ListSecretsResponse>(&product, "ListSecrets", ListSecretsRequest::default())
                .await,
        );
        assert_eq!(seen[9].as_ref().unwrap()["secrets"], json!([]));
        seen
    })
    .await;
}
