use strongroom_contract::v1::{ListAuthDomainsRequest, ListAuthDomainsResponse};

use crate::transports::through_all_transports;

#[tokio::test]
async fn list_auth_domains() {
    through_all_transports(|transport, product| async move {
        let request = ListAuthDomainsRequest::default();
        let seen = transport.send::<_, ListAuthDomainsResponse>(&product, "ListAuthDomains", request).await;
        let domain = seen.as_ref().unwrap()["domains"][0].clone();
        assert_eq!(domain["id"], product.known("domain_id").as_str());
        assert_eq!(domain["name"], product.known("domain_name").as_str());
        assert_eq!(domain["enabled"], true);
        vec![seen]
    })
    .await;
}
