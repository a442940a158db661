use strongroom_contract::v1::{ShowBatchRequest, ShowBatchResponse};

use crate::{Answer, Call, Operations};

impl Operations {
    pub async fn show_batch(&self, call: &Call, request: ShowBatchRequest) -> Answer<ShowBatchResponse> {
        let _project = self.project(call, &request.project_id)?;
        Ok(ShowBatchResponse::default())
    }
}
