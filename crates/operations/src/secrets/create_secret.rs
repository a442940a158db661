//! Storing a new secret and its first value, or a new value of an existing secret if the request asks for that.

use strongroom_contract::v1::{CreateSecretRequest, CreateSecretResponse};

use crate::import::Import;
use crate::import::decision::Decision;
use crate::import::entry::EntryInput;
use crate::import::policy::Policy;
use crate::{Answer, Call, Operations, describe};

impl Operations {
    pub async fn create_secret(
        &self,
        call: &Call,
        request: CreateSecretRequest,
    ) -> Answer<CreateSecretResponse> {
        let rules = self.rules(call, Policy::default()).await?;
        let place = strongroom_validation::Place { index: 0, line: 0 };
        let input = EntryInput { place, new: request.secret.unwrap_or_default(), duplicate: None };
        let entry = self.validate_entry(rules, input).await?;
        let (import, entry) = (&Import::of_one_secret(), &entry);
        self.transact(call, |mut tx| async move {
            let chunk =
                self.import_chunk(&mut tx, call, import, &[], std::slice::from_ref(entry), true).await?;
            let secret = match chunk.decisions.into_iter().next() {
                Some(Decision::Rejected(rejection)) => return Err(rejection.into()),
                Some(Decision::Created) => {
                    entry.to_store().map(|new| describe::secret(new.secret.clone(), &call.caller, None))
                }
                Some(Decision::NewVersion(updated)) => Some(tx.describe(updated.after).await?),
                Some(Decision::Unchanged(existing) | Decision::Skipped(existing)) => {
                    Some(tx.describe(*existing).await?)
                }
                // Not of one entry by itself.
                Some(Decision::Duplicate(_) | Decision::Withheld) | None => None,
            };
            tx.answer(CreateSecretResponse { secret, ..Default::default() }).await
        })
        .await
    }
}
