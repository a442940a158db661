//! Listing the tags of a secret.

use strongroom_contract::v1::{ListSecretTagsRequest, ListSecretTagsResponse};

use crate::{Answer, Call, Operations, Rejection, describe};

impl Operations {
    pub async fn list_secret_tags(
        &self,
        call: &Call,
        request: ListSecretTagsRequest,
    ) -> Answer<ListSecretTagsResponse> {
        let project = self.project(call, &request.project_id)?;
        if let Some(problem) = strongroom_validation::secret_id(&request.secret_id) {
            return Err(Rejection::invalid(problem).into());
        }
        let secret = self.secret_by_id(&self.view().await?, call, project, &request.secret_id).await?;
        Ok(ListSecretTagsResponse { tags: describe::tags(&secret.record.tags), sys_tags: None })
    }
}
