//! After any changes of secrets, every index agrees with a full scan.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use strongroom_storage::records::{SecretRecord, TagRecord};
use strongroom_storage::{Change, Id, Names, Versioned, View};

use crate::{OTHER, PROJECT, Store, at, create, id, secret};

/// Few names, instances and times, so that they repeat often.
const NAMES: [&str; 4] = ["a", "a.b", "ab", "b"];
const INSTANCES: [&str; 4] = ["", "one", "one\u{0}", "two"];
const WORDS: [&str; 4] = ["", "a", "a\u{1}", "b"];

#[derive(Clone, Debug)]
struct Step {
    project: Id,
    name: &'static str,
    action: Action,
}

#[derive(Clone, Debug)]
enum Action {
    /// Creates the secret, or replaces these fields if it exists.
    Write {
        instance: &'static str,
        due: Option<i64>,
        tags: BTreeMap<&'static str, &'static str>,
        event: Option<&'static str>,
    },
    Remove,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let word = || prop::sample::select(&WORDS[..]);
    let write = (
        prop::sample::select(&INSTANCES[..]),
        prop::option::of(-2_i64..3),
        prop::collection::btree_map(word(), word(), 0..3),
        prop::option::of(word()),
    );
    let write = write.prop_map(|(instance, due, tags, event)| Action::Write { instance, due, tags, event });
    let action = prop_oneof![3 => write, 1 => Just(Action::Remove)];
    let project = prop::sample::select(vec![PROJECT, OTHER]);
    let step = (project, prop::sample::select(&NAMES[..]), action).prop_map(|(project, name, action)| Step {
        project,
        name,
        action,
    });
    prop::collection::vec(step, 1..40)
}

fn apply_action(before: SecretRecord, action: &Action) -> SecretRecord {
    let Action::Write { instance, due, tags, event } = action else { return before };
    let tag = |(key, value): (&&str, &&str)| TagRecord { key: (*key).into(), value: (*value).into() };
    SecretRecord {
        instance_id: (*instance).to_owned(),
        scheduled_delete_time: *due,
        tags: tags.iter().map(tag).collect(),
        event_subscriptions: event.iter().map(|event| (*event).to_owned()).collect(),
        ..before
    }
}

async fn run_step(store: &Store, number: u8, step: &Step) {
    let view = store.storage.view().await.unwrap();
    let read = view.secret(step.project, step.name).await.unwrap();
    let mut change = Change::new();
    match (&step.action, &read) {
        (Action::Write { .. }, None) => {
            let new = apply_action(secret(number, step.name), &step.action);
            create(&mut change, step.project, &new).unwrap();
        }
        (Action::Write { .. }, Some(before)) => {
            let after = apply_action(before.record.clone(), &step.action);
            change.update_secret(step.project, before, &after).unwrap();
        }
        (Action::Remove, Some(before)) => change.remove_secret(step.project, before).unwrap(),
        (Action::Remove, None) => return,
    }
    assert!(store.commit(change).await);
}

async fn assert_indexes_match(store: &Store) {
    let view = store.storage.view().await.unwrap();
    let mut every: Vec<(Id, SecretRecord)> = Vec::new();
    for project in [PROJECT, OTHER] {
        let scan = view.secrets(project, "", usize::MAX).await.unwrap();
        for instance in &INSTANCES[1..] {
            let expected: Vec<_> =
                scan.iter().filter(|secret| secret.instance_id == *instance).cloned().collect();
            assert_eq!(
                records(
                    view.secrets_of_instance(project, Some(instance), |_| true, usize::MAX).await.unwrap()
                ),
                expected
            );
        }
        let expected: Vec<_> = scan.iter().filter(|secret| !secret.instance_id.is_empty()).cloned().collect();
        assert_eq!(
            records(view.secrets_of_instance(project, None, |_| true, usize::MAX).await.unwrap()),
            expected
        );
        assert_names_match(&view, project, &scan).await;
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
            .sort_by_key(|(project, secret)| (*project, secret.scheduled_delete_time, secret.name.clone()));
        let overdue = view.overdue(at(now), usize::MAX).await.unwrap();
        assert_eq!(
            overdue.into_iter().map(|(project, versioned)| (project, versioned.record)).collect::<Vec<_>>(),
            expected
        );
    }

    let keys = every.iter().map(|(_, secret)| {
        3 + usize::from(!secret.instance_id.is_empty())
            + usize::from(secret.scheduled_delete_time.is_some())
            + secret.tags.len()
            + secret.event_subscriptions.len()
    });
    assert_eq!(store.keys().await, keys.sum::<usize>(), "record, value and id of each, and nothing stale");
}

async fn assert_names_match(view: &View, project: Id, scan: &[SecretRecord]) {
    let those = |is: &dyn Fn(&SecretRecord) -> bool| -> Vec<String> {
        scan.iter().filter(|secret| is(secret)).map(|secret| secret.name.clone()).collect()
    };
    assert_eq!(view.names(project, Names::Every, "", usize::MAX).await.unwrap(), those(&|_| true));
    let from_ab = those(&|secret| *secret.name >= *"ab");
    assert_eq!(view.names(project, Names::Every, "ab", usize::MAX).await.unwrap(), from_ab);
    for one in WORDS {
        let subscribed = those(&|secret| secret.event_subscriptions.contains(&one.to_owned()));
        let found = view.names(project, Names::Subscribed { event: one }, "", usize::MAX).await.unwrap();
        assert_eq!(found, subscribed);

        let with_key = those(&|secret| secret.tags.iter().any(|tag| tag.key == one));
        let found = view.names_with_tag_keys(project, &[one], with_key.len()).await.unwrap();
        assert_eq!(found, Some(with_key.iter().cloned().collect()));
        if let Some(fewer) = with_key.len().checked_sub(1) {
            assert_eq!(view.names_with_tag_keys(project, &[one], fewer).await.unwrap(), None);
        }
        for other in WORDS {
            let has_other = |secret: &SecretRecord| secret.tags.iter().any(|tag| tag.key == other);
            let both = those(&|secret| has_other(secret) && with_key.contains(&secret.name));
            let found = view.names_with_tag_keys(project, &[one, other], usize::MAX).await.unwrap();
            assert_eq!(found, Some(both.into_iter().collect()));
        }
        for value in WORDS {
            let tag = TagRecord { key: one.to_owned(), value: value.to_owned() };
            let tagged = those(&|secret| secret.tags.contains(&tag));
            let names = Names::Tagged { key: one, value };
            assert_eq!(view.names(project, names, "", usize::MAX).await.unwrap(), tagged);
            let first: Vec<_> = tagged.into_iter().take(1).collect();
            assert_eq!(view.names(project, names, "", 1).await.unwrap(), first);
        }
    }

    let expected: BTreeSet<_> = scan.iter().flat_map(|secret| &secret.tags).cloned().map(pair).collect();
    let (mut seen, mut after): (Vec<(String, String)>, _) = (Vec::new(), None);
    while let Some(first) = view.tags(project, after, 1).await.unwrap().pop() {
        let tag = TagRecord { key: first.key, value: first.value };
        assert_eq!(first.name, those(&|secret| secret.tags.contains(&tag))[0]);
        seen.push(pair(tag));
        after = seen.last().map(|(key, value)| (key.as_str(), value.as_str()));
    }
    assert_eq!(seen, expected.into_iter().collect::<Vec<_>>());
    assert_eq!(view.tags(project, None, usize::MAX).await.unwrap().len(), seen.len());

    for (from, before) in [(None, None), (None, Some(1)), (Some(-1), None), (Some(0), Some(2))] {
        let due = those(&|secret| {
            secret.scheduled_delete_time.is_some_and(|due| {
                from.is_none_or(|from| from <= due) && before.is_none_or(|before| due < before)
            })
        });
        let found = view.names_due(project, from.map(at), before.map(at), usize::MAX).await.unwrap();
        assert_eq!(found, Some(due));
    }
}

fn pair(tag: TagRecord) -> (String, String) {
    (tag.key, tag.value)
}

fn records(versioned: Vec<Versioned<SecretRecord>>) -> Vec<SecretRecord> {
    versioned.into_iter().map(|versioned| versioned.record).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn indexes_agree_with_a_full_scan(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let store = Store::empty();
            for (number, step) in (1..).zip(&steps) {
                run_step(&store, number, step).await;
                assert_indexes_match(&store).await;
            }
        });
    }

    #[test]
    fn ids_are_parsed_as_displayed(bytes: [u8; 16]) {
        prop_assert_eq!(Id::parse(&Id::new(bytes).to_string()), Some(Id::new(bytes)));
        prop_assert_eq!(id(bytes[0]).to_stored(), vec![bytes[0]; 16]);
    }
}
