use strongroom_contract::v1::{self, Action, InstanceType, SecretType};
use strongroom_operations::{Code, Rejection};

use crate::strongroom::{DAY, START, Strongroom, of_instance, rejection, text};
use crate::tags::tag;

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
    strongroom.batch_delete(request).await.unwrap()
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
async fn a_waiting_secret_matches_is_rejected_and_stays() {
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
    assert!(told.batch_id.is_empty() && !told.dry_run_token.is_empty());
    let done = delete(&strongroom, "one", InstanceType::Rds, false).await;
    assert_eq!(done.batch_id.len(), 32);
    let unnamed = |answer| v1::BatchDeleteSecretsResponse {
        batch_id: String::new(),
        dry_run_token: String::new(),
        ..answer
    };
    assert_eq!(unnamed(done), unnamed(told));
}

#[tokio::test]
async fn without_a_condition_nothing_is_deleted() {
    let strongroom = filled().await;
    for kind in [InstanceType::Unspecified.into(), v1::BatchDeleteSecretsRequest::default().instance_type, 99]
    {
        let request = v1::BatchDeleteSecretsRequest { instance_type: kind, ..Default::default() };
        let answer =
            strongroom.operations.batch_delete_secrets(&strongroom.call("BatchDeleteSecrets"), request).await;
        assert_eq!(rejection(answer).code(), Code::InvalidParameter);
    }
    assert_eq!(strongroom.names().await.len(), 6);
}

/// One of each state: `there`, `waiting`, and `over`, whose time has come.
async fn in_each_state() -> Strongroom {
    let strongroom = Strongroom::new();
    let names = ["over", "there", "waiting"];
    strongroom.import(names.map(|name| of_instance(name, "one", SecretType::RdsFg)).to_vec()).await;
    for name in names {
        tag(&strongroom, name, &[("team", "shop")]).await;
    }
    strongroom.schedule("over", 7).await.unwrap();
    strongroom.pass(3 * DAY);
    strongroom.schedule("waiting", 30).await.unwrap();
    strongroom.pass(4 * DAY);
    strongroom
}

fn names(names: &[&str]) -> v1::BatchDeleteSecretsRequest {
    v1::BatchDeleteSecretsRequest {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        ..Default::default()
    }
}

fn tagged(key: &str, values: &[&str]) -> v1::BatchDeleteSecretsRequest {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    let tags = vec![v1::TagValues { key: key.to_owned(), values }];
    v1::BatchDeleteSecretsRequest { tags, ..Default::default() }
}

pub fn told(outcomes: &[v1::Outcome]) -> Vec<(&str, Action, &str)> {
    let told = outcomes.iter().map(|one| (one.name.as_str(), one.action(), one.reason.as_str()));
    told.collect()
}

#[tokio::test]
async fn each_state_has_one_outcome_whatever_selects_it() {
    let instance = || v1::BatchDeleteSecretsRequest { instance_id: "one".to_owned(), ..Default::default() };
    let waits = ("waiting", Action::Rejected, "ALREADY_SCHEDULED");
    for (window, done) in [(None, Action::Deleted), (Some(7), Action::Scheduled)] {
        for (by, request, expected) in [
            (
                "names",
                names(&["waiting", "there", "over", "no name!", "there", "none"]),
                vec![
                    waits,
                    ("there", done, ""),
                    ("over", Action::Rejected, "NOT_FOUND"),
                    ("no name!", Action::Rejected, "INVALID"),
                    ("there", Action::Unchanged, ""),
                    ("none", Action::Rejected, "NOT_FOUND"),
                ],
            ),
            ("value", tagged("team", &["other", "shop"]), vec![("there", done, ""), waits]),
            ("key", tagged("team", &[]), vec![("there", done, ""), waits]),
            ("instance", instance(), vec![("there", done, ""), waits]),
        ] {
            let strongroom = in_each_state().await;
            let request = v1::BatchDeleteSecretsRequest {
                recovery_window_in_days: window,
                expect_total: Some(2),
                ..request
            };
            let answer = strongroom.batch_delete(request).await.unwrap();
            assert_eq!(told(&answer.outcomes), expected, "{by} {window:?}");
            assert!((0..).zip(&answer.outcomes).all(|(index, outcome)| outcome.index == index));
            assert_eq!((answer.total, answer.project_total), (2, 2), "{by}");
            assert_eq!(answer.success_secrets, ["there"]);
            let rejected = expected.iter().filter(|(_, action, _)| *action == Action::Rejected).count();
            assert_eq!(answer.failed_secrets.len(), rejected);
            let shown = strongroom.show("there").await.ok().map(|shown| shown.secret.unwrap());
            let due = shown.map(|shown| shown.scheduled_delete_time.unwrap());
            assert_eq!(due, window.map(|days| (START - START % 1_000) + (7 + i64::from(days)) * DAY));
            let outcome = answer.outcomes.iter().find(|outcome| outcome.action() == done).unwrap();
            assert_eq!(outcome.scheduled_delete_time, due);
        }
    }
}

#[tokio::test]
async fn what_does_not_come_back_goes_only_in_the_expected_number() {
    let strongroom = in_each_state().await;
    let there = || names(&["there", "none"]);
    assert_eq!(rejection(strongroom.batch_delete(there()).await).reason(), "INVALID");
    for expected in [0, 2, -1] {
        let request = v1::BatchDeleteSecretsRequest { expect_total: Some(expected), ..there() };
        let rejected = rejection(strongroom.batch_delete(request).await);
        assert_eq!(rejected, Rejection::OtherTotal { expected, found: 1 });
    }
    let guarded =
        v1::BatchDeleteSecretsRequest { recovery_window_in_days: Some(7), expect_total: Some(2), ..there() };
    assert_eq!(rejection(strongroom.batch_delete(guarded).await).reason(), "OTHER_TOTAL");
    assert_eq!(strongroom.names().await, ["there", "waiting"]);
    assert!(strongroom.batches(Default::default()).await.unwrap().batches.len() == 1, "the import only");

    let request = v1::BatchDeleteSecretsRequest { expect_total: Some(1), ..there() };
    assert_eq!(strongroom.batch_delete(request).await.unwrap().success_secrets, ["there"]);
}

#[tokio::test]
async fn what_a_dry_run_has_shown_needs_no_number() {
    let strongroom = in_each_state().await;
    let show = v1::BatchDeleteSecretsRequest { dry_run: true, ..names(&["there"]) };
    let told = strongroom.batch_delete(show).await.unwrap();
    assert_eq!((told.total, told.batch_id.as_str()), (1, ""));
    let request = v1::BatchDeleteSecretsRequest { request_id: "one".to_owned(), ..names(&["there"]) };
    assert_eq!(rejection(strongroom.batch_delete(request).await).reason(), "INVALID", "a name shows nothing");

    let confirmed = v1::BatchDeleteSecretsRequest { dry_run_token: told.dry_run_token, ..names(&["there"]) };
    strongroom.schedule("there", 7).await.unwrap();
    assert_eq!(rejection(strongroom.batch_delete(confirmed.clone()).await), Rejection::ChangedSinceShown);
    strongroom.cancel("there").await.unwrap();
    assert_eq!(rejection(strongroom.batch_delete(confirmed).await), Rejection::ChangedSinceShown);

    let show = v1::BatchDeleteSecretsRequest { dry_run: true, ..names(&["there"]) };
    let dry_run_token = strongroom.batch_delete(show).await.unwrap().dry_run_token;
    let confirmed = v1::BatchDeleteSecretsRequest { dry_run_token, ..names(&["there"]) };
    assert_eq!(strongroom.batch_delete(confirmed).await.unwrap().success_secrets, ["there"]);
}

#[tokio::test]
async fn all_or_nothing_deletes_nothing_when_one_waits() {
    let strongroom = in_each_state().await;
    let request =
        v1::BatchDeleteSecretsRequest { atomic: true, expect_total: Some(2), ..names(&["there", "waiting"]) };
    let answer = strongroom.batch_delete(request).await.unwrap();
    assert_eq!(
        told(&answer.outcomes),
        [("there", Action::Withheld, ""), ("waiting", Action::Rejected, "ALREADY_SCHEDULED")]
    );
    assert_eq!((answer.total, answer.success_secrets.len(), answer.failed_secrets.len()), (2, 0, 1));
    assert!(answer.batch_id.is_empty());
    assert_eq!(strongroom.names().await, ["there", "waiting"]);
    let request = v1::BatchDeleteSecretsRequest { atomic: true, expect_total: Some(1), ..names(&["there"]) };
    assert_eq!(strongroom.batch_delete(request).await.unwrap().success_secrets, ["there"]);
}

#[tokio::test]
async fn exactly_one_kind_of_selection_is_taken() {
    let strongroom = filled().await;
    let several = v1::BatchDeleteSecretsRequest { instance_id: "one".to_owned(), ..names(&["common"]) };
    for request in [
        several,
        v1::BatchDeleteSecretsRequest { recovery_window_in_days: Some(6), ..names(&["common"]) },
        tagged("", &[]),
        names(&["a"; 11]),
    ] {
        let request = v1::BatchDeleteSecretsRequest { expect_total: Some(1), ..request };
        assert_eq!(rejection(strongroom.batch_delete(request).await).code(), Code::InvalidParameter);
    }
    assert_eq!(strongroom.names().await.len(), 6);
}
