use strongroom_contract::v1::{ListBatchesRequest, ListBatchesResponse};

use crate::{Answer, Call, Operations};

impl Operations {
    pub async fn list_batches(
        &self,
        call: &Call,
        request: ListBatchesRequest,
    ) -> Answer<ListBatchesResponse> {
        let _project = self.project(call, &request.project_id)?;
        Ok(ListBatchesResponse::default())
    }
}
