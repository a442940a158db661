//! A signed change is carried out once, however often it is sent.

use std::sync::Arc;

use strongroom_access::SignatureId;
use strongroom_contract::v1;
use strongroom_operations::{Answer, Answers, Call, Piece, Rejection, SignedRequest};
use strongroom_storage::{CommitLimits, MemoryEngine, Timestamp};
use tokio::sync::mpsc;

use crate::strongroom::{DAY, START, Strongroom, rejection, text};

const MINUTE: i64 = 60_000;

impl Strongroom {
    /// A call with a signature, as often as its bytes are sent.
    fn signed(&self, operation: &'static str, signature: u8) -> Call {
        let id = SignatureId { date: Timestamp::from_milliseconds(START - 500), hash: [signature; 32] };
        Call { signed: Some(Arc::new(SignedRequest::new(id))), ..self.call(operation) }
    }

    async fn create_signed(&self, signature: u8, secret: v1::NewSecret) -> Answer<v1::CreateSecretResponse> {
        let request = v1::CreateSecretRequest { secret: Some(secret), ..Default::default() };
        let call = self.signed("CreateSecret", signature);
        let create = self.operations.execute(&call, request, |operations, call, request| {
            Box::pin(async move { operations.create_secret(&call, request).await })
        });
        create.await
    }

    async fn put_signed(&self, signature: u8, value: &str) -> Answer<v1::CreateSecretVersionResponse> {
        let request = v1::CreateSecretVersionRequest {
            secret_name: "db".to_owned(),
            secret_string: Some(value.to_owned()),
            ..Default::default()
        };
        let call = self.signed("CreateSecretVersion", signature);
        let put = self.operations.execute(&call, request, |operations, call, request| {
            Box::pin(async move { operations.create_secret_version(&call, request).await })
        });
        put.await
    }

    async fn delete_signed(&self, signature: u8, name: &str) -> Answer<v1::DeleteSecretResponse> {
        let request = v1::DeleteSecretRequest { secret_name: name.to_owned(), ..Default::default() };
        let call = self.signed("DeleteSecret", signature);
        let delete = self.operations.execute(&call, request, |operations, call, request| {
            Box::pin(async move { operations.delete_secret(&call, request).await })
        });
        delete.await
    }

    async fn import_signed(
        &self,
        signature: u8,
        secrets: Vec<v1::NewSecret>,
    ) -> Answer<v1::BatchImportSecretsResponse> {
        let request = v1::BatchImportSecretsRequest { secrets, ..Default::default() };
        let call = self.signed("BatchImportSecrets", signature);
        let import = self.operations.execute(&call, request, |operations, call, request| {
            Box::pin(async move { operations.batch_import_secrets(&call, request).await })
        });
        import.await
    }

    async fn value(&self) -> String {
        self.read("db").await.unwrap().secret_string.unwrap()
    }
}

#[tokio::test]
async fn an_old_password_does_not_become_current_again() {
    let strongroom = Strongroom::new();
    strongroom.create_signed(1, text("db", "first")).await.unwrap();
    let old = strongroom.put_signed(2, "old").await.unwrap();
    strongroom.put_signed(3, "new").await.unwrap();
    for _ in 0..2 {
        assert_eq!(strongroom.put_signed(2, "old").await.unwrap(), old, "a client that retries is answered");
        assert_eq!(strongroom.value().await, "new");
    }
    strongroom.pass(14 * MINUTE);
    assert_eq!(strongroom.again().put_signed(2, "old").await.unwrap(), old, "also after a restart");
    assert_eq!(strongroom.value().await, "new");
    assert_eq!(strongroom.versions("db").await.unwrap().len(), 3);
    strongroom.put_signed(4, "old").await.unwrap();
    assert_eq!(strongroom.value().await, "old", "another signature is another request");
}

#[tokio::test]
async fn of_equal_signed_requests_at_once_one_is_done() {
    let strongroom = Strongroom::new();
    strongroom.create_signed(1, text("db", "first")).await.unwrap();
    let sent = (0..8).map(|_| strongroom.put_signed(2, "second"));
    let mut answers = Vec::new();
    for answer in futures(sent).await {
        answers.push(answer.unwrap());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    assert_eq!(strongroom.versions("db").await.unwrap().len(), 2);
}

/// All of them at once.
async fn futures<T: Send>(works: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut works: Vec<_> = works.map(Box::pin).collect();
    let mut ended: Vec<Option<T>> = works.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (work, end) in works.iter_mut().zip(&mut ended).filter(|(_, end)| end.is_none()) {
            if let std::task::Poll::Ready(answer) = work.as_mut().poll(context) {
                *end = Some(answer);
            }
        }
        match ended.iter().all(Option::is_some) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    ended.into_iter().flatten().collect()
}

#[tokio::test]
async fn a_deleted_secret_does_not_come_back_and_a_new_one_is_not_deleted() {
    let strongroom = Strongroom::new();
    strongroom.create_signed(1, text("db", "one")).await.unwrap();
    strongroom.delete_signed(2, "db").await.unwrap();
    strongroom.create_signed(1, text("db", "one")).await.unwrap();
    assert!(strongroom.show("db").await.is_err(), "the first answer is given, and nothing is created");
    strongroom.create_signed(3, text("db", "two")).await.unwrap();
    strongroom.delete_signed(2, "db").await.unwrap();
    assert_eq!(strongroom.value().await, "two");
}

#[tokio::test]
async fn what_was_rejected_is_not_done_later() {
    let strongroom = Strongroom::new();
    strongroom.create_signed(1, text("db", "one")).await.unwrap();
    assert!(matches!(
        rejection(strongroom.create_signed(2, text("db", "two")).await),
        Rejection::NameTaken { .. }
    ));
    strongroom.delete_signed(3, "db").await.unwrap();
    strongroom.pass(1_000);
    assert!(matches!(
        rejection(strongroom.create_signed(2, text("db", "two")).await),
        Rejection::NameTaken { .. }
    ));
    assert!(strongroom.show("db").await.is_err());
}

/// Dates of signatures have whole seconds, so a script that tries again within one cannot sign anew.
#[tokio::test]
async fn what_was_rejected_may_be_tried_again_within_the_same_second() {
    let strongroom = Strongroom::new();
    strongroom.create_signed(1, text("db", "one")).await.unwrap();
    assert!(strongroom.create_signed(2, text("db", "two")).await.is_err());
    strongroom.delete_signed(3, "db").await.unwrap();
    strongroom.pass(999);
    let second = strongroom.create_signed(2, text("db", "two")).await.unwrap();
    assert_eq!(strongroom.value().await, "two");
    strongroom.pass(1_000);
    assert_eq!(strongroom.create_signed(2, text("db", "two")).await.unwrap(), second);
}

#[tokio::test]
async fn sending_it_over_and_over_does_not_prolong_that_second() {
    let strongroom = Strongroom::new();
    strongroom.create_signed(1, text("db", "one")).await.unwrap();
    for _ in 0..3 {
        assert!(strongroom.create_signed(2, text("db", "two")).await.is_err());
        strongroom.pass(500);
    }
    strongroom.delete_signed(3, "db").await.unwrap();
    assert!(strongroom.create_signed(2, text("db", "two")).await.is_err());
}

#[tokio::test]
async fn what_changed_nothing_does_not_change_something_later() {
    let strongroom = Strongroom::new();
    let skip = |value| v1::NewSecret { on_existing: v1::OnExisting::Skip.into(), ..text("db", value) };
    strongroom.create_signed(1, skip("one")).await.unwrap();
    let skipped = strongroom.create_signed(2, skip("two")).await.unwrap();
    strongroom.delete_signed(3, "db").await.unwrap();
    strongroom.pass(1_000);
    assert_eq!(strongroom.create_signed(2, skip("two")).await.unwrap(), skipped);
    assert!(strongroom.show("db").await.is_err());
}

#[tokio::test]
async fn what_was_invalid_is_judged_again() {
    let strongroom = Strongroom::new();
    for _ in 0..2 {
        assert!(matches!(
            rejection(strongroom.create_signed(1, text("a b", "x")).await),
            Rejection::Invalid(_)
        ));
        strongroom.pass(1_000);
    }
}

#[tokio::test]
async fn a_batch_is_answered_alike() {
    let strongroom = Strongroom::new();
    let secrets = || vec![text("a", "x"), text("b", "x")];
    let first = strongroom.import_signed(1, secrets()).await.unwrap();
    strongroom.delete("a").await.unwrap();
    assert_eq!(strongroom.import_signed(1, secrets()).await.unwrap(), first);
    assert!(strongroom.show("a").await.is_err());
}

/// It takes several commits, of which the first says that the signature was used.
#[tokio::test]
async fn a_batch_too_large_for_one_commit_is_done_once() {
    let strongroom =
        Strongroom::on(MemoryEngine::with_limits(CommitLimits { operations: 34, bytes: 1_000_000 }));
    let secrets = || (0..9).map(|number| text(&format!("s{number}"), "x")).collect::<Vec<_>>();
    let first = strongroom.import_signed(1, secrets()).await.unwrap();
    assert_eq!(first.success, 9);
    strongroom.delete("s0").await.unwrap();
    let again = rejection(strongroom.import_signed(1, secrets()).await);
    let Rejection::AlreadyDone { request_id, .. } = &again else { panic!("{again:?}") };
    assert_eq!(request_id.len(), 32);
    assert_eq!(again.code().as_str(), "CSMS.0003");
    assert!(strongroom.show("s0").await.is_err());
}

#[tokio::test]
async fn a_stream_is_taken_once() {
    let strongroom = Strongroom::new();
    let send = async |signature| {
        let call = strongroom.signed("ImportSecretsStream", signature);
        strongroom.operations.reject_repeated(&call).await?;
        let (sender, pieces) = mpsc::channel(2);
        let request = v1::ImportSecretsStreamRequest { secrets: vec![text("db", "x")], ..Default::default() };
        for piece in [Piece::message(request), Piece::End] {
            sender.send(piece).await.unwrap();
        }
        let (answers, mut told) = mpsc::channel(9);
        let answers = Answers::new(answers, std::time::Duration::from_secs(9));
        let done = strongroom.operations.import_secrets_stream(&call, pieces, answers).await;
        while told.recv().await.is_some() {}
        done
    };
    send(1).await.unwrap();
    strongroom.delete("db").await.unwrap();
    assert!(matches!(rejection(send(1).await), Rejection::AlreadyDone { .. }));
    assert!(strongroom.show("db").await.is_err());
    send(2).await.unwrap();
    assert_eq!(strongroom.value().await, "x");
}

/// Two copies that come in together have both been let in.
#[tokio::test]
async fn the_second_copy_of_a_request_without_a_kept_answer_ends_at_its_commit() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "one")]).await;
    let delete = async || {
        let request = v1::DeleteSecretRequest { secret_name: "db".to_owned(), ..Default::default() };
        strongroom.operations.delete_secret(&strongroom.signed("DeleteSecret", 1), request).await
    };
    delete().await.unwrap();
    strongroom.import(vec![text("db", "two")]).await;
    assert!(matches!(rejection(delete().await), Rejection::AlreadyDone { .. }));
    assert_eq!(strongroom.value().await, "two");
}

#[tokio::test]
async fn signatures_are_forgotten_once_they_are_no_longer_accepted() {
    let strongroom = Strongroom::new();
    strongroom.create_signed(1, text("db", "one")).await.unwrap();
    strongroom.put_signed(2, "two").await.unwrap();
    strongroom.pass(15 * MINUTE + 2 * 60 * MINUTE - 1_000);
    assert_eq!(strongroom.operations.delete_expired_signatures().await.unwrap(), 0);
    strongroom.pass(1_000);
    assert_eq!(strongroom.operations.delete_expired_signatures().await.unwrap(), 2);
    strongroom.pass(DAY);
    assert_eq!(strongroom.operations.delete_expired_signatures().await.unwrap(), 0);
}

#[tokio::test]
async fn a_request_id_protects_a_signed_request_for_longer() {
    let strongroom = Strongroom::new();
    let create = async || {
        let request = v1::CreateSecretRequest {
            secret: Some(text("db", "x")),
            request_id: "one".to_owned(),
            ..Default::default()
        };
        let call = strongroom.signed("CreateSecret", 1);
        let create = strongroom.operations.execute(&call, request, |operations, call, request| {
            Box::pin(async move { operations.create_secret(&call, request).await })
        });
        create.await
    };
    let first = create().await.unwrap();
    strongroom.delete("db").await.unwrap();
    strongroom.pass(DAY);
    strongroom.operations.delete_expired_signatures().await.unwrap();
    assert_eq!(create().await.unwrap(), first);
    assert!(strongroom.show("db").await.is_err());
}

#[tokio::test]
async fn a_signed_dry_run_may_be_repeated_and_what_it_has_shown_is_done_once() {
    let strongroom = Strongroom::new();
    let create = async |signature, dry_run, dry_run_token: &str| {
        let request = v1::CreateSecretRequest {
            secret: Some(text("db", "x")),
            dry_run,
            dry_run_token: dry_run_token.to_owned(),
            ..Default::default()
        };
        let call = strongroom.signed("CreateSecret", signature);
        let create = strongroom.operations.execute(&call, request, |operations, call, request| {
            Box::pin(async move { operations.create_secret(&call, request).await })
        });
        create.await
    };
    create(1, true, "").await.unwrap();
    let token = create(1, true, "").await.unwrap().dry_run_token;
    let first = create(2, false, &token).await.unwrap();
    assert_eq!(create(2, false, &token).await.unwrap(), first);
    assert_eq!(strongroom.versions("db").await.unwrap().len(), 1);
}
