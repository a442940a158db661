//! Reading the current values of several secrets, on one view.

use std::collections::HashSet;

use strongroom_contract::spelling;
use strongroom_contract::v1::{
    BatchGetSecretValueRequest, BatchGetSecretValueResponse, NotReturned, SecretState, Version,
};
use strongroom_storage::View;
use strongroom_storage::records::SecretRecord;

use super::read_value::damaged;
use crate::describe::count;
use crate::{Answer, Call, OperationError, Operations, Rejection, lifecycle};

impl Operations {
    pub async fn batch_get_secret_value(
        &self,
        call: &Call,
        request: BatchGetSecretValueRequest,
    ) -> Answer<BatchGetSecretValueResponse> {
        if let Some(problem) = strongroom_validation::batch_get(request.secret_name_list.len()) {
            return Err(Rejection::invalid(problem).into());
        }
        let view = self.view().await?;
        let (mut versions, mut not_returned, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        for name in request.secret_name_list.iter().filter(|name| seen.insert(name.as_str())) {
            let mut found = None;
            match self.current_value(&view, call, name, &mut found).await {
                Ok(version) => versions.push(version),
                Err(OperationError::Rejected(rejection)) => {
                    not_returned.push(rejected(name, found.as_ref(), &rejection))
                }
                Err(fault) => return Err(fault),
            }
        }
        let total_count = count(versions.len());
        Ok(BatchGetSecretValueResponse { total_count, versions, not_returned })
    }

    /// Leaves the secret behind in `found`, to tell its state when its value is rejected.
    async fn current_value(
        &self,
        view: &View,
        call: &Call,
        name: &str,
        found: &mut Option<SecretRecord>,
    ) -> Answer<Version> {
        if let Some(problem) = strongroom_validation::secret_name(name) {
            return Err(Rejection::invalid(problem).into());
        }
        let secret = view.secret(call.project(), name).await.map_err(damaged("reading a secret", name))?;
        let secret = found.insert(lifecycle::present(secret, name, call.now)?.record);
        self.read_value(view, call, secret, "latest").await
    }
}

fn rejected(name: &str, found: Option<&SecretRecord>, rejection: &Rejection) -> NotReturned {
    let state = found.map(|secret| spelling::of::<SecretState>(lifecycle::state(secret).into()));
    NotReturned {
        secret_name: name.to_owned(),
        error_code: rejection.code().as_str().to_owned(),
        state: state.unwrap_or_default().to_owned(),
        error_msg: rejection.sentence(),
    }
}
