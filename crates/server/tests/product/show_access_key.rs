use strongroom_contract::v1::{ShowAccessKeyRequest, ShowAccessKeyResponse};

use crate::create_access_key::{create, text};
use crate::transports::{sentences_only, through_all_transports};

#[tokio::test]
async fn show_access_key() {
    through_all_transports(|transport, product| async move {
        let created = create(transport, &product, "shop").await;
        let access = text(&created, "access");
        let mut seen = Vec::new();
        for access_key in [access.as_str(), "AKUNKNOWN"] {
            let request = ShowAccessKeyRequest { access_key: access_key.to_owned() };
            seen.push(transport.send::<_, ShowAccessKeyResponse>(&product, "ShowAccessKey", request).await);
        }
        assert_eq!((text(&seen[0], "access"), text(&seen[0], "description")), (access, "shop".to_owned()));
        assert!(seen[0].as_ref().unwrap()["credential"].get("secret").is_none());
        assert!(seen[1].is_err());
        sentences_only(seen)
    })
    .await;
}
