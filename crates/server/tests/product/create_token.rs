use strongroom_contract::v1::{
    Auth, CreateTokenRequest, CreateTokenResponse, DomainName, Identity, PasswordMethod, PasswordUser,
    Reference, Scope,
};

use crate::product::Product;
use crate::transports::{sentences_only, through_all_transports};

fn request(product: &Product, password: &str, scope: Option<Scope>) -> CreateTokenRequest {
    let user = PasswordUser {
        name: product.known("user_name"),
        password: password.to_owned(),
        domain: Some(DomainName { name: product.known("domain_name") }),
    };
    let identity = Identity {
        methods: vec!["password".to_owned()],
        password: Some(PasswordMethod { user: Some(user) }),
    };
    CreateTokenRequest { auth: Some(Auth { identity: Some(identity), scope }) }
}

#[tokio::test]
async fn create_token() {
    through_all_transports(|transport, product| async move {
        let password = product.known("password");
        let project = |name: &str| Scope {
            project: Some(Reference { id: String::new(), name: name.to_owned() }),
            domain: None,
        };
        let domain = Scope { project: None, domain: Some(Reference::default()) };
        let mut seen = Vec::new();
        for (password, scope) in [
            (password.as_str(), None),
            (password.as_str(), Some(project("default"))),
            (password.as_str(), Some(project("elsewhere"))),
            (password.as_str(), Some(domain)),
            ("wrong", None),
        ] {
            let request = request(&product, password, scope);
            seen.push(transport.send::<_, CreateTokenResponse>(&product, "CreateToken", request).await);
        }
        seen.push(
            transport
                .send::<_, CreateTokenResponse>(&product, "CreateToken", CreateTokenRequest::default())
                .await,
        );
        let token = &seen[0].as_ref().unwrap()["token"];
        assert_eq!(token["issued_at"], "2026-01-01T00:00:00.000000Z");
        assert_eq!(token["expires_at"], "2026-01-02T00:00:00.000000Z");
        assert_eq!(seen[0], seen[1]);
        assert!(seen[2..].iter().all(Result::is_err));
        sentences_only(seen)
    })
    .await;
}
