use strongroom_contract::v1::{DeleteSecretTagRequest, DeleteSecretTagResponse};

use crate::create_secret_tag::{give, stored, tags_of};
use crate::transports::through_all_transports;

#[tokio::test]
async fn delete_secret_tag() {
    through_all_transports(|transport, product| async move {
        let id = stored(transport, &product, "db").await;
        // `action` is also a word of a path, and signs and other scripts travel escaped.
        for key in ["team", "a b:c=ж+", "action", "tags"] {
            give(transport, &product, &id, key, "x").await;
        }
        let mut seen = Vec::new();
        for key in ["a b:c=ж+", "action", "tags", "none", "a/b"] {
            let request =
                DeleteSecretTagRequest { secret_id: id.clone(), key: key.to_owned(), ..Default::default() };
            seen.push(
                transport.send::<_, DeleteSecretTagResponse>(&product, "DeleteSecretTag", request).await,
            );
        }
        assert!(seen[..3].iter().all(Result::is_ok), "{seen:?}");
        assert_eq!(seen[3].as_ref().unwrap_err().code, "CSMS.0005");
        assert_eq!(seen[4].as_ref().unwrap_err().fields, ["key"]);
        let left = tags_of(transport, &product, &id).await;
        assert_eq!(left["tags"].as_array().unwrap().len(), 1);
        seen.push(Ok(left));
        seen
    })
    .await;
}
