//! Taking a tag away from a secret.

use strongroom_contract::v1::{DeleteSecretTagRequest, DeleteSecretTagResponse};

use super::without;
use crate::transaction::SecretRef;
use crate::{Answer, Call, Operations, Rejection};

impl Operations {
    pub async fn delete_secret_tag(
        &self,
        call: &Call,
        request: DeleteSecretTagRequest,
    ) -> Answer<DeleteSecretTagResponse> {
        if let Some(problem) = strongroom_validation::tag_key(&request.key) {
            return Err(Rejection::invalid(problem).into());
        }
        let request = &request;
        self.transact(call, |mut tx| async move {
            let before = tx.secret(SecretRef::Id(&request.secret_id)).await?;
            let after = without(&before.record, &[&request.key])?;
            if after.tags.len() == before.record.tags.len() {
                return Err(Rejection::TagNotFound { key: request.key.clone() }.into());
            }
            tx.update_secret(&before, &after)?;
            tx.answer(DeleteSecretTagResponse::default()).await
        })
        .await
    }
}
