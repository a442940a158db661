//! Batches are undone like a stack: each leaves what the one before it had left.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use strongroom_contract::v1::{self, Action, OnExisting, OnPending};
use strongroom_storage::Id;
use strongroom_storage::records::SecretRecord;

use super::steps::Name;
use crate::strongroom::{Strongroom, text};

const NAMES: [Name; 3] = ["a", "b", "c"];

#[derive(Clone, Debug)]
enum Step {
    Import(Vec<Name>),
    Schedule(Vec<Name>, i32),
    Cancel(Vec<Name>),
    /// The deletions of one of the batches so far, counted round.
    CancelBatch(Index),
    /// One of the batches so far, counted round.
    Undo(Index),
    /// The newest that has not been undone.
    UndoLast,
    /// A description, by nobody's batch.
    Write(Name),
}

fn any_step() -> impl Strategy<Value = Step> {
    let names = || subsequence(NAMES.to_vec(), 1..=NAMES.len());
    prop_oneof![
        4 => names().prop_map(Step::Import),
        3 => (names(), prop_oneof![Just(7), Just(30)]).prop_map(|(names, days)| Step::Schedule(names, days)),
        2 => names().prop_map(Step::Cancel),
        2 => any::<Index>().prop_map(Step::CancelBatch),
        3 => any::<Index>().prop_map(Step::Undo),
        6 => Just(Step::UndoLast),
        1 => (0..NAMES.len()).prop_map(|place| Step::Write(NAMES[place])),
    ]
}

/// What a secret is: who wrote its content last, and after how many days it goes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct State {
    content: usize,
    days: Option<i32>,
}

type States = BTreeMap<Name, State>;

/// A batch that changed something, and how it found and left each secret that it changed.
struct Batch {
    id: String,
    /// Whether nothing of it is left to undo.
    undone: bool,
    /// What was undone, or gone already when something else was.
    done: BTreeSet<Name>,
    schedules: bool,
    changed: BTreeMap<Name, (Option<State>, State)>,
}

struct Run {
    strongroom: Strongroom,
    states: States,
    batches: Vec<Batch>,
    /// What each content was when it was written.
    contents: BTreeMap<(Name, usize), SecretRecord>,
}

impl Run {
    fn new() -> Self {
        let (states, contents) = (States::new(), BTreeMap::new());
        Self { strongroom: Strongroom::new(), states, batches: Vec::new(), contents }
    }

    /// The step of this number.
    async fn take(&mut self, number: usize, step: &Step) {
        let before = self.states.clone();
        let request = |names: &[Name]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let (id, schedules) = match step {
            Step::Import(names) => {
                let content = State { content: number, days: None };
                self.states.extend(names.iter().map(|name| (*name, content)));
                let request = v1::BatchImportSecretsRequest {
                    secrets: names.iter().map(|name| text(name, &number.to_string())).collect(),
                    on_existing: OnExisting::NewVersion.into(),
                    on_pending: OnPending::CancelAndNewVersion.into(),
                    ..Default::default()
                };
                let call = self.strongroom.call("BatchImportSecrets");
                (
                    self.strongroom.operations.batch_import_secrets(&call, request).await.unwrap().batch_id,
                    false,
                )
            }
            Step::Schedule(names, days) => {
                for (_, state) in self.states.iter_mut().filter(|(name, _)| names.contains(name)) {
                    state.days = state.days.or(Some(*days));
                }
                let request = v1::BatchDeleteSecretsRequest {
                    names: request(names),
                    recovery_window_in_days: Some(*days),
                    ..Default::default()
                };
                (self.strongroom.batch_delete(request).await.unwrap().batch_id, true)
            }
            Step::Cancel(names) => {
                let meant = self.states.iter_mut().filter(|(name, _)| names.contains(name));
                meant.for_each(|(_, state)| state.days = None);
                let request = v1::BatchCancelDeletionsRequest { names: request(names), ..Default::default() };
                (self.strongroom.batch_cancel(request).await.unwrap().batch_id, false)
            }
            Step::CancelBatch(which) => {
                let scheduled: Vec<_> = self.batches.iter().filter(|batch| batch.schedules).collect();
                if scheduled.is_empty() {
                    return;
                }
                let batch = which.get(&scheduled);
                for (name, state) in &mut self.states {
                    if batch.changed.get(name).is_some_and(|(_, left)| left == state) {
                        state.days = None;
                    }
                }
                let batch_id = batch.id.clone();
                let request = v1::BatchCancelDeletionsRequest { batch_id, ..Default::default() };
                (self.strongroom.batch_cancel(request).await.unwrap().batch_id, false)
            }
            Step::Undo(which) if !self.batches.is_empty() => {
                return self.undo(which.index(self.batches.len())).await;
            }
            Step::UndoLast => match self.batches.iter().rposition(|batch| !batch.undone) {
                Some(last) => return self.undo(last).await,
                None => return,
            },
            Step::Write(name) if self.states.get(name).is_some_and(|state| state.days.is_none()) => {
                self.states.get_mut(name).unwrap().content = number;
                let request = v1::UpdateSecretRequest {
                    secret_name: (*name).to_owned(),
                    description: Some(number.to_string()),
                    ..Default::default()
                };
                self.strongroom.update(request).await.unwrap();
                return;
            }
            Step::Undo(_) | Step::Write(_) => return,
        };
        let changed = self.states.iter().map(|(name, state)| (*name, (before.get(name).copied(), *state)));
        let changed: BTreeMap<_, _> =
            changed.filter(|(_, (before, after))| *before != Some(*after)).collect();
        assert_eq!(id.is_empty(), changed.is_empty(), "a batch that changes nothing leaves nothing");
        if !changed.is_empty() {
            self.batches.push(Batch { id, undone: false, done: BTreeSet::new(), schedules, changed });
        }
    }

    async fn undo(&mut self, which: usize) {
        let batch = &mut self.batches[which];
        let request = v1::UndoBatchRequest { batch_id: batch.id.clone(), ..Default::default() };
        let Ok(answer) = self.strongroom.undo(request).await else {
            assert!(batch.undone);
            return;
        };
        assert!(!batch.undone);
        let mut done = batch.done.clone();
        for outcome in &answer.outcomes {
            let (name, (before, left)) = batch.changed.get_key_value(outcome.name.as_str()).unwrap();
            let found = self.states.get(name);
            let (expected, reason) = match found {
                _ if batch.done.contains(name) => (Action::Unchanged, ""),
                Some(found) if found == left => (Action::Undone, ""),
                Some(_) => (Action::Rejected, "CHANGED_SINCE"),
                None if before.is_none() => (Action::Unchanged, ""),
                None => (Action::Rejected, "NOT_FOUND"),
            };
            assert_eq!((outcome.action(), outcome.reason.as_str()), (expected, reason), "{name}");
            if expected != Action::Rejected {
                done.insert(name);
            }
            if expected == Action::Undone {
                match before {
                    Some(before) => self.states.insert(name, *before),
                    None => self.states.remove(name),
                };
            }
        }
        assert_eq!(answer.outcomes.len(), batch.changed.len());
        // One that changes nothing leaves nothing.
        if answer.success > 0 {
            (batch.undone, batch.done) = (answer.failed == 0, done);
        }
    }

    /// What is stored is what the model says, and a content is what it was when it was written.
    async fn check(&mut self) {
        let view = self.strongroom.storage.view().await.unwrap();
        let now = self.strongroom.call("").now.whole_seconds() * 1_000;
        let stored = view.secrets(Id::new([2; 16]), "", usize::MAX).await.unwrap();
        assert_eq!(
            stored.iter().map(|secret| secret.name.as_str()).collect::<Vec<_>>(),
            self.states.keys().copied().collect::<Vec<_>>()
        );
        for (secret, (name, state)) in stored.into_iter().zip(&self.states) {
            let due = state.days.map(|days| now + i64::from(days) * 24 * 60 * 60 * 1_000);
            assert_eq!(secret.scheduled_delete_time, due, "{name}");
            let content = SecretRecord {
                scheduled_delete_time: None,
                update_time: 0,
                last_version: 0,
                content_revision: 0,
                ..secret
            };
            let written = self.contents.entry((*name, state.content)).or_insert_with(|| content.clone());
            assert_eq!(content, *written);
            for version in &content.versions {
                let value = view.value(Id::from_stored(&content.id).unwrap(), version.number).await.unwrap();
                assert!(value.is_some(), "a version that is named has its value");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn what_is_as_a_batch_left_it_is_undone_and_nothing_else(steps in prop::collection::vec(any_step(), 1..30)) {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
            let mut run = Run::new();
            for (number, step) in steps.iter().enumerate() {
                run.take(number, step).await;
                run.check().await;
            }
        });
    }

    /// Where only batches write, each finds what it left when those after it are undone.
    #[test]
    fn the_newest_first_all_come_back(steps in prop::collection::vec(any_step(), 1..20)) {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
            let mut run = Run::new();
            for (number, step) in steps.iter().enumerate() {
                if !matches!(step, Step::Write(_) | Step::Undo(_)) {
                    run.take(number, step).await;
                }
            }
            while let Some(last) = run.batches.iter().rposition(|batch| !batch.undone) {
                run.undo(last).await;
                assert!(run.batches[last].undone);
                run.check().await;
            }
            assert!(run.states.is_empty(), "nothing was there before");
        });
    }
}
