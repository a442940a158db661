use strongroom_contract::v1::{CreateSecretResponse, ShowSecretRequest, ShowSecretResponse};

use crate::create_secret::{request, text};
use crate::transports::through_all_transports;

#[tokio::test]
async fn show_secret() {
    through_all_transports(|transport, product| async move {
        let created = transport
            .send::<_, CreateSecretResponse>(&product, "CreateSecret", request(text("a.b_c-1", "x")))
            .await;
        let mut seen = vec![created];
        for (project, name) in [("", "a.b_c-1"), ("", "missing"), ("", "a b"), ("0123", "a.b_c-1")] {
            let request = ShowSecretRequest { project_id: project.to_owned(), secret_name: name.to_owned() };
            seen.push(transport.send::<_, ShowSecretResponse>(&product, "ShowSecret", request).await);
        }
        assert_eq!(seen[0], seen[1]);
        let codes: Vec<_> =
            seen[2..].iter().map(|rejected| rejected.as_ref().unwrap_err().code.as_str()).collect();
        assert_eq!(codes, ["CSMS.0106", "CSMS.0002", "CSMS.0302"]);
        seen
    })
    .await;
}
