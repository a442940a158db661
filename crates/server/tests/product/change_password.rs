use strongroom_contract::v1::{ChangePasswordRequest, ChangePasswordResponse, PasswordChange};

use crate::transports::{accepted_by_all, sentences_only, through_all_transports};

#[tokio::test]
async fn change_password() {
    through_all_transports(|transport, mut product| async move {
        let (old, new) = (product.known("password"), "correct horse battery staple");
        let elsewhere = product.log_in().await;
        let own_id = user_id(&product).await;
        let mut seen = Vec::new();
        for (user_id, original, password) in [
            (own_id.as_str(), "wrong", new),
            (&own_id, &old, "short"),
            (&own_id, &old, &old),
            ("00000000000000000000000000000000", &old, new),
            ("nobody", &old, new),
            (&own_id, &old, new),
        ] {
            assert_eq!(accepted_by_all(&mut product, &elsewhere).await, [true; 3]);
            let request = ChangePasswordRequest {
                user_id: user_id.to_owned(),
                user: Some(PasswordChange {
                    password: password.to_owned(),
                    original_password: original.to_owned(),
                }),
            };
            seen.push(transport.send::<_, ChangePasswordResponse>(&product, "ChangePassword", request).await);
        }
        assert!(seen[..5].iter().all(Result::is_err) && seen[5].is_ok(), "{seen:?}");
        assert_eq!(seen[3], seen[4], "whether a user exists is not told");
        for token in [product.token.clone(), elsewhere] {
            assert_eq!(accepted_by_all(&mut product, &token).await, [false; 3]);
        }
        assert_eq!(product.log_in_with(&old).await, Err(401));
        let token = product.log_in_with(new).await.unwrap();
        assert_eq!(accepted_by_all(&mut product, &token).await, [true; 3]);
        assert!(product.accepts_key(&product.known("access_key"), &product.known("secret_key")).await);
        sentences_only(seen)
    })
    .await;
}

async fn user_id(product: &crate::product::Product) -> String {
    let answer = product.rest("GET", "/v3.0/OS-CREDENTIAL/credentials").send().await.unwrap();
    let keys: serde_json::Value = answer.json().await.unwrap();
    keys["credentials"][0]["user_id"].as_str().unwrap().to_owned()
}
