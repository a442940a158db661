//! Looking an account up, as Terraform does before its first call with an access key.

use strongroom_contract::v1::{AuthDomain, Links, ListAuthDomainsRequest, ListAuthDomainsResponse};

use crate::{Answer, Call, Operations};

impl Operations {
    pub async fn list_auth_domains(
        &self,
        call: &Call,
        _: ListAuthDomainsRequest,
    ) -> Answer<ListAuthDomainsResponse> {
        let domain = AuthDomain {
            id: call.caller.domain_id.to_string(),
            name: call.caller.domain_name.clone(),
            enabled: true,
            description: String::new(),
            links: Some(Links {}),
        };
        Ok(ListAuthDomainsResponse { domains: vec![domain], links: Some(Links {}) })
    }
}
