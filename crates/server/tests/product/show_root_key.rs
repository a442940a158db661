use serde_json::json;
use strongroom_contract::v1::{ShowRootKeyRequest, ShowRootKeyResponse};

use crate::transports::through_all_transports;

#[tokio::test]
async fn show_root_key() {
    through_all_transports(|transport, product| async move {
        let shown =
            transport.send::<_, ShowRootKeyResponse>(&product, "ShowRootKey", ShowRootKeyRequest {}).await;
        let expected =
            json!({"term": 1, "source": "FILE", "state": "WHOLE", "waiting_keys": 0, "damaged_keys": 0});
        assert_eq!(shown.as_ref().unwrap()["root_key"], expected);
        vec![shown]
    })
    .await;
}
