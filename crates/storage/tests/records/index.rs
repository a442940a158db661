//! Whatever is done to secrets, every way of finding them says what a full scan says.

use proptest::prelude::*;
use strongroom_storage::records::SecretRecord;
use strongroom_storage::{Change, Id, Kept};

use crate::{OTHER, PROJECT, Store, at, create, id, secret};

/// Few names, instances and times, so that the same ones meet again and again.
const NAMES: [&str; 4] = ["a", "a.b", "ab", "b"];
const INSTANCES: [&str; 4] = ["", "one", "one\u{0}", "two"];

#[derive(Clone, Debug)]
struct Step {
    project: Id,
    name: &'static str,
    action: Action,
}

#[derive(Clone, Debug)]
enum Action {
    /// Creates the secret if it is not there, else gives it these.
    Write {
        instance: &'static str,
        due: Option<i64>,
    },
    Remove,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let write = (prop::sample::select(&INSTANCES[..]), prop::option::of(-2_i64..3))
        .prop_map(|(instance, due)| Action::Write { instance, due });
    let action = prop_oneof![3 => write, 1 => Just(Action::Remove)];
    let project = prop::sample::select(vec![PROJECT, OTHER]);
    let step = (project, prop::sample::select(&NAMES[..]), action).prop_map(|(project, name, action)| Step {
        project,
        name,
        action,
    });
    prop::collection::vec(step, 1..40)
}

async fn take(store: &Store, number: u8, step: &Step) {
    let view = store.storage.view().await.unwrap();
    let read = view.secret(step.project, step.name).await.unwrap();
    let mut change = Change::new();
    match (&step.action, &read) {
        (Action::Write { instance, due }, None) => {
            let mut new = secret(number, step.name);
            (new.instance_id, new.scheduled_delete_time) = ((*instance).to_owned(), *due);
            create(&mut change, step.project, &new).unwrap();
        }
        (Action::Write { instance, due }, Some(before)) => {
            let mut after = before.record.clone();
            (after.instance_id, after.scheduled_delete_time) = ((*instance).to_owned(), *due);
            change.update_secret(step.project, before, &after).unwrap();
        }
        (Action::Remove, Some(before)) => change.remove_secret(step.project, before).unwrap(),
        (Action::Remove, None) => return,
    }
    assert!(store.commit(change).await);
}

async fn assert_indexes_fit(store: &Store) {
    let view = store.storage.view().await.unwrap();
    let mut every: Vec<(Id, SecretRecord)> = Vec::new();
    for project in [PROJECT, OTHER] {
        let scan = view.secrets(project, "", usize::MAX).await.unwrap();
        for instance in &INSTANCES[1..] {
            let expected: Vec<_> =
                scan.iter().filter(|secret| secret.instance_id == *instance).cloned().collect();
            assert_eq!(records(view.secrets_of_instance(project, Some(instance)).await.unwrap()), expected);
        }
        let expected: Vec<_> = scan.iter().filter(|secret| !secret.instance_id.is_empty()).cloned().collect();
        assert_eq!(records(view.secrets_of_instance(project, None).await.unwrap()), expected);
        every.extend(scan.into_iter().map(|secret| (project, secret)));
    }

    for (project, secret) in &every {
        let found = view.secret_by_id(Id::from_stored(&secret.id).unwrap()).await.unwrap().unwrap();
        assert_eq!((found.0, found.1.record), (*project, secret.clone()));
    }

    for now in [-1, 1, i64::MAX] {
        let is_due = |secret: &SecretRecord| secret.scheduled_delete_time.is_some_and(|due| due <= now);
        let mut expected: Vec<_> = every.iter().filter(|(_, secret)| is_due(secret)).cloned().collect();
        expected
            .sort_by_key(|(project, secret)| (secret.scheduled_delete_time, *project, secret.name.clone()));
        let overdue = view.overdue(at(now), usize::MAX).await.unwrap();
        assert_eq!(
            overdue.into_iter().map(|(project, kept)| (project, kept.record)).collect::<Vec<_>>(),
            expected
        );
    }

    let keys = every.iter().map(|(_, secret)| {
        3 + usize::from(!secret.instance_id.is_empty()) + usize::from(secret.scheduled_delete_time.is_some())
    });
    assert_eq!(store.keys().await, keys.sum::<usize>(), "record, value and id of each, and nothing stale");
}

fn records(kept: Vec<Kept<SecretRecord>>) -> Vec<SecretRecord> {
    kept.into_iter().map(|kept| kept.record).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn indexes_say_what_a_full_scan_says(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let store = Store::empty();
            for (number, step) in (1..).zip(&steps) {
                take(&store, number, step).await;
                assert_indexes_fit(&store).await;
            }
        });
    }

    #[test]
    fn every_id_is_read_as_it_was_written(bytes: [u8; 16]) {
        prop_assert_eq!(Id::parse(&Id::new(bytes).to_string()), Some(Id::new(bytes)));
        prop_assert_eq!(id(bytes[0]).to_stored(), vec![bytes[0]; 16]);
    }
}
