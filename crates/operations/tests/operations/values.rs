//! What goes in comes out, and nothing else does.

use strongroom_contract::v1::{self, NewSecret};
use strongroom_operations::Code;
use strongroom_storage::records::MasterKeyRecord;
use strongroom_storage::{Change, Id};

use crate::strongroom::{Strongroom, rejection, text};

#[tokio::test]
async fn text_and_binary_come_back_as_they_were_sent() {
    let strongroom = Strongroom::new();
    let binary =
        NewSecret { name: "binary".to_owned(), secret_binary: Some("AP8B".to_owned()), ..Default::default() };
    let own_key = NewSecret { kms_key_id: "my-key".to_owned(), ..text("own-key", "ü\n\0") };
    strongroom.import(vec![text("text", "päss"), text("empty", ""), binary, own_key]).await;

    for (name, string, bytes, key) in [
        ("text", Some("päss"), None, "csms/default"),
        ("empty", Some(""), None, "csms/default"),
        ("binary", None, Some("AP8B"), "csms/default"),
        ("own-key", Some("ü\n\0"), None, "my-key"),
    ] {
        let version = strongroom.read(name).await.unwrap();
        assert_eq!(version.secret_string.as_deref(), string);
        assert_eq!(version.secret_binary.as_deref(), bytes);
        let metadata = version.version_metadata.unwrap();
        assert_eq!((metadata.id.as_str(), metadata.kms_key_id.as_str()), ("v1", key));
        assert_eq!(metadata.version_stages, ["SYSCURRENT"]);
    }
}

#[tokio::test]
async fn a_version_that_is_not_there_is_not_found() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("db", "x")]).await;
    for (version, code) in [("v2", Code::NotFound), ("v0", Code::NotFound), ("x", Code::InvalidParameter)] {
        let request = v1::ShowSecretVersionRequest {
            secret_name: "db".to_owned(),
            version_id: version.to_owned(),
            ..Default::default()
        };
        let answer =
            strongroom.operations.show_secret_version(&strongroom.call("ShowSecretVersion"), request).await;
        assert_eq!(rejection(answer).code(), code, "{version}");
    }
}

#[tokio::test]
async fn values_swapped_on_disk_are_rejected() {
    let strongroom = Strongroom::new();
    strongroom.import(vec![text("one", "first"), text("two", "second")]).await;
    let project = Id::new([2; 16]);
    let view = strongroom.storage.view().await.unwrap();
    let id = |secret: &strongroom_storage::records::SecretRecord| Id::from_stored(&secret.id).unwrap();
    let one = view.secret(project, "one").await.unwrap().unwrap().record;
    let two = view.secret(project, "two").await.unwrap().unwrap().record;
    let mut swap = Change::new();
    swap.put_value(id(&one), 1, view.value(id(&two), 1).await.unwrap().unwrap());
    let _ = strongroom.storage.commit(swap).await.unwrap();

    assert_eq!(rejection(strongroom.read("one").await).code(), Code::SealingFailed);
    assert!(strongroom.read("two").await.is_ok());
}

#[tokio::test]
async fn a_key_is_made_in_one_commit_with_what_it_seals_or_not_at_all() {
    let strongroom = Strongroom::new();
    let with_key = |name: &str, key: &str| NewSecret { kms_key_id: key.to_owned(), ..text(name, "x") };
    let before = strongroom.storage.counters().commits;
    strongroom.import(vec![with_key("a", "one"), with_key("b", "two"), text("c", "x")]).await;
    assert_eq!(strongroom.storage.counters().commits, before + 1, "one step for secrets and keys");

    strongroom.import(vec![with_key("a", "three"), with_key("b", "four")]).await;
    assert_eq!(strongroom.storage.counters().commits, before + 1, "what was rejected has changed nothing");
    let view = strongroom.storage.view().await.unwrap();
    let made = |key: &'static str| view.latest_master_key(Id::new([2; 16]), key);
    assert!(made("two").await.unwrap().is_some());
    assert!(made("three").await.unwrap().is_none());
}

#[tokio::test]
async fn an_altered_key_rejects_its_entries_and_no_others() {
    let strongroom = Strongroom::new();
    let mut change = Change::new();
    let record = MasterKeyRecord { term: 1, wrapped: vec![7; 60] };
    change.put_master_key(Id::new([2; 16]), "altered", &record);
    let _ = strongroom.storage.commit(change).await.unwrap();

    let sealed_by = |name: &str, key: &str| NewSecret { kms_key_id: key.to_owned(), ..text(name, "x") };
    let answer = strongroom.import(vec![sealed_by("a", "altered"), text("b", "x")]).await;
    assert_eq!((answer.success, answer.failed), (1, 1));
    assert!(answer.error_list[0].error_msg.starts_with("CSMS.0401: "), "{}", answer.error_list[0].error_msg);
    assert_eq!(strongroom.names().await, ["b"]);
}
