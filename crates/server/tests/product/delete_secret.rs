use strongroom_contract::v1::{CreateSecretResponse, DeleteSecretRequest, DeleteSecretResponse};

use crate::create_secret::{request, text};
use crate::transports::through_all_transports;

#[tokio::test]
async fn delete_secret() {
    through_all_transports(|transport, product| async move {
        let mut seen = Vec::new();
        // The name can be used again at once, so it is created and deleted twice.
        for _ in 0..2 {
            seen.push(
                transport
                    .send::<_, CreateSecretResponse>(&product, "CreateSecret", request(text("db", "x")))
                    .await,
            );
            let delete = DeleteSecretRequest { secret_name: "db".to_owned(), ..Default::default() };
            seen.push(transport.send::<_, DeleteSecretResponse>(&product, "DeleteSecret", delete).await);
        }
        assert!(seen.iter().all(Result::is_ok));
        let delete = DeleteSecretRequest { secret_name: "db".to_owned(), ..Default::default() };
        let again = transport.send::<_, DeleteSecretResponse>(&product, "DeleteSecret", delete).await;
        assert_eq!(again.as_ref().unwrap_err().code, "CSMS.0106");
        seen.push(again);
        seen
    })
    .await;
}
