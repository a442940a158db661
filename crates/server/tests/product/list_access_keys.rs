use strongroom_contract::v1::{ListAccessKeysRequest, ListAccessKeysResponse};

use crate::create_access_key::{create, text};
use crate::transports::{sentences_only, through_all_transports};

#[tokio::test]
async fn list_access_keys() {
    through_all_transports(|transport, product| async move {
        product.pass(1);
        let created = create(transport, &product, "shop").await;
        let own = text(&created, "user_id");
        let mut seen = vec![created.clone()];
        for user_id in [String::new(), own, "0".repeat(32)] {
            let request = ListAccessKeysRequest { user_id };
            seen.push(transport.send::<_, ListAccessKeysResponse>(&product, "ListAccessKeys", request).await);
        }
        let listed = &seen[1].as_ref().unwrap()["credentials"];
        assert_eq!(listed[0]["access"], product.known("access_key").as_str());
        assert_eq!(listed[0]["create_time"], "2026-01-01T00:00:00.000000Z");
        assert_eq!(
            (&listed[1]["access"], &listed[1]["description"]),
            (&text(&created, "access").into(), &"shop".into())
        );
        assert!(listed[1].get("secret").is_none());
        assert_eq!(seen[1], seen[2]);
        assert!(seen[3].is_err());
        sentences_only(seen)
    })
    .await;
}
