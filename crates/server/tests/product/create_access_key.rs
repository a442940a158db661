use serde_json::Value;
use strongroom_contract::v1::{CreateAccessKeyRequest, CreateAccessKeyResponse, NewAccessKey};

use crate::product::Product;
use crate::transports::{Told, Transport, sentences_only, through_all_transports};

/// The answer, without masking the secret key.
pub async fn create(transport: Transport, product: &Product, description: &str) -> Result<Value, Told> {
    let credential = NewAccessKey { user_id: String::new(), description: description.to_owned() };
    let request = CreateAccessKeyRequest { credential: Some(credential) };
    transport.send::<_, CreateAccessKeyResponse>(product, "CreateAccessKey", request).await
}

pub fn text(answer: &Result<Value, Told>, member: &str) -> String {
    answer.as_ref().unwrap()["credential"][member].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn create_access_key() {
    through_all_transports(|transport, product| async move {
        let mut seen = vec![create(transport, &product, &"x".repeat(256)).await];
        let other = NewAccessKey { user_id: "0".repeat(32), description: String::new() };
        let request = CreateAccessKeyRequest { credential: Some(other) };
        seen.push(transport.send::<_, CreateAccessKeyResponse>(&product, "CreateAccessKey", request).await);
        assert!(seen.iter().all(Result::is_err));
        // The first start created one.
        for number in 2..=11 {
            seen.push(create(transport, &product, &format!("service {number}")).await);
        }
        let made = &seen[2..11];
        for created in made {
            let (access_key, secret_key) = (text(created, "access"), text(created, "secret"));
            assert_eq!((access_key.len(), secret_key.len()), (20, 40));
            assert!(product.accepts_key(&access_key, &secret_key).await);
            assert!(!product.accepts_key(&access_key, &text(&seen[2], "access")).await);
        }
        assert_eq!(text(&made[0], "create_time"), "2026-01-01T00:00:00.000000Z");
        assert_eq!(
            (text(&made[0], "status"), text(&made[0], "description")),
            ("active".into(), "service 2".into())
        );
        assert!(seen[11].is_err(), "ten are the most");
        sentences_only(seen)
    })
    .await;
}
