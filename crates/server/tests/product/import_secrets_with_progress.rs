use strongroom_contract::v1::{CreateSecretResponse, ImportOptions};

use crate::create_secret::{request, text};
use crate::import_secrets_stream::{Response, entries, mixed, together, with_options};
use crate::transports::through_all_transports;

#[tokio::test]
async fn import_secrets_with_progress() {
    through_all_transports(|transport, product| async move {
        let mut seen = vec![
            transport
                .send::<_, CreateSecretResponse>(&product, "CreateSecret", request(text("there", "x")))
                .await,
        ];
        let many = (0..2_500).map(|number| text(&format!("many-{number}"), "x")).collect();
        for message in [
            with_options(mixed(), ImportOptions { dry_run: true, ..Default::default() }),
            entries(mixed()),
            with_options(vec![], ImportOptions { request_id: "once".to_owned(), ..Default::default() }),
            entries(vec![]),
            entries(many),
        ] {
            let answered =
                transport.stream::<_, Response>(&product, "ImportSecretsWithProgress", vec![message]).await;
            seen.push(together(answered));
        }
        assert_eq!(seen[1].as_ref().unwrap()["outcomes"], seen[2].as_ref().unwrap()["outcomes"]);
        assert_eq!(seen[2].as_ref().unwrap()["progress"]["success"], 3);
        assert_eq!(seen[3].as_ref().unwrap_err().fields, ["options.request_id"]);
        assert_eq!(seen[4].as_ref().unwrap()["progress"]["finished"], true);
        assert_eq!(seen[5].as_ref().unwrap()["progress"]["success"], 2_500);
        seen
    })
    .await;
}
