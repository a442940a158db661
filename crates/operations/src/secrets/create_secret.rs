//! Storing a new secret and its first value, or a new value of a secret that is there if that is asked for.

use strongroom_contract::v1::{CreateSecretRequest, CreateSecretResponse};

use crate::batches::decision::Decision;
use crate::batches::policy::Policy;
use crate::batches::store::ImportTransaction;
use crate::batches::validate::{EntryInput, ParsedEntry};
use crate::{Answer, Call, Operations, describe};

impl Operations {
    pub async fn create_secret(
        &self,
        call: &Call,
        request: CreateSecretRequest,
    ) -> Answer<CreateSecretResponse> {
        let project = self.project(call, &request.project_id)?;
        let rules = self.rules(call, project, Policy::default()).await?;
        let place = strongroom_validation::Place { index: 0, line: 0 };
        let asked = EntryInput { place, new: request.secret.unwrap_or_default(), repeats: None };
        let entry = self.judge_entry(rules, asked).await?;
        let transaction = ImportTransaction {
            call,
            project,
            part: 0,
            atomic: false,
            whole: true,
            before: &[],
            report: None,
            last: true,
        };
        let done = self.store(&transaction, std::slice::from_ref(&entry)).await?;
        let secret = match (done.decisions.into_iter().next(), entry.said) {
            (Some(Decision::Rejected(rejection)), _) => return Err(rejection.into()),
            (Some(Decision::Created), ParsedEntry::Store(new)) => {
                Some(describe::secret(new.secret, &call.caller, None))
            }
            (Some(Decision::NewVersion(versioned)), _) => {
                Some(self.described(call, project, versioned.after).await?)
            }
            (Some(Decision::Unchanged(existing) | Decision::Skipped(existing)), _) => {
                Some(self.described(call, project, *existing).await?)
            }
            // Not of one entry by itself.
            (Some(Decision::Created | Decision::Again(_) | Decision::Withheld) | None, _) => None,
        };
        Ok(CreateSecretResponse { secret, ..Default::default() })
    }
}
