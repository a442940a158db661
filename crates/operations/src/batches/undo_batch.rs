use strongroom_contract::v1::{UndoBatchRequest, UndoBatchResponse};

use crate::{Answer, Call, Operations};

impl Operations {
    pub async fn undo_batch(&self, call: &Call, request: UndoBatchRequest) -> Answer<UndoBatchResponse> {
        let _project = self.project(call, &request.project_id)?;
        Ok(UndoBatchResponse::default())
    }
}
