use serde_json::{Value, json};
use strongroom_contract::v1::{
    BatchImportSecretsRequest, BatchImportSecretsResponse, CreateSecretResponse, NewSecret, OnExisting,
    OnPending, ScheduleDeletionRequest, ScheduleDeletionResponse, ShowSecretVersionRequest,
    ShowSecretVersionResponse,
};

use crate::create_secret::{request, text};
use crate::transports::through_all_transports;

fn import(secrets: Vec<NewSecret>) -> BatchImportSecretsRequest {
    BatchImportSecretsRequest { secrets, ..Default::default() }
}

#[tokio::test]
async fn batch_import_secrets() {
    through_all_transports(|transport, product| async move {
        let mut seen = vec![
            transport
                .send::<_, CreateSecretResponse>(&product, "CreateSecret", request(text("there", "x")))
                .await,
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
                transport
                    .send::<_, BatchImportSecretsResponse>(&product, "BatchImportSecrets", import(secrets))
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
        seen.push(transport.send::<_, ShowSecretVersionResponse>(&product, "ShowSecretVersion", read).await);
        assert_eq!(seen[4].as_ref().unwrap()["version"]["secret_string"], "1", "the first of two counts");
        seen
    })
    .await;
}

/// One member of each outcome.
fn each(report: &Value, member: &str) -> Value {
    report["outcomes"].as_array().unwrap().iter().map(|outcome| outcome[member].clone()).collect()
}

#[tokio::test]
async fn conflict_policies_determine_the_outcomes() {
    through_all_transports(|transport, product| async move {
        let send = async |request| {
            let answer = transport
                .send::<_, BatchImportSecretsResponse>(&product, "BatchImportSecrets", request)
                .await;
            answer.map(|mut report| {
                // Identifiers and tokens differ between servers.
                for (member, digits) in [("batch_id", 32), ("dry_run_token", 54)] {
                    let given = report[member].as_str().unwrap().len();
                    assert!(given == 0 || given == digits, "{member}: {given}");
                    report[member] = json!(given > 0);
                }
                report
            })
        };
        let mut seen = vec![send(import(vec![text("db", "1"), text("web", "1"), text("old", "1")])).await];
        let waits = ScheduleDeletionRequest {
            secret_name: "old".to_owned(),
            recovery_window_in_days: Some(7),
            ..Default::default()
        };
        transport.send::<_, ScheduleDeletionResponse>(&product, "ScheduleDeletion", waits).await.unwrap();

        let at = |line: i32, entry: NewSecret| NewSecret { line, ..entry };
        let mixed = BatchImportSecretsRequest {
            on_existing: OnExisting::NewVersionIfDifferent.into(),
            on_pending: OnPending::CancelAndNewVersion.into(),
            ..import(vec![
                at(2, text("db", "1")),
                at(3, text("web", "2")),
                at(4, text("old", "2")),
                at(5, text("new", "2")),
                at(6, NewSecret { on_existing: OnExisting::Skip.into(), ..text("web", "9") }),
                at(7, text("new", "2")),
                at(8, text("a b", "2")),
            ])
        };
        let atomic = BatchImportSecretsRequest { atomic: true, ..mixed.clone() };
        let dry = BatchImportSecretsRequest { dry_run: true, ..mixed.clone() };
        for request in [atomic, dry, mixed.clone(), mixed] {
            seen.push(send(request).await);
        }
        let report = |place: usize| seen[place].as_ref().unwrap();
        assert_eq!(each(report(0), "action"), json!(["CREATED", "CREATED", "CREATED"]));
        assert_eq!((&report(0)["batch_id"], &report(0)["dry_run_token"]), (&json!(true), &json!(false)));

        let withheld = "WITHHELD";
        let rejected = "REJECTED";
        let expected = json!([withheld, withheld, withheld, withheld, rejected, withheld, rejected]);
        assert_eq!(each(report(1), "action"), expected);
        assert_eq!((&report(1)["success"], &report(1)["failed"]), (&json!(0), &json!(2)));
        assert_eq!(report(1)["batch_id"], false);

        let (new, same) = ("NEW_VERSION", "UNCHANGED");
        let expected = json!([same, new, new, "CREATED", rejected, same, rejected]);
        assert_eq!(each(report(2), "action"), expected, "what is shown");
        assert_eq!((&report(2)["batch_id"], &report(2)["dry_run_token"]), (&json!(false), &json!(true)));
        assert_eq!(each(report(3), "action"), expected, "is what is done");
        assert_eq!(each(report(3), "index"), json!([0, 1, 2, 3, 4, 5, 6]));
        assert_eq!(each(report(3), "line"), json!([2, 3, 4, 5, 6, 7, 8]));
        assert_eq!(each(report(3), "version_id"), json!(["", "v2", "v2", "v1", "", "", ""]));
        assert_eq!(each(report(3), "reason"), json!(["", "", "", "", "REPEATED", "", "INVALID"]));
        assert_eq!(report(3)["outcomes"][2]["message"], "Its deletion is cancelled.");
        assert!(report(3)["outcomes"][4]["message"].as_str().unwrap().contains("entry 2 (line 3)"));
        assert_eq!(report(3)["outcomes"][6]["error_code"], "CSMS.0002");

        assert_eq!(each(report(4), "action"), json!([same, same, same, same, rejected, same, rejected]));
        assert_eq!(report(4)["batch_id"], false, "nothing was changed");
        seen
    })
    .await;
}
