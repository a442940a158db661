//! Streams of entries: what is told is stored, whatever happens to the caller.

use std::time::Duration;

use prost::Message;
use strongroom_contract::v1::{
    self, Action, ImportOptions, ImportSecretsStreamRequest, ImportSecretsStreamResponse, NewSecret,
    OnExisting, Outcome, SecretType, ShowBatchRequest, ShowBatchResponse,
};
use strongroom_operations::{Answer, Answers, Limits, Piece, Rejection};
use strongroom_storage::{CommitLimits, MemoryEngine};
use tokio::sync::mpsc;

use crate::strongroom::{DAY, START, Strongroom, rejection, text};

type Request = ImportSecretsStreamRequest;
type Response = ImportSecretsStreamResponse;

/// The caller's side of a stream.
struct Caller {
    pieces: Option<mpsc::Sender<Piece<Request>>>,
    answers: Option<mpsc::Receiver<Response>>,
    told: Vec<Outcome>,
    last: Response,
}

impl Caller {
    async fn send(&self, piece: Piece<Request>) {
        // Fails when the stream is over, which its answer tells.
        let _ = self.pieces.as_ref().unwrap().send(piece).await;
    }

    async fn entries(&self, secrets: Vec<NewSecret>) {
        self.send(Piece::message(Request { secrets, ..Request::default() })).await;
    }

    /// Waits until so many outcomes were told.
    async fn hear(&mut self, outcomes: usize) {
        while self.told.len() < outcomes {
            let answer = self.answers.as_mut().unwrap().recv().await.expect("the stream goes on");
            self.told.extend(answer.outcomes.clone());
            self.last = answer;
        }
    }

    async fn end(&mut self) {
        self.send(Piece::End).await;
        while let Some(answer) = self.answers.as_mut().unwrap().recv().await {
            self.told.extend(answer.outcomes.clone());
            self.last = answer;
        }
    }

    fn actions(&self) -> Vec<Action> {
        self.told.iter().map(Outcome::action).collect()
    }
}

/// A stream and a caller that does what the story says.
async fn stream(strongroom: &Strongroom, story: impl AsyncFnOnce(&mut Caller)) -> (Caller, Answer<()>) {
    let (pieces, arriving) = mpsc::channel(2);
    let (telling, answers) = mpsc::channel(2);
    let mut caller =
        Caller { pieces: Some(pieces), answers: Some(answers), told: Vec::new(), last: Response::default() };
    let call = strongroom.call("ImportSecretsStream");
    let answers = Answers::new(telling, Duration::from_secs(3_600));
    let played = async {
        story(&mut caller).await;
        caller.pieces = None;
    };
    let (answer, ()) =
        tokio::join!(strongroom.operations.import_secrets_stream(&call, arriving, answers), played);
    (caller, answer)
}

async fn shown(strongroom: &Strongroom, batch_id: &str) -> ShowBatchResponse {
    let request =
        ShowBatchRequest { batch_id: batch_id.to_owned(), limit: Some(1_000), ..Default::default() };
    strongroom.operations.show_batch(&strongroom.call("ShowBatch"), request).await.unwrap()
}

fn options(options: ImportOptions) -> Piece<Request> {
    Piece::message(Request { options: Some(options), ..Request::default() })
}

fn many(names: std::ops::Range<usize>) -> Vec<NewSecret> {
    names.map(|number| text(&format!("name-{number:05}"), "value")).collect()
}

#[tokio::test]
async fn each_entry_has_an_outcome_and_the_batch_keeps_them() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("there", "x")]).await;
    let (caller, answer) = stream(&strongroom, async |caller| {
        caller.entries(vec![text("one", "1"), text("there", "2")]).await;
        caller.hear(2).await;
        assert_eq!(caller.last.progress.as_ref().unwrap().done, 2);
        caller
            .send(Piece::Unreadable { line: 3, sentence: "Is wrong. Do better.".to_owned(), charge: None })
            .await;
        caller.entries(vec![NewSecret { line: 9, ..text("two", "2") }, text("a b", "x")]).await;
        caller.end().await;
    })
    .await;
    answer.unwrap();
    assert_eq!(
        caller.actions(),
        [Action::Created, Action::Rejected, Action::Rejected, Action::Created, Action::Rejected]
    );
    let places: Vec<_> = caller.told.iter().map(|outcome| (outcome.index, outcome.line)).collect();
    assert_eq!(places, [(0, 0), (1, 0), (2, 3), (3, 9), (4, 0)]);
    assert_eq!(
        (caller.told[2].message.as_str(), caller.told[2].next_step.as_str()),
        ("Is wrong.", "Do better.")
    );
    let progress = caller.last.progress.unwrap();
    assert_eq!((progress.received, progress.done, progress.success, progress.failed), (5, 5, 2, 3));
    assert!(progress.finished);
    let kept = shown(&strongroom, &progress.batch_id).await;
    assert_eq!(kept.outcomes, caller.told);
    let batch = kept.batch.unwrap();
    assert!(batch.finished);
    assert_eq!((batch.total, batch.operation.as_str()), (5, "ImportSecretsStream"));
    assert_eq!(strongroom.show("two").await.unwrap().secret.unwrap().name, "two");
}

#[tokio::test]
async fn of_a_name_the_first_counts_however_far_away() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("there", "x")]).await;
    let (caller, answer) = stream(&strongroom, async |caller| {
        caller.entries(vec![text("one", "1"), text("there", "2")]).await;
        caller.hear(2).await;
        caller
            .entries(vec![NewSecret { line: 7, ..text("one", "1") }, text("one", "2"), text("there", "2")])
            .await;
        caller.end().await;
    })
    .await;
    answer.unwrap();
    assert_eq!(
        caller.actions(),
        [Action::Created, Action::Rejected, Action::Unchanged, Action::Rejected, Action::Rejected]
    );
    assert_eq!(caller.told[2].message, "This is the same as entry 1, which counts.");
    assert_eq!(
        caller.told[3].message,
        "The name of entry 4 is the same as that of entry 1, and the first one counts."
    );
    assert_eq!(caller.told[4].reason, "REPEATED", "there is nothing that counts");
}

#[tokio::test]
async fn a_long_stream_is_stored_in_groups() {
    let strongroom = Strongroom::new();
    let (caller, answer) = stream(&strongroom, async |caller| {
        caller.entries(many(0..2_500)).await;
        caller.hear(1_000).await;
        assert_eq!(caller.told.len(), 1_000);
        assert_eq!(caller.last.progress.as_ref().unwrap().received, 2_500);
        caller.end().await;
    })
    .await;
    answer.unwrap();
    assert!(caller.told.iter().all(|outcome| outcome.action() == Action::Created));
    assert!(caller.told.iter().enumerate().all(|(place, outcome)| outcome.index == place as i32));
    assert_eq!(caller.told.len(), 2_500);
}

#[tokio::test]
async fn a_sender_that_breaks_off_has_what_was_told_and_no_more() {
    let strongroom = Strongroom::new();
    let (caller, answer) = stream(&strongroom, async |caller| {
        caller.entries(many(0..3)).await;
        caller.hear(3).await;
        // Gone without a word.
    })
    .await;
    answer.unwrap();
    let progress = caller.last.progress.unwrap();
    assert!(!progress.finished);
    let batch = shown(&strongroom, &progress.batch_id).await;
    assert_eq!(batch.outcomes, caller.told);
    assert!(!batch.batch.unwrap().finished);
}

#[tokio::test]
async fn nothing_is_stored_for_a_listener_that_is_gone_but_the_group_at_hand() {
    let strongroom = Strongroom::new();
    let (caller, answer) = stream(&strongroom, async |caller| {
        caller.entries(many(0..1_000)).await;
        caller.hear(1_000).await;
        caller.answers = None;
        for start in 1..9 {
            caller.entries(many(start * 1_000..(start + 1) * 1_000)).await;
        }
    })
    .await;
    answer.unwrap();
    let batch = shown(&strongroom, &caller.last.progress.unwrap().batch_id).await.batch.unwrap();
    assert!(!batch.finished);
    let stored: i32 = batch.actions.iter().map(|of| of.count).sum();
    assert!((1_000..=2_000).contains(&stored), "{stored}");
}

#[tokio::test]
async fn a_caller_that_does_not_listen_is_not_read_from() {
    let strongroom = Strongroom::new();
    let (caller, answer) = stream(&strongroom, async |caller| {
        let (mut taken, pieces) = (0, caller.pieces.clone().unwrap());
        for turn in 0..100_000 {
            let message = Request { secrets: many(turn * 1_000..turn * 1_000 + 1_000), ..Request::default() };
            match pieces.try_send(Piece::message(message)) {
                Ok(()) => taken += 1,
                Err(_) if taken > 10 => break,
                Err(_) => tokio::task::yield_now().await,
            }
            if turn == 300 {
                break;
            }
        }
        assert!(taken <= 10, "{taken} groups were taken in, with room for two answers");
        drop(pieces);
        caller.answers = None;
    })
    .await;
    answer.unwrap();
    assert!(caller.told.is_empty());
}

#[tokio::test]
async fn a_listener_that_takes_nothing_is_waited_for_in_vain() {
    let strongroom = Strongroom::new();
    let (pieces, arriving) = mpsc::channel(8);
    let (telling, mut answers) = mpsc::channel(1);
    for start in 0..3 {
        let secrets = many(start * 1_000..start * 1_000 + 1_000);
        pieces.send(Piece::message(Request { secrets, ..Request::default() })).await.unwrap();
    }
    // The sender stays, so only patience ends this.
    let call = strongroom.call("ImportSecretsStream");
    let answers_to = Answers::new(telling, Duration::from_millis(1));
    let answer = strongroom.operations.import_secrets_stream(&call, arriving, answers_to).await;
    assert_eq!(
        rejection(answer),
        Rejection::NotListening { seconds: 0 },
        "no success for one who may still listen"
    );
    assert!(answers.recv().await.unwrap().outcomes.is_empty());
    assert!(answers.recv().await.is_none());
}

#[tokio::test]
async fn a_dry_run_shows_all_and_changes_nothing() {
    let strongroom = Strongroom::with(MemoryEngine::new(), Limits { secrets: 3, ..Limits::default() });
    strongroom.import(vec![text("there", "x")]).await;
    let (caller, answer) = stream(&strongroom, async |caller| {
        caller.send(options(ImportOptions { dry_run: true, ..Default::default() })).await;
        caller.entries(vec![text("one", "1"), text("there", "2")]).await;
        caller.hear(2).await;
        caller.entries(vec![text("one", "1"), text("two", "2"), text("three", "3")]).await;
        caller.end().await;
    })
    .await;
    answer.unwrap();
    assert_eq!(
        caller.actions(),
        [Action::Created, Action::Rejected, Action::Unchanged, Action::Created, Action::Rejected]
    );
    assert_eq!(caller.told[4].reason, "TOO_MANY_SECRETS");
    assert!(
        caller.told[4]
            .message
            .starts_with("The project had 1 secret, entries before this one ask for 2 more; ")
    );
    let progress = caller.last.progress.unwrap();
    assert_eq!((progress.batch_id.as_str(), progress.finished), ("", true));
    strongroom.show("one").await.unwrap_err();
}

#[tokio::test]
async fn policies_hold_for_all_entries() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("there", "x"), text("other", "x")]).await;
    let (caller, answer) = stream(&strongroom, async |caller| {
        let policy = OnExisting::NewVersionIfDifferent.into();
        caller.send(options(ImportOptions { on_existing: policy, ..Default::default() })).await;
        let own = NewSecret { on_existing: OnExisting::Skip.into(), ..text("other", "y") };
        caller.entries(vec![text("there", "x"), own]).await;
        caller.hear(2).await;
        caller.end().await;
        assert_eq!(caller.last.progress.as_ref().unwrap().batch_id, "", "nothing was changed");
    })
    .await;
    answer.unwrap();
    assert_eq!(caller.actions(), [Action::Unchanged, Action::Skipped]);
}

#[tokio::test]
async fn what_a_stream_cannot_keep_is_rejected() {
    let strongroom = Strongroom::new();
    let wrong = ImportOptions {
        atomic: true,
        dry_run_token: "t".to_owned(),
        request_id: "r".to_owned(),
        on_existing: 99,
        ..Default::default()
    };
    let (_, answer) = stream(&strongroom, async |caller| caller.send(options(wrong)).await).await;
    let Rejection::Invalid(problems) = rejection(answer) else { panic!("the options are to blame") };
    let fields: Vec<_> = problems.iter().map(|problem| problem.field).collect();
    assert_eq!(fields, ["options.atomic", "options.dry_run_token", "options.request_id", "on_existing"]);

    let (caller, answer) = stream(&strongroom, async |caller| {
        caller.entries(many(0..1)).await;
        caller.hear(1).await;
        caller.entries(many(1..2)).await;
        caller.hear(2).await;
        caller.send(options(ImportOptions { dry_run: true, ..Default::default() })).await;
        caller.end().await;
    })
    .await;
    assert!(matches!(rejection(answer), Rejection::Invalid(problems) if problems[0].field == "options"));
    assert_eq!(caller.told.len(), 2);

    let elsewhere = Request { project_id: "other".to_owned(), ..Request::default() };
    let (_, answer) = stream(&strongroom, async |caller| caller.send(Piece::message(elsewhere)).await).await;
    assert_eq!(rejection(answer), Rejection::OtherProject);
}

#[tokio::test]
async fn a_stream_that_is_too_long_ends_with_what_it_may_have() {
    let strongroom = Strongroom::with(MemoryEngine::new(), Limits { stream_entries: 5, ..Limits::default() });
    let (caller, answer) = stream(&strongroom, async |caller| {
        caller.entries(many(0..4)).await;
        caller.hear(4).await;
        caller.entries(many(4..8)).await;
        caller.end().await;
    })
    .await;
    assert!(matches!(rejection(answer), Rejection::Invalid(problems) if problems[0].field == "secrets"));
    assert_eq!(caller.told.len(), 5);
    let progress = caller.last.progress.unwrap();
    assert!(!progress.finished);
    let batch = shown(&strongroom, &progress.batch_id).await.batch.unwrap();
    assert!(batch.finished, "nothing more comes");
}

#[tokio::test]
async fn all_at_once_is_told_in_groups_too() {
    let strongroom = Strongroom::new();
    let (telling, mut answers) = mpsc::channel(2);
    let answers_to = Answers::new(telling, Duration::from_secs(3_600));
    let call = strongroom.call("ImportSecretsWithProgress");
    let request = Request { secrets: many(0..1_500), ..Request::default() };
    let heard = async {
        let mut heard = Vec::new();
        while let Some(answer) = answers.recv().await {
            heard.push(answer);
        }
        heard
    };
    let (answer, heard) =
        tokio::join!(strongroom.operations.import_secrets_with_progress(&call, request, answers_to), heard);
    answer.unwrap();
    let told: Vec<_> = heard.iter().map(|answer| answer.outcomes.len()).collect();
    assert_eq!(told[..2], [0, 1_000]);
    assert_eq!(told.iter().sum::<usize>(), 1_500);
    assert!(heard.last().unwrap().progress.as_ref().unwrap().finished);
}

#[tokio::test]
async fn what_was_told_is_in_the_batch_even_if_it_changed_nothing() {
    let strongroom = Strongroom::new();
    let (caller, answer) = stream(&strongroom, async |caller| {
        caller.entries(many(0..5)).await;
        caller.hear(5).await;
        caller.entries(many(0..5)).await;
        caller.hear(10).await;
        // Gone without a word.
    })
    .await;
    answer.unwrap();
    assert_eq!(caller.actions()[5..], [Action::Unchanged; 5]);
    assert_eq!(shown(&strongroom, &caller.last.progress.unwrap().batch_id).await.outcomes, caller.told);
}

#[tokio::test]
async fn a_name_or_an_event_of_any_length_takes_little_room() {
    let strongroom = Strongroom::new();
    let long = "ä".repeat(1_000_000);
    let (caller, answer) = stream(&strongroom, async |caller| {
        let subscribed = NewSecret { event_subscriptions: vec![long.clone()], ..text("two", "2") };
        caller.entries(vec![text("one", "1"), text(&long, "x"), subscribed]).await;
        caller.end().await;
    })
    .await;
    answer.unwrap();
    assert_eq!(caller.actions(), [Action::Created, Action::Rejected, Action::Rejected]);
    assert_eq!(caller.told[1].name, "ä".repeat(128));
    for outcome in &caller.told {
        assert!(outcome.encoded_len() < 2_000, "{}", outcome.index);
    }
    assert_eq!(shown(&strongroom, &caller.last.progress.unwrap().batch_id).await.outcomes, caller.told);
    let whole = strongroom.import(vec![text(&long, "x")]).await;
    assert_eq!((whole.error_list[0].name.len(), whole.outcomes[0].name.len()), (256, 256));
}

#[tokio::test]
async fn a_secret_is_of_the_time_when_it_comes() {
    let strongroom = Strongroom::new();
    let (_, answer) = stream(&strongroom, async |caller| {
        caller.entries(many(0..1)).await;
        caller.hear(1).await;
        strongroom.pass(DAY);
        caller.entries(vec![text("late", "x")]).await;
        caller.end().await;
    })
    .await;
    answer.unwrap();
    let secret = strongroom.show("late").await.unwrap().secret.unwrap();
    assert_eq!(secret.create_time, (START + DAY) / 1_000 * 1_000);
}

#[tokio::test]
async fn a_dry_run_holds_no_room_while_its_listener_takes_its_time() {
    let limits = Limits { secrets: 2, ..Limits::default() };
    let strongroom = Strongroom::with(MemoryEngine::new(), limits);
    let (_, answer) = stream(&strongroom, async |caller| {
        caller.send(options(ImportOptions { dry_run: true, ..Default::default() })).await;
        caller.entries(many(0..2)).await;
        caller.hear(2).await;
        // More answers than there is room for, so that the stream waits in the middle of telling one.
        for number in 2..9 {
            caller.entries(many(number..number + 1)).await;
        }
        let others = strongroom.import(vec![text("a", "x"), text("b", "x")]);
        let others = tokio::time::timeout(Duration::from_secs(60), others).await;
        assert_eq!(others.expect("there is room").success, 2);
        caller.end().await;
    })
    .await;
    answer.unwrap();
}

#[tokio::test]
async fn a_dry_run_counts_no_secret_that_is_gone() {
    let limits = Limits { secrets: 1, ..Limits::default() };
    let strongroom = Strongroom::with(MemoryEngine::new(), limits);
    strongroom.import(vec![text("old", "x")]).await;
    strongroom.schedule("old", 7).await.unwrap();
    strongroom.pass(8 * DAY);
    let (caller, answer) = stream(&strongroom, async |caller| {
        caller.send(options(ImportOptions { dry_run: true, ..Default::default() })).await;
        caller.entries(many(0..2)).await;
        caller.end().await;
    })
    .await;
    answer.unwrap();
    assert_eq!(caller.actions(), [Action::Created, Action::Rejected]);
}

#[tokio::test]
async fn a_dry_run_takes_as_many_steps_as_it_needs() {
    let engine = MemoryEngine::with_limits(CommitLimits { operations: 1_000, bytes: 40_000 });
    let strongroom = Strongroom::with(engine, Limits::default());
    let (caller, answer) = stream(&strongroom, async |caller| {
        caller.send(options(ImportOptions { dry_run: true, ..Default::default() })).await;
        caller.entries(many(0..10)).await;
        caller.end().await;
    })
    .await;
    answer.unwrap();
    assert_eq!(caller.actions(), [Action::Created; 10]);
    assert!(strongroom.names().await.is_empty());
}

#[tokio::test]
async fn a_dry_run_counts_what_its_groups_would_take_as_the_stream_itself_does() {
    let limits = Limits { secrets: 6, keys: 2, ..Limits::default() };
    let with_key = |name: &str, key: &str| NewSecret { kms_key_id: key.to_owned(), ..text(name, "x") };
    for dry_run in [true, false] {
        let strongroom = Strongroom::with(MemoryEngine::new(), limits);
        strongroom.import(vec![with_key("old", "known"), with_key("own", "")]).await;
        let update = v1::UpdateSecretRequest {
            secret_name: "own".to_owned(),
            kms_key_id: Some("fourth".to_owned()),
            ..Default::default()
        };
        strongroom.update(update).await.unwrap();
        let (caller, answer) = stream(&strongroom, async |caller| {
            let on_existing = OnExisting::NewVersion.into();
            caller.send(options(ImportOptions { dry_run, on_existing, ..Default::default() })).await;
            for (told, new) in [
                with_key("a", "second"),
                with_key("b", "third"),
                with_key("c", "known"),
                with_key("own", ""),
                with_key("d", "second"),
                with_key("e", ""),
                with_key("f", ""),
                with_key("g", "third"),
            ]
            .into_iter()
            .enumerate()
            {
                caller.entries(vec![new]).await;
                caller.hear(told + 1).await;
            }
            caller.end().await;
        })
        .await;
        answer.unwrap();
        let told: Vec<_> = caller.told.iter().map(|outcome| outcome.reason.as_str()).collect();
        let (keys, secrets) = ("TOO_MANY_KEYS", "TOO_MANY_SECRETS");
        assert_eq!(told, ["", keys, "", keys, "", "", secrets, secrets], "dry run: {dry_run}");
        let message = "The project would have 3 keys with this one; at most 2 are allowed.";
        assert_eq!(caller.told[1].message, message, "dry run: {dry_run}");
    }
}

#[tokio::test]
async fn what_stands_for_the_same_collapses() {
    let strongroom = Strongroom::new();
    let explicit = || NewSecret {
        secret_type: SecretType::Common.into(),
        kms_key_id: "csms/default".to_owned(),
        enterprise_project_id: "default".to_owned(),
        ..text("db", "x")
    };
    let (caller, answer) = stream(&strongroom, async |caller| {
        caller.entries(vec![text("db", "x"), explicit()]).await;
        caller.hear(2).await;
        caller.entries(vec![explicit(), NewSecret { description: "d".to_owned(), ..explicit() }]).await;
        caller.end().await;
    })
    .await;
    answer.unwrap();
    let expected = [Action::Created, Action::Unchanged, Action::Unchanged, Action::Rejected];
    assert_eq!(caller.actions(), expected);
    let other = NewSecret { secret_type: SecretType::Rds.into(), ..text("db2", "x") };
    let named = |new: NewSecret| NewSecret { name: "db2".to_owned(), ..new };
    let answer = strongroom.import(vec![named(text("", "x")), named(explicit()), other]).await;
    let actions: Vec<_> = answer.outcomes.iter().map(Outcome::action).collect();
    assert_eq!(actions, [Action::Created, Action::Unchanged, Action::Rejected]);
}
