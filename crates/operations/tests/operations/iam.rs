//! Tokens, passwords and access keys of the caller: what is committed with them, and what happens at the same time.

use std::sync::Arc;

use strongroom_access::{
    Access, Caller, ClientNetwork, Credentials, RecoveryError, RecoveryRequest, Scope, recover, root_key,
};
use strongroom_contract::v1;
use strongroom_operations::{Answer, Call, Rejection};
use strongroom_sealing::RootKeys;
use strongroom_storage::records::AuditLine;
use strongroom_storage::{MemoryEngine, Storage, Timestamp};

use crate::root_key::{NOW, all_sealed_by, first, found, rotate, started};
use crate::strongroom::{Strongroom, rejection};

struct Home {
    strongroom: Strongroom,
    storage: Storage,
    keys: Arc<RootKeys>,
    access: Access,
    credentials: Credentials,
    token: String,
    caller: Caller,
}

impl Home {
    async fn start() -> Self {
        let storage = Storage::with_known_key(Arc::new(MemoryEngine::new()));
        let (file, credentials) = first(&storage).await;
        let keys = found(&storage, &file).await;
        let strongroom = started(&storage, &keys, file);
        let access = Access::new(storage.clone(), keys.clone());
        let issued = access
            .log_in(ClientNetwork::UNKNOWN, "home", "admin", &credentials.password, Scope::OwnProject, NOW)
            .await;
        let token = issued.unwrap().token.to_string();
        let caller = access.bearer(&token, NOW).await.unwrap();
        Self { strongroom, storage, keys, access, credentials, token, caller }
    }

    fn call(&self, operation: &'static str) -> Call {
        Call { caller: self.caller.clone(), ..self.strongroom.call(operation) }
    }

    async fn create(&self) -> Answer<v1::CreatedAccessKey> {
        let request = v1::CreateAccessKeyRequest::default();
        let made = self.strongroom.operations.create_access_key(&self.call("CreateAccessKey"), request).await;
        made.map(|made| made.credential.unwrap())
    }

    async fn change_password(&self, original: &str, password: &str) -> Answer<()> {
        let user =
            v1::PasswordChange { original_password: original.to_owned(), password: password.to_owned() };
        let request = v1::ChangePasswordRequest { user_id: String::new(), user: Some(user) };
        self.strongroom.operations.change_password(&self.call("ChangePassword"), request).await.map(drop)
    }

    async fn delete(&self, access_key: &str) -> Answer<()> {
        let request = v1::DeleteAccessKeyRequest { access_key: access_key.to_owned() };
        self.strongroom.operations.delete_access_key(&self.call("DeleteAccessKey"), request).await.map(drop)
    }

    async fn revoke(&self, token: &str) -> Answer<()> {
        let request = v1::RevokeTokenRequest { subject_token: token.to_owned() };
        self.strongroom.operations.revoke_token(&self.call("RevokeToken"), request).await.map(drop)
    }

    async fn log_in(&self, password: &str) -> Option<String> {
        let issued = self
            .access
            .log_in(ClientNetwork::UNKNOWN, "home", "admin", password, Scope::OwnProject, NOW)
            .await;
        issued.ok().map(|issued| issued.token.to_string())
    }

    async fn accepts(&self, token: &str) -> bool {
        self.access.bearer(token, NOW).await.is_ok()
    }

    /// Operation and lines of every audit record.
    async fn audited(&self) -> Vec<(String, Vec<AuditLine>)> {
        let view = self.storage.view().await.unwrap();
        let start = Timestamp::from_milliseconds(0);
        let records = view.audit(self.caller.project_id, start, 1_000).await.unwrap();
        records.into_iter().map(|record| (record.operation, record.lines)).collect()
    }
}

const NEW: &str = "correct horse battery staple";

#[tokio::test]
async fn each_change_is_audited_with_the_user_and_the_access_key() {
    let home = Home::start().await;
    let made = home.create().await.unwrap().access;
    let change = v1::AccessKeyChange { status: v1::AccessKeyStatus::Inactive.into(), description: None };
    let request = v1::UpdateAccessKeyRequest { access_key: made.clone(), credential: Some(change) };
    home.strongroom.operations.update_access_key(&home.call("UpdateAccessKey"), request).await.unwrap();
    home.delete(&made).await.unwrap();
    home.revoke("").await.unwrap();
    home.change_password(&home.credentials.password, NEW).await.unwrap();
    // What is rejected changes nothing and leaves no record of a change.
    home.delete(&made).await.unwrap_err();
    home.revoke("").await.unwrap_err();
    home.change_password(&home.credentials.password, NEW).await.unwrap_err();

    let line = |access_key: &str| AuditLine {
        outcome: "done".to_owned(),
        user_id: home.caller.user_id.to_stored(),
        access_key: access_key.to_owned(),
        ..AuditLine::default()
    };
    let mut expected = [
        ("CreateAccessKey", &*made),
        ("UpdateAccessKey", &*made),
        ("DeleteAccessKey", &*made),
        ("RevokeToken", ""),
        ("ChangePassword", ""),
    ]
    .map(|(operation, access_key)| (operation.to_owned(), vec![line(access_key)]));
    let mut audited = home.audited().await;
    audited.sort_by(|one, other| one.0.cmp(&other.0));
    expected.sort_by(|one, other| one.0.cmp(&other.0));
    assert!(audited == expected);
}

#[tokio::test]
async fn a_password_change_ends_every_token_of_the_user_and_no_access_key() {
    let home = Home::start().await;
    let other = home.log_in(&home.credentials.password).await.unwrap();
    assert!(home.accepts(&other).await && home.accepts(&home.token).await);
    home.change_password(&home.credentials.password, NEW).await.unwrap();
    assert!(!home.accepts(&other).await && !home.accepts(&home.token).await);
    assert_eq!(home.log_in(&home.credentials.password).await, None);
    let token = home.log_in(NEW).await.unwrap();
    assert!(home.accepts(&token).await);
    // One that ended so is not there to be revoked, and counts as unknown.
    assert_eq!(rejection(home.revoke(&other).await), Rejection::TokenNotFound);
    let (access_key, secret_key) = (&home.credentials.access_key, &home.credentials.secret_key);
    assert!(home.access.basic(access_key, secret_key).await.is_ok());
}

#[tokio::test]
async fn two_password_changes_at_once_leave_one_password() {
    let home = Home::start().await;
    let (one, two) = tokio::join!(
        home.change_password(&home.credentials.password, "first new password"),
        home.change_password(&home.credentials.password, "second new password"),
    );
    assert_eq!([&one, &two].iter().filter(|changed| changed.is_ok()).count(), 1);
    assert_eq!(rejection(one.and(two)), Rejection::WrongOriginalPassword);
    let first = home.log_in("first new password").await.is_some();
    assert_ne!(first, home.log_in("second new password").await.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn access_keys_created_at_once_keep_to_the_most_a_user_may_have() {
    let home = Arc::new(Home::start().await);
    let creations: tokio::task::JoinSet<_> = (0..20)
        .map(|_| {
            let home = home.clone();
            async move { home.create().await }
        })
        .collect();
    let created = creations.join_all().await;
    assert_eq!(created.iter().filter(|made| made.is_ok()).count(), 9);
    for rejected in created.into_iter().filter(Result::is_err) {
        assert_eq!(rejection(rejected), Rejection::TooManyAccessKeys { allowed: 10 });
    }
    home.delete(&home.credentials.access_key).await.unwrap();
    home.create().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_of_the_root_key_takes_every_access_key_along() {
    let home = Home::start().await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(home.create().await.unwrap());
    }
    // Some are created while rotations run.
    let rotations = async {
        for _ in 0..3 {
            rotate(&home.strongroom).await.unwrap();
        }
    };
    let creations = async {
        let mut made = Vec::new();
        for _ in 0..6 {
            made.push(home.create().await.unwrap());
            tokio::task::yield_now().await;
        }
        made
    };
    let ((), meanwhile) = tokio::join!(rotations, creations);
    made.extend(meanwhile);
    all_sealed_by(&home.storage, 4).await;
    for key in made {
        assert!(home.access.basic(&key.access, &key.secret).await.is_ok(), "{}", key.access);
    }
}

#[tokio::test]
async fn nothing_new_is_sealed_with_a_root_key_that_a_rotation_has_replaced() {
    let home = Home::start().await;
    let view = home.storage.view().await.unwrap();
    let user = view.user(home.caller.user_id).await.unwrap().unwrap().record;
    let mut change = strongroom_storage::Change::new();
    home.access.create_access_key(&view, &mut change, &user, "", NOW).await.unwrap();
    rotate(&home.strongroom).await.unwrap();
    let outcome = home.storage.commit(change).await.unwrap();
    assert!(matches!(outcome, strongroom_storage::Outcome::Conflict));
    assert!(!root_key::is_rotating(&crate::root_key::record(&home.storage).await));
}

#[tokio::test]
async fn a_recovered_administrator_has_new_credentials_and_no_token() {
    let home = Home::start().await;
    let request = |user_name, revoke_access_keys| RecoveryRequest { user_name, revoke_access_keys };
    let unknown = recover(&home.storage, &home.keys, request(Some("nobody"), false), NOW).await;
    assert!(matches!(unknown.err().unwrap(), RecoveryError::UnknownUser { .. }));

    for (revoke, keys) in [(false, 2), (true, 1)] {
        let before = home.audited().await.len();
        let recovery = recover(&home.storage, &home.keys, request(Some("admin"), revoke), NOW).await.unwrap();
        let (password, access_key) =
            (recovery.credentials.password.clone(), recovery.credentials.access_key.clone());
        let secret_key = recovery.credentials.secret_key.clone();
        let revoked = recovery.revoked_access_keys.len();
        assert!(home.log_in(&password).await.is_none(), "nothing holds before it is committed");
        recovery.commit(&home.storage).await.unwrap();
        assert!(!home.accepts(&home.token).await);
        let token = home.log_in(&password).await.unwrap();
        assert!(home.accepts(&token).await);
        assert!(home.access.basic(&access_key, &secret_key).await.is_ok());
        let view = home.storage.view().await.unwrap();
        assert_eq!(view.access_keys_of_user(home.caller.user_id).await.unwrap().len(), keys);
        let audited = home.audited().await;
        assert_eq!(audited.len(), before + 1);
        let record = audited.iter().find(|record| record.1.iter().any(|line| line.access_key == access_key));
        assert_eq!(record.unwrap().0, "AdminRecover");
        assert_eq!(record.unwrap().1.len(), 2 + revoked);
    }
    assert_eq!(home.log_in(&home.credentials.password).await, None);
}
