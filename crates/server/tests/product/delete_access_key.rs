use strongroom_contract::v1::{DeleteAccessKeyRequest, DeleteAccessKeyResponse};

use crate::create_access_key::{create, text};
use crate::transports::{sentences_only, through_all_transports};

#[tokio::test]
async fn delete_access_key() {
    through_all_transports(|transport, product| async move {
        let created = create(transport, &product, "shop").await;
        let (access, secret) = (text(&created, "access"), text(&created, "secret"));
        let (first, first_secret) = (product.known("access_key"), product.known("secret_key"));
        let mut seen = Vec::new();
        for access_key in [&first, &first, &access] {
            assert!(product.accepts_key(&access, &secret).await);
            let request = DeleteAccessKeyRequest { access_key: access_key.to_owned() };
            seen.push(
                transport.send::<_, DeleteAccessKeyResponse>(&product, "DeleteAccessKey", request).await,
            );
            assert!(!product.accepts_key(&first, &first_secret).await);
        }
        assert!(!product.accepts_key(&access, &secret).await);
        assert_eq!(seen.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
        // The first access key differs between servers.
        assert!(seen[1].as_ref().unwrap_err().sentence.contains(&first));
        seen.remove(1).unwrap_err();
        assert!(product.log_in_with(&product.known("password")).await.is_ok(), "the last one may go");
        sentences_only(seen)
    })
    .await;
}
