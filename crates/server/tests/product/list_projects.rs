use strongroom_contract::v1::{ListProjectsRequest, ListProjectsResponse};

use crate::transports::through_all_transports;

#[tokio::test]
async fn list_projects() {
    through_all_transports(|transport, product| async move {
        let mut seen = Vec::new();
        for name in ["", "default", "elsewhere"] {
            let request = ListProjectsRequest { name: name.to_owned() };
            seen.push(transport.send::<_, ListProjectsResponse>(&product, "ListProjects", request).await);
        }
        assert_eq!(seen[1].as_ref().unwrap()["projects"][0]["id"], product.known("project_id").as_str());
        assert_eq!(seen[0], seen[1]);
        assert_eq!(seen[2].as_ref().unwrap()["projects"], serde_json::json!([]));
        seen
    })
    .await;
}
