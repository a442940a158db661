//! Storing a new secret and its first value, or a new value of a secret that is there if that is asked for.

use strongroom_contract::v1::{CreateSecretRequest, CreateSecretResponse};

use crate::batches::fate::Fate;
use crate::batches::judge::{Asked, Said};
use crate::batches::policy::Policy;
use crate::batches::store::Step;
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
        let asked = Asked { place, new: request.secret.unwrap_or_default(), repeats: None };
        let entry = self.judge_entry(rules, asked).await?;
        let step = Step {
            call,
            project,
            part: 0,
            atomic: false,
            whole: true,
            before: &[],
            report: None,
            last: true,
        };
        let done = self.store(&step, std::slice::from_ref(&entry)).await?;
        let secret = match (done.fates.into_iter().next(), entry.said) {
            (Some(Fate::Refused(refusal)), _) => return Err(refusal.into()),
            (Some(Fate::Created), Said::Store(new)) => Some(describe::secret(new.secret, &call.caller, None)),
            (Some(Fate::NewVersion(versioned)), _) => {
                Some(self.described(call, project, versioned.after).await?)
            }
            (Some(Fate::Unchanged(existing) | Fate::Skipped(existing)), _) => {
                Some(self.described(call, project, *existing).await?)
            }
            // Not of one entry by itself.
            (Some(Fate::Created | Fate::Again(_) | Fate::Withheld) | None, _) => None,
        };
        Ok(CreateSecretResponse { secret, ..Default::default() })
    }
}
