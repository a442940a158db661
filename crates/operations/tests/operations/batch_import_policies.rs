//! What an import does with names that are there, that come twice, or that it must take all or none of.

use strongroom_contract::v1::{self, Action, BatchImportSecretsRequest, NewSecret, OnExisting, OnPending};
use strongroom_operations::{Answer, Limits, Rejection};
use strongroom_storage::{CommitLimits, Id, MemoryEngine, Timestamp};

use crate::strongroom::{DAY, START, Strongroom, rejection, text};

impl Strongroom {
    pub async fn import_as(
        &self,
        request: BatchImportSecretsRequest,
    ) -> Answer<v1::BatchImportSecretsResponse> {
        let call = self.call("BatchImportSecrets");
        self.operations
            .execute(&call, request, |operations, call, request| {
                Box::pin(async move { operations.batch_import_secrets(&call, request).await })
            })
            .await
    }
}

fn actions(answer: &v1::BatchImportSecretsResponse) -> Vec<Action> {
    answer.outcomes.iter().map(v1::Outcome::action).collect()
}

fn reasons(answer: &v1::BatchImportSecretsResponse) -> Vec<&str> {
    answer.outcomes.iter().map(|outcome| outcome.reason.as_str()).collect()
}

fn import(secrets: Vec<NewSecret>) -> BatchImportSecretsRequest {
    BatchImportSecretsRequest { secrets, ..Default::default() }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Free,
    Enabled,
    Waiting,
    Overdue,
}

/// `db` with the value `old`, in this state.
async fn with_db(state: State) -> Strongroom {
    let strongroom = Strongroom::new();
    if state == State::Free {
        return strongroom;
    }
    strongroom.import(vec![NewSecret { description: "kept".to_owned(), ..text("db", "old") }]).await;
    match state {
        State::Free | State::Enabled => {}
        State::Waiting => drop(strongroom.schedule("db", 7).await.unwrap()),
        State::Overdue => {
            strongroom.schedule("db", 7).await.unwrap();
            strongroom.pass(7 * DAY);
        }
    }
    strongroom
}

#[tokio::test]
async fn each_state_of_a_name_has_its_action_under_each_policy() {
    use Action::{Created, NewVersion, Rejected, Skipped, Unchanged};
    let existing = [
        (OnExisting::Unspecified, Rejected, Rejected),
        (OnExisting::Fail, Rejected, Rejected),
        (OnExisting::Skip, Skipped, Skipped),
        (OnExisting::NewVersion, NewVersion, NewVersion),
        (OnExisting::NewVersionIfDifferent, NewVersion, Unchanged),
    ];
    let pending = [
        (OnPending::Unspecified, Rejected),
        (OnPending::Fail, Rejected),
        (OnPending::Skip, Skipped),
        (OnPending::CancelAndNewVersion, NewVersion),
    ];
    for state in [State::Free, State::Enabled, State::Waiting, State::Overdue] {
        for (on_existing, with_another_value, with_the_same) in existing {
            for (on_pending, waiting) in pending {
                for (value, of_enabled) in [("new", with_another_value), ("old", with_the_same)] {
                    let expected = match state {
                        State::Free | State::Overdue => Created,
                        State::Enabled => of_enabled,
                        State::Waiting => waiting,
                    };
                    let said = format!("{state:?} {on_existing:?} {on_pending:?} {value}");
                    let strongroom = with_db(state).await;
                    let request = BatchImportSecretsRequest {
                        on_existing: on_existing.into(),
                        on_pending: on_pending.into(),
                        ..import(vec![text("db", value)])
                    };
                    let dry = BatchImportSecretsRequest { dry_run: true, ..request.clone() };
                    let shown = strongroom.import_as(dry).await.unwrap();
                    assert_eq!((actions(&shown), shown.batch_id.as_str()), (vec![expected], ""), "{said}");

                    let answer = strongroom.import_as(request).await.unwrap();
                    assert_eq!(answer.outcomes, shown.outcomes, "{said}");
                    let changed = matches!(expected, Created | NewVersion);
                    assert_eq!(answer.batch_id.len(), if changed { 32 } else { 0 }, "{said}");
                    assert_eq!(
                        (answer.success, answer.failed),
                        if expected == Rejected { (0, 1) } else { (1, 0) }
                    );
                    assert_eq!(answer.error_list.len(), usize::from(expected == Rejected));
                    is_left_as_told(&strongroom, state, expected, value, &said).await;
                }
            }
        }
    }
}

async fn is_left_as_told(strongroom: &Strongroom, state: State, action: Action, value: &str, said: &str) {
    let changed = matches!(action, Action::Created | Action::NewVersion);
    if state == State::Waiting && !changed {
        assert!(matches!(rejection(strongroom.read("db").await), Rejection::Waiting { .. }), "{said}");
        return;
    }
    let read = strongroom.read("db").await.unwrap();
    assert_eq!(read.secret_string.as_deref(), Some(if changed { value } else { "old" }), "{said}");
    let secret = strongroom.show("db").await.unwrap().secret.unwrap();
    assert_eq!(secret.description, if action == Action::Created { "" } else { "kept" }, "{said}");
    assert_eq!(secret.scheduled_delete_time, None, "{said}");
    let versions = strongroom.versions("db").await.unwrap().len();
    assert_eq!(versions, if action == Action::NewVersion { 2 } else { 1 }, "{said}");
}

#[tokio::test]
async fn an_entry_overrides_the_batch() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("a", "1"), text("b", "1"), text("c", "1")]).await;
    let own = |name: &str, on_existing: OnExisting| NewSecret {
        on_existing: on_existing.into(),
        line: 7,
        ..text(name, "2")
    };
    let answer = strongroom
        .import_as(BatchImportSecretsRequest {
            on_existing: OnExisting::NewVersion.into(),
            ..import(vec![
                own("a", OnExisting::Unspecified),
                own("b", OnExisting::Skip),
                own("c", OnExisting::Fail),
            ])
        })
        .await
        .unwrap();
    assert_eq!(actions(&answer), [Action::NewVersion, Action::Skipped, Action::Rejected]);
    let first = &answer.outcomes[0];
    assert_eq!((first.index, first.line, first.name.as_str(), first.version_id.as_str()), (0, 7, "a", "v2"));
    let last = &answer.outcomes[2];
    assert_eq!((last.reason.as_str(), last.error_code.as_str()), ("TAKEN", "CSMS.0002"));
    assert_eq!(last.message, "A secret named c exists already.");
}

#[tokio::test]
async fn bytes_are_another_value_than_the_same_text() {
    let strongroom = with_db(State::Enabled).await;
    let bytes = NewSecret { secret_string: None, secret_binary: Some("b2xk".to_owned()), ..text("db", "") };
    let request = BatchImportSecretsRequest {
        on_existing: OnExisting::NewVersionIfDifferent.into(),
        ..import(vec![bytes])
    };
    for action in [Action::NewVersion, Action::Unchanged] {
        assert_eq!(actions(&strongroom.import_as(request.clone()).await.unwrap()), [action]);
    }
    assert_eq!(
        strongroom.show("db").await.unwrap().secret.unwrap().last_used_time,
        None,
        "nobody has read it"
    );
}

#[tokio::test]
async fn a_policy_nobody_knows_is_rejected() {
    let strongroom = Strongroom::new();
    let whole = BatchImportSecretsRequest { on_existing: 9, on_pending: -1, ..import(vec![text("a", "1")]) };
    let told = rejection(strongroom.import_as(whole).await);
    let fields: Vec<_> = told.problems().into_iter().map(|problem| problem.field).collect();
    assert_eq!(fields, ["on_existing", "on_pending"]);
    let entry = NewSecret { on_pending: 9, line: -1, ..text("a", "1") };
    let answer = strongroom.import_as(import(vec![entry])).await.unwrap();
    let fields: Vec<_> = answer.outcomes[0].problems.iter().map(|problem| problem.field.as_str()).collect();
    assert_eq!(fields, ["on_pending", "line"]);
}

#[tokio::test]
async fn of_names_that_come_twice_the_first_counts_and_equal_entries_collapse() {
    let strongroom = Strongroom::new();
    let at = |line: i32, entry: NewSecret| NewSecret { line, ..entry };
    let answer = strongroom
        .import(vec![
            at(1, text("a", "1")),
            text("b", "1"),
            at(3, text("a", "1")),
            at(4, text("a", "2")),
            text("b", "1"),
        ])
        .await;
    assert_eq!(
        actions(&answer),
        [Action::Created, Action::Created, Action::Unchanged, Action::Rejected, Action::Unchanged]
    );
    assert_eq!((answer.total, answer.success, answer.failed), (5, 4, 1));
    assert_eq!(answer.outcomes[2].message, "This is the same as entry 1 (line 1), which counts.");
    assert_eq!(answer.outcomes[4].message, "This is the same as entry 2, which counts.");
    assert_eq!(answer.outcomes[3].reason, "REPEATED");
    assert_eq!(
        answer.outcomes[3].message,
        "The name of entry 4 (line 4) is the same as that of entry 1 (line 1), and the first one counts."
    );
    assert_eq!(answer.outcomes[3].next_step, "Rename this entry or take it out.");

    let again = strongroom.import(vec![text("a", "1"), text("a", "1")]).await;
    assert_eq!(reasons(&again), ["TAKEN", "TAKEN"], "what is rejected of the first is rejected of its equal");
}

#[tokio::test]
async fn all_or_nothing_is_nothing_when_one_is_rejected_and_tells_every_reason() {
    let strongroom = with_db(State::Enabled).await;
    let atomic = |secrets| BatchImportSecretsRequest { atomic: true, ..import(secrets) };
    let mixed = || vec![text("a", "1"), text("db", "1"), text("a", "2"), text("a b", "1"), text("c", "1")];
    let answer = strongroom.import_as(atomic(mixed())).await.unwrap();
    assert_eq!(
        actions(&answer),
        [Action::Withheld, Action::Rejected, Action::Rejected, Action::Rejected, Action::Withheld]
    );
    assert_eq!(reasons(&answer), ["", "TAKEN", "REPEATED", "INVALID", ""]);
    assert_eq!((answer.total, answer.success, answer.failed), (5, 0, 3));
    assert_eq!((answer.batch_id.as_str(), answer.error_list.len()), ("", 3));
    assert_eq!(strongroom.names().await, ["db"]);
    assert_eq!(strongroom.import_as(import(mixed())).await.unwrap().success, 2, "as it was without");

    let answer =
        strongroom.import_as(atomic(vec![text("d", "1"), text("d", "1"), text("e", "1")])).await.unwrap();
    assert_eq!(actions(&answer), [Action::Created, Action::Unchanged, Action::Created]);
}

#[tokio::test]
async fn all_or_nothing_is_rejected_beyond_one_step() {
    let limits = CommitLimits { operations: 48, bytes: 64 * 1024 * 1024 };
    let strongroom = Strongroom::on(MemoryEngine::with_limits(limits));
    let most = strongroom.limits().await.step_entries as usize;
    assert_eq!(most, 6);
    let batch = |count: usize| (0..count).map(|number| text(&format!("s{number}"), "1")).collect();
    for wish in [
        BatchImportSecretsRequest { atomic: true, ..import(batch(7)) },
        BatchImportSecretsRequest { dry_run: true, ..import(batch(7)) },
        BatchImportSecretsRequest { request_id: "one".to_owned(), ..import(batch(7)) },
    ] {
        let told = rejection(strongroom.import_as(wish).await);
        assert_eq!(told, Rejection::BatchTooLarge { what: "entries", needed: 7, allowed: 6 });
    }
    assert!(strongroom.names().await.is_empty());
    let fits = BatchImportSecretsRequest { atomic: true, request_id: "one".to_owned(), ..import(batch(6)) };
    assert_eq!(strongroom.import_as(fits).await.unwrap().success, 6);

    let limits = CommitLimits { operations: 1_000, bytes: 40_000 };
    let strongroom = Strongroom::on(MemoryEngine::with_limits(limits));
    let told =
        rejection(strongroom.import_as(BatchImportSecretsRequest { atomic: true, ..import(batch(5)) }).await);
    assert!(matches!(told, Rejection::BatchTooLarge { what: "bytes", allowed: 40_000, .. }), "{told:?}");
    assert_eq!(told.reason(), "TOO_LARGE_FOR_ONE_STEP");
}

#[tokio::test]
async fn what_gets_a_version_is_counted_with_what_it_was() {
    let limits = CommitLimits { operations: 1_000, bytes: 60_000 };
    let strongroom = Strongroom::on(MemoryEngine::with_limits(limits));
    let large = |name: &str| NewSecret { description: "x".repeat(2_048), ..text(name, "1") };
    let batch = || (0..9).map(|number| large(&format!("s{number}"))).collect();
    assert_eq!(strongroom.import_as(import(batch())).await.unwrap().success, 9);
    let again = BatchImportSecretsRequest { on_existing: OnExisting::NewVersion.into(), ..import(batch()) };
    let answer = strongroom.import_as(again).await.unwrap();
    assert_eq!(actions(&answer), [Action::NewVersion; 9]);
    let indexes: Vec<_> = answer.outcomes.iter().map(|outcome| outcome.index).collect();
    assert_eq!(indexes, [0, 1, 2, 3, 4, 5, 6, 7, 8]);
}

#[tokio::test]
async fn every_problem_of_an_entry_is_told_at_once() {
    let strongroom = with_db(State::Enabled).await;
    let entry = NewSecret {
        kms_key_id: "a b".to_owned(),
        event_subscriptions: vec!["nobody".to_owned()],
        ..text("db", "1")
    };
    let answer = strongroom.import(vec![entry.clone()]).await;
    let problems: Vec<_> = answer.outcomes[0].problems.iter().map(|problem| problem.code.as_str()).collect();
    assert_eq!(problems, ["BAD_CHARACTERS", "UNKNOWN", "TAKEN"]);
    assert_eq!(answer.outcomes[0].problems, answer.error_list[0].problems);
    assert_eq!(rejection(strongroom.create(entry).await).problems(), answer.error_list[0].problems);
}

#[tokio::test]
async fn creating_one_secret_follows_its_policy_and_answers_with_the_secret() {
    for (state, on_existing, on_pending, value, versions) in [
        (State::Enabled, OnExisting::Skip, OnPending::Fail, "old", 1),
        (State::Enabled, OnExisting::NewVersion, OnPending::Fail, "new", 2),
        (State::Enabled, OnExisting::NewVersionIfDifferent, OnPending::Fail, "new", 2),
        (State::Waiting, OnExisting::Fail, OnPending::CancelAndNewVersion, "new", 2),
        (State::Free, OnExisting::NewVersion, OnPending::CancelAndNewVersion, "new", 1),
    ] {
        let strongroom = with_db(state).await;
        let (on_existing, on_pending) = (on_existing.into(), on_pending.into());
        let entry = NewSecret { on_existing, on_pending, ..text("db", "new") };
        let created = strongroom.create(entry).await.unwrap().secret.unwrap();
        let shown = strongroom.show("db").await.unwrap().secret.unwrap();
        assert_eq!(
            (&created.name, &created.state, created.update_time),
            (&shown.name, &shown.state, shown.update_time)
        );
        assert_eq!(strongroom.read("db").await.unwrap().secret_string.as_deref(), Some(value), "{state:?}");
        assert_eq!(strongroom.versions("db").await.unwrap().len(), versions, "{state:?}");
    }
    let strongroom = with_db(State::Waiting).await;
    let entry = NewSecret { on_pending: OnPending::Skip.into(), ..text("db", "new") };
    let shown = strongroom.create(entry).await.unwrap().secret.unwrap();
    assert!(shown.scheduled_delete_time.is_some(), "it goes on waiting");
}

#[tokio::test]
async fn a_version_that_gives_way_is_named_and_one_that_cannot_be_had_is_rejected() {
    let strongroom = Strongroom::new().limited(Limits { versions: 2, ..Limits::default() });
    strongroom.import(vec![text("db", "1")]).await;
    let next = |value: &str| BatchImportSecretsRequest {
        on_existing: OnExisting::NewVersion.into(),
        ..import(vec![text("db", value)])
    };
    assert_eq!(strongroom.import_as(next("2")).await.unwrap().outcomes[0].message, "");
    let third = strongroom.import_as(next("3")).await.unwrap();
    assert_eq!(third.outcomes[0].message, "Version v1 gave way to it.");
    assert!(strongroom.read_version("db", "v1").await.is_err());
    strongroom.set_stage("db", "blue", "v2").await.unwrap();
    strongroom.set_stage("db", "SYSPREVIOUS", "v3").await.unwrap();
    strongroom.set_stage("db", "green", "v3").await.unwrap();
    let fourth = strongroom.import_as(next("4")).await.unwrap();
    assert_eq!(reasons(&fourth), ["TOO_MANY_VERSIONS"]);
    assert_eq!(strongroom.read("db").await.unwrap().secret_string.as_deref(), Some("3"));
}

#[tokio::test]
async fn a_key_of_entries_that_are_all_rejected_is_not_made() {
    let strongroom = Strongroom::new().limited(Limits { secrets: 1, keys: 2, ..Limits::default() });
    let of_key = |name: &str, key: &str| NewSecret { kms_key_id: key.to_owned(), ..text(name, "1") };
    let answer = strongroom.import(vec![of_key("a", "one"), of_key("b", "another")]).await;
    assert_eq!(reasons(&answer), ["", "TOO_MANY_SECRETS"]);
    strongroom.delete("a").await.unwrap();
    let atomic = BatchImportSecretsRequest {
        atomic: true,
        ..import(vec![of_key("c", "third"), of_key("a b", "one")])
    };
    assert_eq!(reasons(&strongroom.import_as(atomic).await.unwrap()), ["", "INVALID"]);
    assert_eq!(actions(&strongroom.import(vec![of_key("d", "two")]).await), [Action::Created]);
    strongroom.delete("d").await.unwrap();
    let answer = strongroom.import(vec![of_key("e", "three"), of_key("f", "one")]).await;
    assert_eq!(
        reasons(&answer),
        ["TOO_MANY_KEYS", ""],
        "two keys were made, and what is rejected takes no room"
    );
}

#[tokio::test]
async fn the_audit_tells_a_new_version_from_a_new_secret() {
    let strongroom = with_db(State::Enabled).await;
    // Records of one moment stand in no order.
    strongroom.pass(1_000);
    let request = BatchImportSecretsRequest {
        on_existing: OnExisting::NewVersion.into(),
        ..import(vec![text("db", "new"), text("web", "new")])
    };
    strongroom.import_as(request).await.unwrap();
    let view = strongroom.storage.view().await.unwrap();
    let records = view.audit(Id::new([2; 16]), Timestamp::from_milliseconds(START), 100).await.unwrap();
    let mut lines: Vec<_> = records.last().unwrap().lines.iter().collect();
    lines.sort_by_key(|line| &line.secret_name);
    let lines: Vec<_> = lines.iter().map(|line| (line.secret_name.as_str(), line.outcome.as_str())).collect();
    assert_eq!(lines, [("db", "new version"), ("web", "done")]);
}
