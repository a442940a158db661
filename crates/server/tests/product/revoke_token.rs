use strongroom_contract::v1::{RevokeTokenRequest, RevokeTokenResponse};

use crate::transports::{accepted_by_all, sentences_only, through_all_transports};

#[tokio::test]
async fn revoke_token() {
    through_all_transports(|transport, mut product| async move {
        let leaked = product.log_in().await;
        assert_eq!(accepted_by_all(&mut product, &leaked).await, [true; 3]);
        let mut seen = Vec::new();
        // The second time the token is unknown. Without a token in the request, it is that of the caller.
        for subject_token in [leaked.as_str(), &leaked, &"A".repeat(43), "no token", ""] {
            let request = RevokeTokenRequest { subject_token: subject_token.to_owned() };
            seen.push(transport.send::<_, RevokeTokenResponse>(&product, "RevokeToken", request).await);
            assert_eq!(accepted_by_all(&mut product, &leaked).await, [false; 3]);
        }
        assert_eq!(seen.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, false, false, true]);
        assert!(seen[1..4].iter().all(|rejected| *rejected == seen[1]));
        let own = product.token.clone();
        assert_eq!(accepted_by_all(&mut product, &own).await, [false; 3]);
        product.renew().await;
        let own = product.token.clone();
        assert_eq!(accepted_by_all(&mut product, &own).await, [true; 3]);
        sentences_only(seen)
    })
    .await;
}

#[tokio::test]
async fn two_tokens_to_revoke_are_rejected() {
    let product = crate::product::Product::start().await;
    let (one, two) = (product.log_in().await, product.log_in().await);
    let request = product.rest("DELETE", "/v3/auth/tokens");
    let rejected =
        request.header("x-subject-token", &one).header("x-subject-token", &two).send().await.unwrap();
    assert_eq!(rejected.status(), 400);
    for token in [one, two] {
        let request = product.rest("DELETE", "/v3/auth/tokens").header("x-subject-token", token);
        assert_eq!(request.send().await.unwrap().status(), 204, "it is still there");
    }
}
