//! How much one call selects, and tells.

use strongroom_contract::v1::{self, SecretType};
use strongroom_operations::Limits;
use strongroom_storage::MemoryEngine;

use crate::strongroom::{DAY, Strongroom, of_instance, rejection};
use crate::tags::tag;

const ALL: [&str; 4] = ["a", "b", "c", "d"];

/// Where three can be selected, and there are four.
async fn four() -> Strongroom {
    let limits = Limits { selected_secrets: 3, ..Limits::default() };
    let strongroom = Strongroom::with(MemoryEngine::new(), limits);
    let entries = ALL.map(|name| of_instance(name, "one", SecretType::RdsFg)).to_vec();
    strongroom.import(entries).await;
    for name in ALL {
        tag(&strongroom, name, &[("team", "shop")]).await;
    }
    strongroom
}

fn shop() -> Vec<v1::TagValues> {
    vec![v1::TagValues { key: "team".to_owned(), values: vec!["shop".to_owned()] }]
}

fn in_a_week(request: v1::BatchDeleteSecretsRequest) -> v1::BatchDeleteSecretsRequest {
    v1::BatchDeleteSecretsRequest { recovery_window_in_days: Some(7), ..request }
}

#[tokio::test]
async fn more_than_one_call_takes_is_rejected_and_what_does_not_match_does_not_count() {
    let strongroom = four().await;
    let by_tags = || in_a_week(v1::BatchDeleteSecretsRequest { tags: shop(), ..Default::default() });
    let by_instance =
        || in_a_week(v1::BatchDeleteSecretsRequest { instance_id: "one".to_owned(), ..Default::default() });
    let by_kind = || {
        let instance_type = v1::InstanceType::Rds.into();
        in_a_week(v1::BatchDeleteSecretsRequest { instance_type, ..Default::default() })
    };
    for request in [by_tags(), by_instance(), by_kind()] {
        let rejected = rejection(strongroom.batch_delete(request).await);
        assert_eq!(rejected.reason(), "SELECTION_TOO_LARGE");
        assert_eq!(
            rejected.message(),
            "More than 3 secrets match; one call changes at most 3. Nothing was changed."
        );
    }
    for kind in ["tags", "instance", "batch"] {
        let strongroom = four().await;
        let names = ALL.map(str::to_owned).to_vec();
        let named = in_a_week(v1::BatchDeleteSecretsRequest { names, ..Default::default() });
        let scheduled = strongroom.batch_delete(named).await.unwrap();
        assert_eq!(
            (scheduled.success_secrets.len(), scheduled.outcomes.len()),
            (4, 4),
            "names are counted before"
        );
        let request = match kind {
            "tags" => v1::BatchCancelDeletionsRequest { tags: shop(), ..Default::default() },
            "batch" => v1::BatchCancelDeletionsRequest { batch_id: scheduled.batch_id, ..Default::default() },
            _ => v1::BatchCancelDeletionsRequest { instance_id: "one".to_owned(), ..Default::default() },
        };
        assert_eq!(rejection(strongroom.batch_cancel(request.clone()).await).reason(), "SELECTION_TOO_LARGE");
        strongroom.cancel("c").await.unwrap();
        assert_eq!(
            strongroom.batch_cancel(request).await.unwrap().success,
            3,
            "one does not wait, by {kind}"
        );
    }
    for name in ["a", "b", "c"] {
        strongroom.schedule(name, 7).await.unwrap();
    }
    strongroom.pass(8 * DAY);
    assert_eq!(strongroom.batch_delete(by_tags()).await.unwrap().total, 1, "the others are gone");
}

#[tokio::test]
async fn of_a_long_batch_that_is_undone_the_first_are_told_and_all_are_counted() {
    let strongroom = four().await;
    let names = || ALL.map(str::to_owned).to_vec();
    let scheduled = in_a_week(v1::BatchDeleteSecretsRequest { names: names(), ..Default::default() });
    let scheduled = strongroom.batch_delete(scheduled).await.unwrap();
    strongroom.cancel("d").await.unwrap();
    let undo = v1::UndoBatchRequest { batch_id: scheduled.batch_id, ..Default::default() };
    let whole = v1::UndoBatchRequest { atomic: true, ..undo.clone() };
    assert_eq!(rejection(strongroom.undo(whole).await).reason(), "TOO_LARGE_FOR_ONE_STEP");
    let undone = strongroom.undo(undo).await.unwrap();
    assert_eq!((undone.total, undone.success, undone.failed), (4, 3, 1));
    let told: Vec<_> = undone.outcomes.iter().map(|outcome| outcome.name.as_str()).collect();
    assert_eq!(told, ["a", "b", "c"]);
    let shown = v1::ShowBatchRequest { batch_id: undone.batch_id, ..Default::default() };
    assert_eq!(strongroom.batch(shown).await.unwrap().outcomes.len(), 4);
}
