//! Giving a secret a tag.

use strongroom_contract::v1::{CreateSecretTagRequest, CreateSecretTagResponse};

use super::with;
use crate::change::Which;
use crate::{Answer, Call, Operations, Rejection};

impl Operations {
    pub async fn create_secret_tag(
        &self,
        call: &Call,
        request: CreateSecretTagRequest,
    ) -> Answer<CreateSecretTagResponse> {
        let project = self.project(call, &request.project_id)?;
        let tag = request.tag.unwrap_or_default();
        let key = strongroom_validation::tag_key(&tag.key);
        let problems: Vec<_> = key.into_iter().chain(strongroom_validation::tag_value(&tag.value)).collect();
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }
        self.change_secret(call, project, Which::Id(&request.secret_id), |secret, _| {
            Ok(Some(with(secret, std::slice::from_ref(&tag), self.limits.tags)?))
        })
        .await?;
        Ok(CreateSecretTagResponse::default())
    }
}
