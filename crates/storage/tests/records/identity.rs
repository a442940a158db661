//! Keys, domains, projects, users, access keys and tokens.

use strongroom_storage::records::{
    AccessKeyRecord, DomainRecord, MasterKeyRecord, ProjectRecord, RootKeyRecord, TokenRecord, UserRecord,
};
use strongroom_storage::{Change, PlacedMasterKey, Versioned};

use crate::{OTHER, PROJECT, Store, at, id};

#[tokio::test]
async fn latest_master_key_is_the_newest_term() {
    let store = Store::empty();
    let put = |project, name: &str, term| {
        let mut change = Change::new();
        change.put_master_key(project, name, &MasterKeyRecord { term, wrapped: vec![term as u8; 3] });
        store.commit(change)
    };
    for (name, term) in [("csms/default", 1), ("csms/default", 300), ("csms/default", 2), ("csms/", 900)] {
        assert!(put(PROJECT, name, term).await);
    }
    assert!(put(OTHER, "csms/default", 999).await);
    assert!(!put(PROJECT, "csms/default", 2).await, "a term is never written twice");

    let view = store.storage.view().await.unwrap();
    let newest = view.latest_master_key(PROJECT, "csms/default").await.unwrap().unwrap();
    assert_eq!(newest.record.term, 300);
    let second = view.master_key(PROJECT, "csms/default", 2).await.unwrap().unwrap();
    assert_eq!(second.record.wrapped, [2; 3]);
    assert!(view.master_key(PROJECT, "csms/default", 3).await.unwrap().is_none());
    assert!(view.latest_master_key(PROJECT, "csms").await.unwrap().is_none());
}

#[tokio::test]
async fn replacing_the_root_key_conflicts_if_it_has_changed() {
    let store = Store::empty();
    let mut change = Change::new();
    change.put_root_key(None, &RootKeyRecord { term: 1, ..RootKeyRecord::default() });
    assert!(store.commit(change).await);
    let first = store.storage.view().await.unwrap().root_key().await.unwrap();
    for (before, stored) in [(None, false), (first.as_ref(), true), (first.as_ref(), false)] {
        let mut change = Change::new();
        change.put_root_key(before, &RootKeyRecord { term: 2, ..RootKeyRecord::default() });
        assert_eq!(store.commit(change).await, stored);
    }
    assert_eq!(store.storage.view().await.unwrap().root_key().await.unwrap().unwrap().record.term, 2);
}

#[tokio::test]
async fn all_keys_sealed_by_the_root_key_are_listed_and_replaced_once() {
    let store = Store::empty();
    let mut change = Change::new();
    for (project, name, term) in
        [(PROJECT, "a", 1), (PROJECT, "a", 2), (PROJECT, "b\u{0}", 1), (OTHER, "a", 1)]
    {
        change.put_master_key(project, name, &MasterKeyRecord { term, wrapped: vec![1] });
    }
    for access_key in ["AK1", "AK2", "AK3"] {
        let key = AccessKeyRecord {
            access_key: access_key.to_owned(),
            user_id: id(1).to_stored(),
            ..AccessKeyRecord::default()
        };
        change.put_access_key(&key).unwrap();
    }
    assert!(store.commit(change).await);

    let view = store.storage.view().await.unwrap();
    let mut found = Vec::new();
    let look = |one: PlacedMasterKey| found.push((one.project, one.name, one.key.unwrap().record.term));
    view.each_master_key(look).await.unwrap();
    let expected = [(PROJECT, "a", 2), (PROJECT, "a", 1), (PROJECT, "b\u{0}", 1), (OTHER, "a", 1)];
    assert_eq!(found, expected.map(|(project, name, term)| (project, name.to_owned(), term)));
    let mut found = Vec::new();
    view.each_access_key(|one| found.push((one.access_key, one.key.unwrap().record.access_key)))
        .await
        .unwrap();
    assert_eq!(found, ["AK1", "AK2", "AK3"].map(|name| (name.to_owned(), name.to_owned())));

    let master = view.master_key(PROJECT, "a", 2).await.unwrap().unwrap();
    let access = view.access_key("AK2").await.unwrap().unwrap();
    for replaced in [true, false] {
        let mut change = Change::new();
        change.update_master_key(PROJECT, "a", &master, &MasterKeyRecord { term: 2, wrapped: vec![9] });
        assert_eq!(store.commit(change).await, replaced);
        let mut change = Change::new();
        change.update_access_key(&access, &access.record);
        assert_eq!(store.commit(change).await, replaced);
    }
    let newest = store.storage.view().await.unwrap().latest_master_key(PROJECT, "a").await.unwrap();
    assert_eq!(newest.unwrap().record.wrapped, [9]);
}

#[tokio::test]
async fn change_that_relies_on_the_root_key_conflicts_after_a_rotation() {
    let store = Store::empty();
    let made = |name: &str, read: Option<&Versioned<RootKeyRecord>>| {
        let mut change = Change::new();
        change.rely_on_root_key(read);
        change.put_master_key(PROJECT, name, &MasterKeyRecord { term: 1, wrapped: vec![1] });
        store.commit(change)
    };
    assert!(made("a", None).await);
    let mut change = Change::new();
    change.put_root_key(None, &RootKeyRecord { term: 1, ..RootKeyRecord::default() });
    assert!(store.commit(change).await);
    assert!(!made("b", None).await);

    let read = store.storage.view().await.unwrap().root_key().await.unwrap();
    assert!(
        made("b", read.as_ref()).await && made("c", read.as_ref()).await,
        "relying on it does not move it"
    );
    let mut change = Change::new();
    change.put_root_key(read.as_ref(), &RootKeyRecord { term: 2, ..RootKeyRecord::default() });
    assert!(store.commit(change).await);
    assert!(!made("d", read.as_ref()).await);
}

#[tokio::test]
async fn domains_projects_and_users_are_found_by_id_and_by_name() {
    let store = Store::empty();
    let domain = DomainRecord { id: id(1).to_stored(), name: "home".to_owned() };
    let project = |number: u8, name: &str| ProjectRecord {
        id: id(number).to_stored(),
        name: name.to_owned(),
        domain_id: domain.id.clone(),
    };
    let user = UserRecord {
        id: id(4).to_stored(),
        name: "admin".to_owned(),
        domain_id: domain.id.clone(),
        project_id: id(2).to_stored(),
        password_hash: "$argon2id$".to_owned(),
        ..UserRecord::default()
    };
    let mut change = Change::new();
    change.put_domain(&domain).unwrap();
    change.put_project(&project(2, "north")).unwrap();
    change.put_project(&project(3, "east")).unwrap();
    change.put_user(&user).unwrap();
    assert!(store.commit(change).await);

    let view = store.storage.view().await.unwrap();
    assert_eq!(view.domain(id(1)).await.unwrap().unwrap().record, domain);
    assert_eq!(view.domain_by_name("home").await.unwrap().unwrap().record, domain);
    assert_eq!(view.project(id(3)).await.unwrap().unwrap().record, project(3, "east"));
    assert_eq!(view.project_by_name(id(1), "north").await.unwrap().unwrap().record, project(2, "north"));
    assert_eq!(view.projects(id(1)).await.unwrap(), [project(3, "east"), project(2, "north")]);
    assert!(view.user(id(4)).await.unwrap().unwrap().record == user);
    assert!(view.user_by_name(id(1), "admin").await.unwrap().unwrap().record == user);
    assert!(view.user_by_name(id(2), "admin").await.unwrap().is_none());

    let mut change = Change::new();
    change.put_user(&UserRecord { id: id(5).to_stored(), ..user.clone() }).unwrap();
    assert!(!store.commit(change).await, "the name is taken");
    let mut change = Change::new();
    change.put_project(&project(2, "another name")).unwrap();
    assert!(!store.commit(change).await, "the id is taken");
}

#[tokio::test]
async fn access_key_that_exists_conflicts() {
    let store = Store::empty();
    let key = |access_key: &str, owner| AccessKeyRecord {
        access_key: access_key.to_owned(),
        user_id: id(owner).to_stored(),
        ..AccessKeyRecord::default()
    };
    for (owner, stored) in [(1, true), (2, false)] {
        let mut change = Change::new();
        change.put_access_key(&key("AK1", owner)).unwrap();
        assert_eq!(store.commit(change).await, stored);
    }
    let view = store.storage.view().await.unwrap();
    assert!(view.access_key("AK1").await.unwrap().unwrap().record == key("AK1", 1));
    assert!(view.access_key("AK").await.unwrap().is_none());
}

#[tokio::test]
async fn access_keys_are_found_by_their_user_until_they_are_removed() {
    let store = Store::empty();
    let mut change = Change::new();
    for (access_key, owner) in [("AK2", 1), ("AK1", 1), ("AK3", 2)] {
        let user_id = id(owner).to_stored();
        let record = AccessKeyRecord { access_key: access_key.to_owned(), user_id, ..Default::default() };
        change.put_access_key(&record).unwrap();
    }
    assert!(store.commit(change).await);
    let of_user = async |user| {
        let view = store.storage.view().await.unwrap();
        let found = view.access_keys_of_user(id(user)).await.unwrap();
        found.into_iter().map(|kept| kept.record.access_key).collect::<Vec<_>>()
    };
    assert_eq!((of_user(1).await, of_user(2).await), (vec!["AK1".into(), "AK2".into()], vec!["AK3".into()]));

    let first = store.storage.view().await.unwrap().access_key("AK1").await.unwrap().unwrap();
    for removed in [true, false] {
        let mut change = Change::new();
        change.remove_access_key(&first).unwrap();
        assert_eq!(store.commit(change).await, removed);
    }
    assert_eq!(of_user(1).await, ["AK2"]);
    assert_eq!(store.keys().await, 4);
}

#[tokio::test]
async fn updating_a_user_conflicts_if_it_has_changed() {
    let store = Store::empty();
    let user = UserRecord { id: id(4).to_stored(), domain_id: id(1).to_stored(), ..Default::default() };
    let mut change = Change::new();
    change.put_user(&user).unwrap();
    assert!(store.commit(change).await);
    let read = store.storage.view().await.unwrap().user(id(4)).await.unwrap().unwrap();
    for (epoch, changed) in [(1, true), (2, false)] {
        let mut change = Change::new();
        change.update_user(&read, &UserRecord { credentials_epoch: epoch, ..user.clone() }).unwrap();
        assert_eq!(store.commit(change).await, changed);
    }
    let users = store.storage.view().await.unwrap().users().await.unwrap();
    assert_eq!(users.iter().map(|kept| kept.record.credentials_epoch).collect::<Vec<_>>(), [1]);
}

#[tokio::test]
async fn token_is_revoked_once() {
    let store = Store::empty();
    let mut change = Change::new();
    change.put_token(&[1; 32], &TokenRecord { expire_time: 10, ..TokenRecord::default() });
    assert!(store.commit(change).await);
    let read = store.storage.view().await.unwrap().token(&[1; 32]).await.unwrap().unwrap();
    for revoked in [true, false] {
        let mut change = Change::new();
        change.revoke_token(&[1; 32], &read);
        assert_eq!(store.commit(change).await, revoked);
    }
    assert_eq!(store.keys().await, 1, "the epoch");
}

#[tokio::test]
async fn epoch_changes_when_a_user_changes_or_a_token_is_revoked() {
    let store = Store::empty();
    let epoch = async || store.storage.view().await.unwrap().epoch().await.unwrap();
    let user = UserRecord { id: id(4).to_stored(), domain_id: id(1).to_stored(), ..Default::default() };
    let token = TokenRecord { expire_time: 10, ..TokenRecord::default() };
    let mut change = Change::new();
    change.put_user(&user).unwrap();
    change.put_token(&[1; 32], &token);
    change.put_token(&[2; 32], &token);
    assert!(store.commit(change).await);
    assert_eq!(epoch().await, None, "nobody was known before");

    let view = store.storage.view().await.unwrap();
    let read = view.user(id(4)).await.unwrap().unwrap();
    let mut change = Change::new();
    change.update_user(&read, &UserRecord { credentials_epoch: 1, ..user }).unwrap();
    assert!(store.commit(change).await);
    let after_user = epoch().await;
    assert!(after_user.is_some());

    let mut change = Change::new();
    change.revoke_token(&[1; 32], &view.token(&[1; 32]).await.unwrap().unwrap());
    assert!(store.commit(change).await);
    let after_revocation = epoch().await;
    assert!(after_revocation > after_user);

    let mut change = Change::new();
    change.remove_token(&[2; 32], &token);
    assert!(store.commit(change).await);
    assert!(epoch().await > after_revocation);
    assert_eq!(view.epoch().await.unwrap(), None, "a view keeps its epoch");
}

#[tokio::test]
async fn expired_tokens_are_listed_in_order_and_removed_completely() {
    let store = Store::empty();
    let token = |expire_time| TokenRecord { expire_time, ..TokenRecord::default() };
    let mut change = Change::new();
    for (hash, expire_time) in [(3, 30), (1, 10), (2, 20)] {
        change.put_token(&[hash; 32], &token(expire_time));
    }
    assert!(store.commit(change).await);

    let view = store.storage.view().await.unwrap();
    assert_eq!(view.token(&[2; 32]).await.unwrap().unwrap().record, token(20));
    assert!(view.expired_tokens(at(9), 99).await.unwrap().is_empty());
    let expired = view.expired_tokens(at(20), 99).await.unwrap();
    assert_eq!(expired, [([1; 32], token(10)), ([2; 32], token(20))]);
    assert_eq!(view.expired_tokens(at(i64::MAX), 1).await.unwrap().len(), 1);

    let mut change = Change::new();
    for (hash, token) in &expired {
        change.remove_token(hash, token);
    }
    assert!(store.commit(change).await);
    assert_eq!(store.keys().await, 3, "a token, its index entry and the epoch");
    assert!(store.storage.view().await.unwrap().token(&[3; 32]).await.unwrap().is_some());
}
