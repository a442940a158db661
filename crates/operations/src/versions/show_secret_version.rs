//! Reading the value of a version.

use strongroom_contract::v1::{ShowSecretVersionRequest, ShowSecretVersionResponse};

use crate::transaction::SecretRef;
use crate::{Answer, Call, Operations, Rejection};

impl Operations {
    pub async fn show_secret_version(
        &self,
        call: &Call,
        request: ShowSecretVersionRequest,
    ) -> Answer<ShowSecretVersionResponse> {
        let problems = [
            strongroom_validation::secret_name(&request.secret_name),
            strongroom_validation::version_id(&request.version_id),
        ];
        let problems: Vec<_> = problems.into_iter().flatten().collect();
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }

        let view = self.view().await?;
        let secret = self.secret(&view, call, SecretRef::Name(&request.secret_name)).await?.record;
        let version = self.read_value(&view, call, &secret, &request.version_id).await?;
        Ok(ShowSecretVersionResponse { version: Some(version) })
    }
}
