//! Whatever was done before and meanwhile, undoing a batch gives back what it found, and touches nothing else.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use strongroom_contract::v1::{self, Action, OnExisting, OnPending};
use strongroom_storage::records::SecretRecord;
use strongroom_storage::{Id, MemoryEngine, Versioned};

use super::model::{LIMITS, Model};
use super::product;
use super::steps::{NAMES, Name, Step, any_step};
use crate::strongroom::{DAY, Strongroom, text};

const PROJECT: Id = Id::new([2; 16]);

#[derive(Clone, Debug)]
enum Batch {
    Import(Vec<Name>),
    Schedule(Vec<Name>),
    Cancel(Vec<Name>),
}

fn any_batch() -> impl Strategy<Value = Batch> {
    let names = || subsequence(NAMES.to_vec(), 1..=NAMES.len()).prop_shuffle();
    prop_oneof![
        3 => names().prop_map(Batch::Import),
        2 => names().prop_map(Batch::Schedule),
        2 => names().prop_map(Batch::Cancel),
    ]
}

type Records = BTreeMap<String, Versioned<SecretRecord>>;

/// What callers see: not what is overdue.
async fn records(strongroom: &Strongroom) -> Records {
    let (view, now) = (strongroom.storage.view().await.unwrap(), strongroom.call("").now.milliseconds());
    let mut records = Records::new();
    for name in NAMES {
        let kept = view.secret(PROJECT, name).await.unwrap();
        let there = kept.filter(|kept| kept.record.scheduled_delete_time.is_none_or(|due| due > now));
        records.extend(there.map(|kept| (name.to_owned(), kept)));
    }
    records
}

async fn make(strongroom: &Strongroom, batch: &Batch) -> (String, Vec<v1::Outcome>) {
    let owned = |names: &[Name]| names.iter().map(|name| (*name).to_owned()).collect();
    match batch {
        Batch::Import(names) => {
            let request = v1::BatchImportSecretsRequest {
                secrets: names.iter().map(|name| text(name, "of the batch")).collect(),
                on_existing: OnExisting::NewVersion.into(),
                on_pending: OnPending::CancelAndNewVersion.into(),
                ..Default::default()
            };
            let call = strongroom.call("BatchImportSecrets");
            let answer = strongroom.operations.batch_import_secrets(&call, request).await.unwrap();
            (answer.batch_id, answer.outcomes)
        }
        Batch::Schedule(names) => {
            let request = v1::BatchDeleteSecretsRequest {
                names: owned(names),
                recovery_window_in_days: Some(30),
                ..Default::default()
            };
            let answer = strongroom.batch_delete(request).await.unwrap();
            (answer.batch_id, answer.outcomes)
        }
        Batch::Cancel(names) => {
            let request = v1::BatchCancelDeletionsRequest { names: owned(names), ..Default::default() };
            let answer = strongroom.batch_cancel(request).await.unwrap();
            (answer.batch_id, answer.outcomes)
        }
    }
}

/// The same but for what is not given back: times, numbers that are never given twice, and a version that gave way with its
/// stages.
fn given_back(found: &SecretRecord, after: &SecretRecord) {
    let lost: Vec<_> = found.versions.iter().filter(|one| !after.versions.contains(one)).collect();
    assert!(lost.len() <= 1, "{lost:?}");
    let gone: Vec<_> = lost.iter().map(|version| version.number).collect();
    let comparable = |record: &SecretRecord| SecretRecord {
        update_time: 0,
        last_version: 0,
        content_revision: 0,
        stages: record.stages.iter().filter(|one| !gone.contains(&one.version)).cloned().collect(),
        versions: record.versions.iter().filter(|one| !lost.contains(one)).cloned().collect(),
        ..record.clone()
    };
    assert_eq!(comparable(after), comparable(found));
    assert!(after.last_version >= found.last_version);
    assert!(after.stages.iter().all(|stage| after.versions.iter().any(|one| one.number == stage.version)));
}

async fn run(before: &[Step], batch: &Batch, meanwhile: &[Step]) {
    let strongroom = Strongroom::with(MemoryEngine::new(), LIMITS);
    let mut model = Model::new();
    for step in before {
        product::take(&strongroom, &mut model, step, "before").await;
        model.take(step, "before");
    }
    let found = records(&strongroom).await;
    let known_until = strongroom.call("").now.milliseconds() + 30 * DAY;
    let (batch_id, outcomes) = make(&strongroom, batch).await;
    if batch_id.is_empty() {
        assert_eq!(records(&strongroom).await, found, "{outcomes:?}");
        return;
    }
    let made = records(&strongroom).await;
    for step in meanwhile.iter().filter(|step| !matches!(step, Step::Backup(_) | Step::Restore(_))) {
        product::take(&strongroom, &mut model, step, "meanwhile").await;
    }
    let met = records(&strongroom).await;
    let now = strongroom.call("").now.milliseconds();
    let request = v1::UndoBatchRequest { batch_id, ..Default::default() };
    // After thirty days it is not known any more; then nothing is touched either.
    let outcomes_of_undo = match strongroom.undo(request).await {
        Ok(undone) => undone.outcomes,
        Err(_) => Vec::new(),
    };
    let after = records(&strongroom).await;
    let taken =
        |name: &str| outcomes_of_undo.iter().any(|one| one.name == name && one.action() == Action::Undone);
    for name in NAMES {
        let changed = |outcome: &&v1::Outcome| {
            let done = [Action::Created, Action::NewVersion, Action::Scheduled, Action::Cancelled];
            outcome.name == name && done.contains(&outcome.action())
        };
        let by_batch = outcomes.iter().any(|outcome| changed(&outcome));
        let untouched = made.contains_key(name) && made.get(name) == met.get(name);
        let due = found.get(name).and_then(|found| found.record.scheduled_delete_time);
        let is_restored = by_batch && untouched && now < known_until && due.is_none_or(|due| due > now);
        assert_eq!(taken(name), is_restored, "{name}: {outcomes_of_undo:?}");
        match (is_restored, found.get(name), after.get(name)) {
            (true, Some(found), Some(after)) => given_back(&found.record, &after.record),
            (true, found, after) => assert!(found.is_none() && after.is_none(), "{name} was not there"),
            (false, _, after) => assert_eq!(after, met.get(name), "{name} is left alone"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn undoing_gives_back_what_was_found_and_touches_nothing_else(
        before in prop::collection::vec(any_step(), 0..20),
        batch in any_batch(),
        meanwhile in prop::collection::vec(any_step(), 0..4),
        days in select(vec![0, 0, 0, 8, 29]),
    ) {
        let mut meanwhile = meanwhile;
        meanwhile.push(Step::Pass(days * DAY));
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(run(&before, &batch, &meanwhile));
    }
}
