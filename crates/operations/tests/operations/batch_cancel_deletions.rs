use strongroom_contract::v1::{self, Action, SecretType};

use crate::batch_delete_secrets::told;
use crate::strongroom::{DAY, Strongroom, of_instance, rejection, text};
use crate::tags::tag;

/// Two batches have scheduled `a`, `b` and `c`, `d`; `b` was cancelled since, and `c` cancelled and scheduled anew.
async fn scheduled() -> (Strongroom, [String; 2]) {
    let strongroom = Strongroom::new();
    let all = ["a", "b", "c", "d", "free"];
    strongroom.import(all.map(|name| of_instance(name, "one", SecretType::RdsFg)).to_vec()).await;
    for name in all {
        tag(&strongroom, name, &[("team", "shop")]).await;
    }
    let mut batches = Vec::new();
    for names in [["b", "a"], ["c", "d"]] {
        let request = v1::BatchDeleteSecretsRequest {
            names: names.map(str::to_owned).to_vec(),
            recovery_window_in_days: Some(7),
            ..Default::default()
        };
        batches.push(strongroom.batch_delete(request).await.unwrap().batch_id);
    }
    strongroom.cancel("b").await.unwrap();
    strongroom.cancel("c").await.unwrap();
    strongroom.schedule("c", 30).await.unwrap();
    (strongroom, batches.try_into().unwrap())
}

#[tokio::test]
async fn only_what_waits_is_meant_unless_it_is_named() {
    type Request = v1::BatchCancelDeletionsRequest;
    let named =
        Request { names: ["d", "free", "none", "d"].map(str::to_owned).to_vec(), ..Default::default() };
    let values = vec!["shop".to_owned()];
    let tagged =
        Request { tags: vec![v1::TagValues { key: "team".to_owned(), values }], ..Default::default() };
    let of_instance = Request { instance_id: "one".to_owned(), ..Default::default() };
    let cancelled = |name| (name, Action::Cancelled, "");
    let all = vec![cancelled("a"), cancelled("c"), cancelled("d")];
    for (request, batch, expected) in [
        (
            named,
            None,
            vec![
                cancelled("d"),
                ("free", Action::Rejected, "NOT_SCHEDULED"),
                ("none", Action::Rejected, "NOT_FOUND"),
                ("d", Action::Unchanged, ""),
            ],
        ),
        (tagged, None, all.clone()),
        (of_instance, None, all),
        (Request::default(), Some(0), vec![cancelled("a")]),
        (Request::default(), Some(1), vec![cancelled("d")]),
    ] {
        let (strongroom, batches) = scheduled().await;
        let batch_id = batch.map(|batch: usize| batches[batch].clone()).unwrap_or_default();
        let request = Request { batch_id, ..request };
        let dry = strongroom.batch_cancel(Request { dry_run: true, ..request.clone() }).await.unwrap();
        assert_eq!(told(&dry.outcomes), expected);
        let answer = strongroom.batch_cancel(request).await.unwrap();
        assert_eq!(told(&answer.outcomes), expected);
        assert!((0..).zip(&answer.outcomes).all(|(index, outcome)| outcome.index == index));
        let count = |wanted| expected.iter().filter(|(_, action, _)| *action == wanted).count() as i32;
        let counted = (answer.total, answer.success, answer.failed);
        let (success, failed) = (count(Action::Cancelled), count(Action::Rejected));
        assert_eq!(counted, (success + failed, success, failed));
        assert_eq!(answer.batch_id.len(), 32);
        for (name, action, _) in expected {
            if action == Action::Cancelled {
                let shown = strongroom.show(name).await.unwrap().secret.unwrap();
                assert_eq!(shown.scheduled_delete_time, None, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_gone_cannot_be_kept() {
    let (strongroom, [batch, _]) = scheduled().await;
    strongroom.pass(7 * DAY);
    let request = v1::BatchCancelDeletionsRequest { batch_id: batch, ..Default::default() };
    let answer = strongroom.batch_cancel(request).await.unwrap();
    assert_eq!((answer.total, answer.outcomes.len(), answer.batch_id.as_str()), (0, 0, ""));
}

#[tokio::test]
async fn all_or_nothing_cancels_nothing_when_one_does_not_wait() {
    let (strongroom, _) = scheduled().await;
    let request = v1::BatchCancelDeletionsRequest {
        names: ["a", "free"].map(str::to_owned).to_vec(),
        atomic: true,
        ..Default::default()
    };
    let answer = strongroom.batch_cancel(request).await.unwrap();
    assert_eq!((answer.success, answer.failed), (0, 1));
    assert_eq!(answer.outcomes[0].action(), Action::Withheld);
    assert!(strongroom.show("a").await.unwrap().secret.unwrap().scheduled_delete_time.is_some());
}

#[tokio::test]
async fn it_has_to_say_which_are_meant() {
    let (strongroom, [batch, _]) = scheduled().await;
    let import = strongroom.import(vec![text("new", "x")]).await.batch_id;
    let several = v1::BatchCancelDeletionsRequest {
        names: vec!["a".to_owned()],
        batch_id: batch.clone(),
        ..Default::default()
    };
    for (request, reason) in [
        (v1::BatchCancelDeletionsRequest::default(), "INVALID"),
        (several, "INVALID"),
        (v1::BatchCancelDeletionsRequest { batch_id: "x".to_owned(), ..Default::default() }, "INVALID"),
        (
            v1::BatchCancelDeletionsRequest { batch_id: "0".repeat(32), ..Default::default() },
            "BATCH_NOT_FOUND",
        ),
        (v1::BatchCancelDeletionsRequest { batch_id: import, ..Default::default() }, "NOTHING_SCHEDULED"),
    ] {
        assert_eq!(rejection(strongroom.batch_cancel(request).await).reason(), reason);
    }
    strongroom.pass(30 * DAY);
    let request = v1::BatchCancelDeletionsRequest { batch_id: batch, ..Default::default() };
    assert_eq!(rejection(strongroom.batch_cancel(request).await).reason(), "BATCH_NOT_FOUND");
}
