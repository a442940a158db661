use strongroom_contract::v1::{BatchCancelDeletionsRequest, BatchCancelDeletionsResponse};

use crate::{Answer, Call, Operations};

impl Operations {
    pub async fn batch_cancel_deletions(
        &self,
        call: &Call,
        request: BatchCancelDeletionsRequest,
    ) -> Answer<BatchCancelDeletionsResponse> {
        let _project = self.project(call, &request.project_id)?;
        Ok(BatchCancelDeletionsResponse::default())
    }
}
