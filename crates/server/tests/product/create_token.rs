use strongroom_contract::v1::{
    Auth, CreateTokenRequest, CreateTokenResponse, DomainName, Identity, ListProjectsRequest,
    ListProjectsResponse, ListSecretsRequest, ListSecretsResponse, PasswordMethod, PasswordUser, Reference,
    Scope, TokenMethod,
};

use crate::product::Product;
use crate::transports::{TRANSPORTS, sentences_only, through_all_transports};

fn request(product: &Product, password: &str, scope: Option<Scope>) -> CreateTokenRequest {
    let user = PasswordUser {
        name: product.known("user_name"),
        password: password.to_owned(),
        domain: Some(DomainName { name: product.known("domain_name") }),
    };
    let identity = Identity {
        methods: vec!["password".to_owned()],
        password: Some(PasswordMethod { user: Some(user) }),
        token: None,
    };
    CreateTokenRequest { auth: Some(Auth { identity: Some(identity), scope }) }
}

fn of_domain(name: &str) -> Scope {
    Scope { project: None, domain: Some(Reference { id: String::new(), name: name.to_owned() }) }
}

fn exchange(token: &str, scope: Option<Scope>) -> CreateTokenRequest {
    let token = Some(TokenMethod { id: token.to_owned() });
    let identity = Identity { methods: vec!["token".to_owned()], password: None, token };
    CreateTokenRequest { auth: Some(Auth { identity: Some(identity), scope }) }
}

/// A token over REST, where it stands in a header.
async fn issued(product: &Product, request: &CreateTokenRequest) -> (String, serde_json::Value) {
    let answer = product.rest("POST", "/v3/auth/tokens").json(request).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let token = answer.headers()["x-subject-token"].to_str().unwrap().to_owned();
    (token, answer.json().await.unwrap())
}

#[tokio::test]
async fn a_token_of_an_account_is_good_for_look_ups_and_for_no_project() {
    let mut product = Product::start().await;
    let account = product.known("domain_name");
    let (password, own) = (product.known("password"), product.token.clone());
    for made_from in
        [request(&product, &password, Some(of_domain(&account))), exchange(&own, Some(of_domain(&account)))]
    {
        product.token.clone_from(&own);
        let (of_account, answer) = issued(&product, &made_from).await;
        assert_eq!(answer["token"]["domain"]["name"], account.as_str());
        assert_eq!(answer["token"]["project"], serde_json::Value::Null);
        product.token.clone_from(&of_account);
        for transport in TRANSPORTS {
            let found = transport.send::<_, ListProjectsResponse>(
                &product,
                "ListProjects",
                ListProjectsRequest::default(),
            );
            assert_eq!(found.await.unwrap()["projects"].as_array().unwrap().len(), 1);
            let found = transport.send::<_, ListSecretsResponse>(
                &product,
                "ListSecrets",
                ListSecretsRequest::default(),
            );
            let rejected = found.await.unwrap_err();
            assert_eq!(rejected.code, "CSMS.0302", "{transport:?}");
            assert!(rejected.sentence.contains("auth.scope.project"), "{}", rejected.sentence);
        }
        let (of_project, answer) = issued(&product, &exchange(&of_account, None)).await;
        assert_eq!(answer["token"]["project"]["id"], product.known("project_id").as_str());
        assert_eq!(answer["token"]["methods"], serde_json::json!(["token"]));
        product.token = of_project;
        assert_eq!(product.rest("GET", "/v1/{project_id}/secrets").send().await.unwrap().status(), 200);
    }
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
        let both = Scope { domain: of_domain(&product.known("domain_name")).domain, ..project("default") };
        let mut seen = Vec::new();
        for (password, scope) in [
            (password.as_str(), None),
            (password.as_str(), Some(project("default"))),
            (password.as_str(), Some(project("elsewhere"))),
            (password.as_str(), Some(domain)),
            (password.as_str(), Some(both)),
            (password.as_str(), Some(of_domain("elsewhere"))),
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
        for token in ["", "unknown"] {
            let request = exchange(token, None);
            seen.push(transport.send::<_, CreateTokenResponse>(&product, "CreateToken", request).await);
        }
        let token = &seen[0].as_ref().unwrap()["token"];
        assert_eq!(token["issued_at"], "2026-01-01T00:00:00.000000Z");
        assert_eq!(token["expires_at"], "2026-01-02T00:00:00.000000Z");
        assert_eq!(seen[0], seen[1]);
        assert!(seen[2..].iter().all(Result::is_err));
        sentences_only(seen)
    })
    .await;
}
