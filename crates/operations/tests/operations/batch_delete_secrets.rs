use strongroom_contract::v1::{self, InstanceType, SecretType};
use strongroom_operations::Code;

use crate::strongroom::{Strongroom, of_instance, refusal, text};

async fn delete(
    strongroom: &Strongroom,
    instance: &str,
    kind: InstanceType,
    dry_run: bool,
) -> v1::BatchDeleteSecretsResponse {
    let request = v1::BatchDeleteSecretsRequest {
        instance_id: instance.to_owned(),
        instance_type: kind.into(),
        dry_run,
        ..Default::default()
    };
    strongroom.operations.batch_delete_secrets(&strongroom.call("BatchDeleteSecrets"), request).await.unwrap()
}

async fn filled() -> Strongroom {
    let strongroom = Strongroom::new();
    let answer = strongroom
        .import(vec![
            of_instance("rds-b", "one", SecretType::RdsFg),
            of_instance("rds-a", "one", SecretType::RdsFg),
            of_instance("common", "one", SecretType::Common),
            of_instance("taurus", "two", SecretType::GaussdbFg),
            of_instance("waiting", "one", SecretType::RdsFg),
            text("free", "x"),
        ])
        .await;
    assert_eq!(answer.failed, 0, "{:?}", answer.error_list);
    strongroom.schedule("waiting", 7).await.unwrap();
    strongroom
}

#[tokio::test]
async fn conditions_combine() {
    for (instance, kind, expected) in [
        ("one", InstanceType::Unspecified, vec!["common", "rds-a", "rds-b"]),
        ("one", InstanceType::Rds, vec!["rds-a", "rds-b"]),
        ("", InstanceType::Taurusdb, vec!["taurus"]),
        ("two", InstanceType::Rds, vec![]),
        ("", InstanceType::Gaussdb, vec![]),
        ("", InstanceType::Apig, vec![]),
        ("three", InstanceType::Unspecified, vec![]),
    ] {
        let strongroom = filled().await;
        let answer = delete(&strongroom, instance, kind, false).await;
        assert_eq!(answer.success_secrets, expected, "{instance} {kind:?}");
        assert_eq!(answer.total as usize, expected.len() + answer.failed_secrets.len());
        let left = strongroom.names().await;
        assert!(expected.iter().all(|name| !left.contains(&(*name).to_owned())));
        assert_eq!(left.len(), 6 - expected.len());
    }
}

#[tokio::test]
async fn a_waiting_secret_matches_is_refused_and_stays() {
    let strongroom = filled().await;
    let answer = delete(&strongroom, "one", InstanceType::Rds, false).await;
    assert_eq!(answer.failed_secrets.len(), 1);
    assert_eq!(answer.failed_secrets[0].secret_name, "waiting");
    assert_eq!(
        answer.failed_secrets[0].error_msg,
        "CSMS.0107: Secret is already in the **Pending deletion** state."
    );
    assert!(strongroom.cancel("waiting").await.is_ok());
}

#[tokio::test]
async fn a_dry_run_says_the_same_and_deletes_nothing() {
    let strongroom = filled().await;
    let told = delete(&strongroom, "one", InstanceType::Rds, true).await;
    assert_eq!(strongroom.names().await.len(), 6);
    assert_eq!(delete(&strongroom, "one", InstanceType::Rds, false).await, told);
}

#[tokio::test]
async fn without_a_condition_nothing_is_deleted() {
    let strongroom = filled().await;
    for kind in [InstanceType::Unspecified.into(), v1::BatchDeleteSecretsRequest::default().instance_type, 99]
    {
        let request = v1::BatchDeleteSecretsRequest { instance_type: kind, ..Default::default() };
        let answer =
            strongroom.operations.batch_delete_secrets(&strongroom.call("BatchDeleteSecrets"), request).await;
        assert_eq!(refusal(answer).code(), Code::InvalidParameter);
    }
    assert_eq!(strongroom.names().await.len(), 6);
}
