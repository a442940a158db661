//! Listing the tags of a secret.

use strongroom_contract::v1::{ListSecretTagsRequest, ListSecretTagsResponse};

use crate::transaction::SecretRef;
use crate::{Answer, Call, Operations, Rejection, describe};

impl Operations {
    pub async fn list_secret_tags(
        &self,
        call: &Call,
        request: ListSecretTagsRequest,
    ) -> Answer<ListSecretTagsResponse> {
        if let Some(problem) = strongroom_validation::secret_id(&request.secret_id) {
            return Err(Rejection::invalid(problem).into());
        }
        let secret = self.secret(&self.view().await?, call, SecretRef::Id(&request.secret_id)).await?;
        Ok(ListSecretTagsResponse { tags: describe::tags(&secret.record.tags), sys_tags: None })
    }
}
