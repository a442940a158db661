use strongroom_contract::v1::{
    AccessKeyChange, AccessKeyStatus, UpdateAccessKeyRequest, UpdateAccessKeyResponse,
};

use crate::create_access_key::{create, text};
use crate::transports::{sentences_only, through_all_transports};

#[tokio::test]
async fn update_access_key() {
    through_all_transports(|transport, product| async move {
        let created = create(transport, &product, "shop").await;
        let (access, secret) = (text(&created, "access"), text(&created, "secret"));
        let mut seen = Vec::new();
        for (access_key, status, description, accepted) in [
            (access.as_str(), AccessKeyStatus::Inactive, None, false),
            (&access, AccessKeyStatus::Unspecified, Some("old shop"), false),
            (&access, AccessKeyStatus::Active, None, true),
            ("AKUNKNOWN", AccessKeyStatus::Inactive, None, true),
        ] {
            let change =
                AccessKeyChange { status: status.into(), description: description.map(str::to_owned) };
            let request =
                UpdateAccessKeyRequest { access_key: access_key.to_owned(), credential: Some(change) };
            seen.push(
                transport.send::<_, UpdateAccessKeyResponse>(&product, "UpdateAccessKey", request).await,
            );
            assert_eq!(product.accepts_key(&access, &secret).await, accepted);
        }
        let told = |answer| (text(answer, "status"), text(answer, "description"));
        assert_eq!(told(&seen[0]), ("inactive".to_owned(), "shop".to_owned()));
        assert_eq!(told(&seen[1]), ("inactive".to_owned(), "old shop".to_owned()));
        assert_eq!(told(&seen[2]), ("active".to_owned(), "old shop".to_owned()));
        assert!(seen[3].is_err());
        sentences_only(seen)
    })
    .await;
}
