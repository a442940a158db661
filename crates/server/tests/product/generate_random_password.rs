use serde_json::{Value, json};
use strongroom_contract::v1::{GenerateRandomPasswordRequest, GenerateRandomPasswordResponse};

use crate::product::Product;
use crate::transports::through_all_transports;

#[tokio::test]
async fn generate_random_password() {
    through_all_transports(|transport, product| async move {
        let mut seen = Vec::new();
        for request in [
            GenerateRandomPasswordRequest::default(),
            GenerateRandomPasswordRequest {
                length: Some(5),
                include_space: true,
                require_each_included_type: true,
                ..Default::default()
            },
            GenerateRandomPasswordRequest {
                length: Some(4_096),
                exclude_characters: "0".to_owned(),
                exclude_lowercase: true,
                exclude_uppercase: true,
                exclude_punctuation: true,
                ..Default::default()
            },
            GenerateRandomPasswordRequest { length: Some(0), ..Default::default() },
            GenerateRandomPasswordRequest {
                length: Some(3),
                require_each_included_type: true,
                ..Default::default()
            },
            GenerateRandomPasswordRequest { password_policy_name: "strict".to_owned(), ..Default::default() },
        ] {
            seen.push(
                transport
                    .send::<_, GenerateRandomPasswordResponse>(&product, "GenerateRandomPassword", request)
                    .await,
            );
        }
        let password = |answer: &Value| answer["password"].as_str().unwrap().to_owned();
        assert_eq!(password(seen[0].as_ref().unwrap()).len(), 32);
        assert!(password(seen[1].as_ref().unwrap()).contains(' '));
        let digits = password(seen[2].as_ref().unwrap());
        assert!(digits.len() == 4_096 && digits.chars().all(|digit| ('1'..='9').contains(&digit)));
        for (rejected, field) in seen[3..].iter().zip(["length", "length", "password_policy_name"]) {
            let told = rejected.as_ref().unwrap_err();
            assert_eq!((told.code.as_str(), told.fields[0].as_str()), ("CSMS.0002", field));
        }
        // Random parts differ between transports.
        seen.into_iter().map(|answer| answer.map(|answer| json!(password(&answer).len()))).collect()
    })
    .await;
}

#[tokio::test]
async fn missing_body_is_accepted_for_existing_clients() {
    let product = Product::start().await;
    let answer = product.rest("POST", "/v1/{project_id}/csms/generate-password").send().await.unwrap();
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["password"].as_str().unwrap().len(), 32);
}
