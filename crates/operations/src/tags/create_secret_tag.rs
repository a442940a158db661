//! Giving a secret a tag.

use strongroom_contract::v1::{CreateSecretTagRequest, CreateSecretTagResponse};

use super::with;
use crate::transaction::SecretRef;
use crate::{Answer, Call, Operations, Rejection};

impl Operations {
    pub async fn create_secret_tag(
        &self,
        call: &Call,
        request: CreateSecretTagRequest,
    ) -> Answer<CreateSecretTagResponse> {
        let tag = request.tag.unwrap_or_default();
        let key = strongroom_validation::tag_key(&tag.key);
        let problems: Vec<_> = key.into_iter().chain(strongroom_validation::tag_value(&tag.value)).collect();
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }
        let (secret_id, tag) = (&request.secret_id, &tag);
        self.transact(call, |mut tx| async move {
            let before = tx.secret(SecretRef::Id(secret_id)).await?;
            let after = with(&before.record, std::slice::from_ref(tag), self.limits.tags)?;
            tx.update_secret(&before, &after)?;
            tx.answer(CreateSecretTagResponse::default()).await
        })
        .await
    }
}
