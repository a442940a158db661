//! No project gets more keys than it may, whatever happens at the same time.

use std::sync::Arc;

use strongroom_contract::v1;
use strongroom_operations::{Code, Limits};
use strongroom_storage::{Id, MemoryEngine};

use crate::root_key::under;
use crate::strongroom::{Strongroom, rejection, text};

fn with_room_for(keys: usize) -> Strongroom {
    Strongroom::with(MemoryEngine::new(), Limits { keys, ..Limits::default() })
}

async fn made(strongroom: &Strongroom) -> Vec<String> {
    let view = strongroom.storage.view().await.unwrap();
    view.master_key_names(Id::new([2; 16])).await.unwrap().into_iter().collect()
}

#[tokio::test]
async fn a_project_with_all_its_keys_makes_no_more_and_says_how_many_it_has() {
    let strongroom = with_room_for(2);
    let answer = strongroom.import(["a", "b", "c"].map(under).to_vec()).await;
    assert_eq!((answer.success, answer.failed), (2, 1));
    assert_eq!(answer.error_list[0].index, 2);
    let told = "CSMS.0002: kms_key_id: The project would have 3 keys with this one; at most 2 are allowed. ";
    assert!(answer.error_list[0].error_msg.starts_with(told), "{}", answer.error_list[0].error_msg);
    assert_eq!(made(&strongroom).await, ["key-a", "key-b"]);
    let told = rejection(strongroom.create(under("c")).await).next_step();
    assert!(told.starts_with("Name one that is there, such as key-a, key-b, or none, "), "{told}");
    assert_eq!(strongroom.limits().await.keys, 2);

    let again = v1::NewSecret { kms_key_id: "key-a".to_owned(), ..text("d", "x") };
    strongroom.create(again).await.unwrap();
    strongroom.create(text("db", "x")).await.unwrap();
    let request = v1::DownloadSecretBlobRequest { secret_name: "db".to_owned(), ..Default::default() };
    let call = strongroom.call("DownloadSecretBlob");
    strongroom.operations.download_secret_blob(&call, request).await.unwrap();
    let request = v1::UpdateSecretRequest {
        secret_name: "db".to_owned(),
        kms_key_id: Some("another".to_owned()),
        ..Default::default()
    };
    strongroom.update(request).await.unwrap();
    assert_eq!(rejection(strongroom.add("y", &[]).await).code(), Code::InvalidParameter);
    assert_eq!(made(&strongroom).await, ["csms/default", "key-a", "key-b", "strongroom/backup"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn at_once_as_many_are_made_as_there_is_room_for() {
    for _ in 0..10 {
        let strongroom = Arc::new(with_room_for(5));
        let makers = (0..40).map(|number| {
            let strongroom = strongroom.clone();
            // Each key is asked for by two at once, who need room for one.
            let secret =
                v1::NewSecret { kms_key_id: format!("key-{}", number / 2), ..text(&number.to_string(), "x") };
            tokio::spawn(async move { strongroom.create(secret).await.is_ok() })
        });
        let makers: Vec<_> = makers.collect();
        let mut stored = 0;
        for maker in makers {
            stored += usize::from(maker.await.unwrap());
        }
        let keys = made(&strongroom).await;
        assert!(keys.len() <= 5 && stored >= keys.len(), "{keys:?} {stored}");
        // What was rejected gives its room back.
        for name in ["a", "b", "c", "d", "e"] {
            let _made = strongroom.create(under(name)).await;
        }
        assert_eq!(made(&strongroom).await.len(), 5);
    }
}
