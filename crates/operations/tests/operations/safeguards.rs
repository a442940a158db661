//! Dry runs, their tokens, and requests with a name.

use std::sync::Arc;

use strongroom_access::{Caller, Identity};
use strongroom_contract::v1;
use strongroom_operations::{Answer, Call, Limits, Rejection, Root, RootKeySource};
use strongroom_sealing::{RootKey, RootKeys};
use strongroom_storage::{Engine, Id, MemoryEngine, Span, Storage, Timestamp};

use crate::strongroom::{DAY, START, Strongroom, rejection, text};

const MINUTE: i64 = 60_000;

impl Strongroom {
    async fn create_safely(&self, request: v1::CreateSecretRequest) -> Answer<v1::CreateSecretResponse> {
        let call = self.call("CreateSecret");
        self.operations
            .execute(&call, request, |operations, call, request| {
                Box::pin(async move { operations.create_secret(&call, request).await })
            })
            .await
    }

    async fn schedule_safely(
        &self,
        request: v1::ScheduleDeletionRequest,
    ) -> Answer<v1::ScheduleDeletionResponse> {
        let call = self.call("ScheduleDeletion");
        self.operations
            .execute(&call, request, |operations, call, request| {
                Box::pin(async move { operations.schedule_deletion(&call, request).await })
            })
            .await
    }

    async fn import_safely(
        &self,
        request: v1::BatchImportSecretsRequest,
    ) -> Answer<v1::BatchImportSecretsResponse> {
        let call = self.call("BatchImportSecrets");
        self.operations
            .execute(&call, request, |operations, call, request| {
                Box::pin(async move { operations.batch_import_secrets(&call, request).await })
            })
            .await
    }
}

fn create(name: &str, value: &str) -> v1::CreateSecretRequest {
    v1::CreateSecretRequest { secret: Some(text(name, value)), ..Default::default() }
}

#[tokio::test]
async fn a_dry_run_answers_like_the_real_one_and_changes_nothing() {
    let engine = Arc::new(MemoryEngine::new());
    let keys = Arc::new(RootKeys::new(RootKey::generate().unwrap()));
    let root = Root::new(keys, RootKeySource::Environment);
    let strongroom = Strongroom::sealed_by(Storage::with_known_key(engine.clone()), root, Limits::default());
    strongroom.import(vec![text("web", "x")]).await;
    let all =
        async || engine.snapshot().await.unwrap().range(&Span::prefix(vec![]), usize::MAX).await.unwrap();
    let before = all().await;
    let shown = strongroom
        .create_safely(v1::CreateSecretRequest { dry_run: true, ..create("db", "x") })
        .await
        .unwrap();
    assert_eq!(shown.secret.unwrap().name, "db");
    assert!(strongroom.show("db").await.is_err());
    assert!(all().await == before);

    let token = shown.dry_run_token;
    let request = v1::CreateSecretRequest { dry_run_token: token, ..create("db", "x") };
    let done = strongroom.create_safely(request.clone()).await.unwrap();
    assert_eq!(done.dry_run_token, "");
    assert_eq!(strongroom.show("db").await.unwrap().secret, done.secret);
    assert_eq!(strongroom.read("db").await.unwrap().secret_string.as_deref(), Some("x"));
    // By now the name is taken, as it would be without a token.
    assert!(matches!(rejection(strongroom.create_safely(request).await), Rejection::NameTaken { .. }));
}

#[tokio::test]
async fn a_key_of_a_dry_run_seals_nothing() {
    let strongroom = Strongroom::new();
    let own_key = |dry_run| {
        let mut request = create("db", "x");
        request.secret.as_mut().unwrap().kms_key_id = "own".to_owned();
        v1::CreateSecretRequest { dry_run, ..request }
    };
    strongroom.create_safely(own_key(true)).await.unwrap();
    strongroom.create_safely(own_key(false)).await.unwrap();
    assert_eq!(strongroom.again().read("db").await.unwrap().secret_string.as_deref(), Some("x"));
}

#[tokio::test]
async fn a_token_is_good_for_what_was_shown_and_for_ten_minutes() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "x"), text("web", "x")]).await;
    let schedule = |name: &str, days| v1::ScheduleDeletionRequest {
        secret_name: name.to_owned(),
        recovery_window_in_days: Some(days),
        ..Default::default()
    };
    let dry = || v1::ScheduleDeletionRequest { dry_run: true, ..schedule("db", 7) };
    let with =
        |token: &str, request| v1::ScheduleDeletionRequest { dry_run_token: token.to_owned(), ..request };

    let token = strongroom.schedule_safely(dry()).await.unwrap().dry_run_token;
    for other in [schedule("web", 7), schedule("db", 8)] {
        assert_eq!(
            rejection(strongroom.schedule_safely(with(&token, other)).await),
            Rejection::ChangedSinceShown
        );
    }
    let altered = token.replacen(|letter| letter != 'A', "A", 1);
    assert_eq!(
        rejection(strongroom.schedule_safely(with(&altered, schedule("db", 7))).await),
        Rejection::ChangedSinceShown
    );
    assert!(matches!(
        rejection(strongroom.schedule_safely(with("abc", schedule("db", 7))).await),
        Rejection::Invalid(_)
    ));
    strongroom.pass(10 * MINUTE + 1);
    assert_eq!(
        rejection(strongroom.schedule_safely(with(&token, schedule("db", 7))).await),
        Rejection::ShownTooLongAgo
    );

    let token = strongroom.schedule_safely(dry()).await.unwrap().dry_run_token;
    strongroom.add("another", &[]).await.unwrap();
    assert_eq!(
        rejection(strongroom.schedule_safely(with(&token, schedule("db", 7))).await),
        Rejection::ChangedSinceShown
    );

    let token = strongroom.schedule_safely(dry()).await.unwrap().dry_run_token;
    strongroom.pass(10 * MINUTE);
    // A start forgets nothing that a token needs.
    strongroom.again().schedule_safely(with(&token, schedule("db", 7))).await.unwrap();
}

#[tokio::test]
async fn a_named_request_is_done_once() {
    let strongroom = Strongroom::new();
    let named =
        |value: &str| v1::CreateSecretRequest { request_id: "deploy-1".to_owned(), ..create("db", value) };
    let first = strongroom.create_safely(named("x")).await.unwrap();
    strongroom.delete("db").await.unwrap();
    strongroom.pass(29 * DAY);
    let again = strongroom.again();
    assert_eq!(again.operations.delete_expired_requests().await.unwrap(), 0);
    assert_eq!(again.create_safely(named("x")).await.unwrap(), first);
    let project_id = again.identity().project_id.to_string();
    let spelled_out = v1::CreateSecretRequest { project_id, ..named("x") };
    assert_eq!(again.create_safely(spelled_out).await.unwrap(), first, "the project may be named or not");
    assert!(strongroom.show("db").await.is_err(), "nothing is done a second time");
    assert_eq!(
        rejection(strongroom.create_safely(named("y")).await),
        Rejection::RequestIdTaken { request_id: "deploy-1".to_owned() }
    );

    strongroom.pass(DAY);
    assert_ne!(strongroom.create_safely(named("y")).await.unwrap(), first, "the name is free again");
    assert_eq!(strongroom.operations.delete_expired_requests().await.unwrap(), 1, "the first one");
    let again = strongroom.create_safely(named("y")).await.unwrap();
    assert_eq!(again.secret, strongroom.show("db").await.unwrap().secret, "the second one is still known");
    strongroom.pass(30 * DAY);
    assert_eq!(strongroom.operations.delete_expired_requests().await.unwrap(), 1);
    assert_eq!(strongroom.operations.delete_expired_requests().await.unwrap(), 0);
    assert_eq!(strongroom.read("db").await.unwrap().secret_string.as_deref(), Some("y"));
}

#[tokio::test]
async fn a_request_id_belongs_to_the_user_who_has_used_it() {
    let strongroom = Strongroom::new();
    let named = || v1::CreateSecretRequest { request_id: "one".to_owned(), ..create("db", "x") };
    strongroom.create_safely(named()).await.unwrap();
    let other = Identity { user_id: Id::new([9; 16]), ..strongroom.identity() };
    let call = Call { caller: Caller::new(other), ..strongroom.call("CreateSecret") };
    let create = |request| {
        strongroom.operations.execute(&call, request, |operations, call, request| {
            Box::pin(async move { operations.create_secret(&call, request).await })
        })
    };
    for guess in ["x", "y"] {
        let guessed = v1::CreateSecretRequest { request_id: "one".to_owned(), ..self::create("db", guess) };
        assert!(matches!(rejection(create(guessed).await), Rejection::NameTaken { .. }), "{guess}");
    }
    let own = v1::CreateSecretRequest { request_id: "one".to_owned(), ..self::create("web", "x") };
    assert_eq!(create(own.clone()).await.unwrap(), create(own).await.unwrap());
}

#[tokio::test]
async fn a_guess_at_a_value_leaves_an_audit_line_also_in_a_dry_run() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "x")]).await;
    strongroom.pass(1_000);
    for guess in ["x", "y"] {
        let different = v1::OnExisting::NewVersionIfDifferent.into();
        let secret = Some(v1::NewSecret { on_existing: different, ..text("db", guess) });
        let request = v1::CreateSecretRequest { secret, dry_run: true, ..Default::default() };
        strongroom.create_safely(request).await.unwrap();
    }
    let from = Timestamp::from_milliseconds(START + 1_000);
    let project = strongroom.identity().project_id;
    let records = strongroom.storage.view().await.unwrap().audit(project, from, 10).await.unwrap();
    let lines: Vec<_> = records.iter().flat_map(|record| &record.lines).collect();
    assert_eq!(lines.len(), 2);
    assert!(lines.iter().all(|line| line.secret_name == "db" && line.outcome == "compared"), "{lines:?}");
}

#[tokio::test]
async fn of_equal_named_requests_at_once_one_is_done() {
    let strongroom = Strongroom::new();
    let request = || v1::CreateSecretRequest { request_id: "one".to_owned(), ..create("db", "x") };
    let (one, other) = tokio::join!(strongroom.create_safely(request()), strongroom.create_safely(request()));
    assert_eq!(one.unwrap(), other.unwrap());
    assert_eq!(strongroom.versions("db").await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_was_rejected_is_not_remembered() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "x")]).await;
    let request = v1::CreateSecretRequest { request_id: "one".to_owned(), ..create("db", "y") };
    assert!(matches!(
        rejection(strongroom.create_safely(request.clone()).await),
        Rejection::NameTaken { .. }
    ));
    strongroom.delete("db").await.unwrap();
    strongroom.create_safely(request).await.unwrap();
    assert_eq!(strongroom.read("db").await.unwrap().secret_string.as_deref(), Some("y"));
}

#[tokio::test]
async fn a_batch_counts_what_it_stores_only_when_it_is_done() {
    let strongroom = Strongroom::new();
    let strongroom = strongroom.limited(Limits { secrets: 3, ..Default::default() });
    let import = || v1::BatchImportSecretsRequest {
        secrets: vec![text("a", "x"), text("b", "x"), text("c", "x")],
        ..Default::default()
    };
    for _ in 0..3 {
        let dry = v1::BatchImportSecretsRequest { dry_run: true, ..import() };
        let shown = strongroom.import_safely(dry).await.unwrap();
        assert_eq!((shown.success, shown.failed), (3, 0));
    }
    let named = v1::BatchImportSecretsRequest { request_id: "a".to_owned(), ..import() };
    assert_eq!(strongroom.import_safely(named).await.unwrap().success, 3);
    let more = strongroom.import(vec![text("d", "x")]).await;
    assert!(more.error_list[0].error_msg.starts_with("CSMS.0202"), "{:?}", more.error_list);
}
