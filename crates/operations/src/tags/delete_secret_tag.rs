//! Taking a tag away from a secret.

use strongroom_contract::v1::{DeleteSecretTagRequest, DeleteSecretTagResponse};

use super::without;
use crate::change::Which;
use crate::{Answer, Call, Operations, Rejection};

impl Operations {
    pub async fn delete_secret_tag(
        &self,
        call: &Call,
        request: DeleteSecretTagRequest,
    ) -> Answer<DeleteSecretTagResponse> {
        let project = self.project(call, &request.project_id)?;
        if let Some(problem) = strongroom_validation::tag_key(&request.key) {
            return Err(Rejection::invalid(problem).into());
        }
        self.change_secret(call, project, Which::Id(&request.secret_id), |secret, _| {
            let after = without(secret, &[&request.key])?;
            if after.tags.len() == secret.tags.len() {
                return Err(Rejection::TagNotFound { key: request.key.clone() });
            }
            Ok(Some(after))
        })
        .await?;
        Ok(DeleteSecretTagResponse::default())
    }
}
