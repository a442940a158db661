//! The first start, and every one after it.

use std::collections::HashSet;
use std::sync::Arc;

use strongroom_access::{Access, ClientNetwork, Scope, first_start};
use strongroom_sealing::{RootKey, RootKeys};

use crate::store::{NAMES, NOW, empty, started};

#[tokio::test]
async fn the_credentials_work() {
    let (_, access, credentials) = started().await;
    let issued = access
        .log_in(ClientNetwork::UNKNOWN, "home", "admin", &credentials.password, Scope::OwnProject, NOW)
        .await
        .unwrap();
    let caller = access.basic(&credentials.access_key, &credentials.secret_key).await.unwrap();
    assert_eq!(caller.user_id, issued.caller.user_id);
    assert_eq!((&credentials.domain_name[..], &credentials.project_name[..]), ("home", "local"));
    assert_eq!(credentials.user_name, "admin");
}

#[tokio::test]
async fn keys_and_passwords_are_long_enough_and_never_the_same() {
    let mut seen = HashSet::new();
    for _ in 0..3 {
        let (_, _, credentials) = started().await;
        assert_eq!(credentials.access_key.len(), 20);
        let is_upper = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        assert!(credentials.access_key.bytes().all(is_upper));
        assert!(credentials.secret_key.len() >= 32 && credentials.password.len() >= 32);
        let all = [
            credentials.access_key.clone(),
            credentials.secret_key.to_string(),
            credentials.password.to_string(),
            credentials.project_id.to_string(),
            credentials.domain_id.to_string(),
        ];
        for text in all {
            assert!(seen.insert(text));
        }
    }
}

#[tokio::test]
async fn nothing_is_stored_before_the_credentials_are_safe() {
    let (storage, root) = (empty(), RootKey::generate().unwrap());
    let lost = first_start(&storage, &root, &[], NAMES, NOW).await.unwrap().unwrap();
    drop(lost);
    let kept = first_start(&storage, &root, &[], NAMES, NOW).await.unwrap().unwrap();
    let (access_key, secret_key) = (kept.credentials.access_key.clone(), kept.credentials.secret_key.clone());
    kept.commit(&storage).await.unwrap();
    let access = Access::new(storage, Arc::new(RootKeys::new(root)));
    assert!(access.basic(&access_key, &secret_key).await.is_ok());
}

#[tokio::test]
async fn later_starts_change_nothing_and_need_the_same_root_key() {
    let (storage, root) = (empty(), RootKey::generate().unwrap());
    let first = first_start(&storage, &root, b"salt", NAMES, NOW).await.unwrap().unwrap();
    first.commit(&storage).await.unwrap();
    let kept = storage.view().await.unwrap().root_key().await.unwrap().unwrap();
    assert_eq!((kept.record.term, kept.record.salt.as_slice()), (1, b"salt".as_slice()));

    assert!(first_start(&storage, &root, b"salt", NAMES, NOW).await.unwrap().is_none());
    let wrong = RootKey::generate().unwrap();
    let fault = first_start(&storage, &wrong, b"salt", NAMES, NOW).await.err().unwrap();
    assert!(fault.to_string().contains("root key is not the one"), "{fault}");
}

#[tokio::test]
async fn of_two_first_starts_one_is_rejected() {
    let (storage, root) = (empty(), RootKey::generate().unwrap());
    let one = first_start(&storage, &root, &[], NAMES, NOW).await.unwrap().unwrap();
    let two = first_start(&storage, &root, &[], NAMES, NOW).await.unwrap().unwrap();
    let access_key = two.credentials.access_key.clone();
    one.commit(&storage).await.unwrap();
    assert!(two.commit(&storage).await.is_err());
    assert!(storage.view().await.unwrap().access_key(&access_key).await.unwrap().is_none());
}

#[tokio::test]
async fn the_store_holds_no_readable_secret() {
    let (storage, _, credentials) = started().await;
    let view = storage.view().await.unwrap();
    let key = view.access_key(&credentials.access_key).await.unwrap().unwrap().record;
    let domain = view.domain_by_name("home").await.unwrap().unwrap().record;
    let domain = strongroom_storage::Id::from_stored(&domain.id).unwrap();
    let user = view.user_by_name(domain, "admin").await.unwrap().unwrap().record;
    let readable =
        |bytes: &[u8], secret: &str| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
    assert!(!readable(&key.sealed_secret_key, &credentials.secret_key));
    assert!(!readable(user.password_hash.as_bytes(), &credentials.password));
    assert!(user.password_hash.starts_with("$argon2id$v=19$m=7168,t=5,p=1$"));
}
