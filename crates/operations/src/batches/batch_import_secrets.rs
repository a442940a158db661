//! Storing many secrets in one call.
//!
//! Entries are independent unless the batch is atomic: each has its own outcome. Valid entries are stored in one transaction,
//! or in as many as the engine needs.

use strongroom_contract::v1::{BatchImportSecretsRequest, BatchImportSecretsResponse};

use crate::describe::count;
use crate::import::decision::Decision;
use crate::import::policy::Policy;
use crate::import::validate::inputs;
use crate::{Answer, Call, Operations, Rejection};

impl Operations {
    pub async fn batch_import_secrets(
        &self,
        call: &Call,
        request: BatchImportSecretsRequest,
    ) -> Answer<BatchImportSecretsResponse> {
        let total = request.secrets.len();
        let (on_existing, on_pending) = (request.on_existing, request.on_pending);
        let size = strongroom_validation::batch_import(total, self.limits.import_entries);
        let policies = Policy::problems(on_existing, on_pending);
        let problems: Vec<_> = size.into_iter().chain(policies).collect();
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }

        let rules = self.rules(call, Policy::of(on_existing, on_pending)).await?;
        let entries = self.validate(rules, inputs(request.secrets)).await?;
        self.import_batch(call, &entries, request.atomic, |decisions, outcomes, batch_id| {
            // Of an atomic batch nothing is a success once one entry is rejected.
            let is_success =
                |decision: &&Decision| !matches!(decision, Decision::Rejected(_) | Decision::Withheld);
            let errors = entries.iter().zip(&decisions).filter_map(|(entry, decision)| decision.error(entry));
            let error_list: Vec<_> = errors.collect();
            BatchImportSecretsResponse {
                total: count(total),
                success: count(decisions.iter().filter(is_success).count()),
                failed: count(error_list.len()),
                error_list,
                outcomes,
                batch_id,
                ..Default::default()
            }
        })
        .await
    }
}
