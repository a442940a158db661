//! Storing many secrets in one call.
//!
//! Entries are independent unless they are all or nothing: each has its own outcome. What passes the rules is stored in one
//! transaction, or in as many as the engine needs.

use strongroom_contract::v1::{BatchImportSecretsRequest, BatchImportSecretsResponse};

use super::decision::Decision;
use super::import::Import;
use super::policy::Policy;
use super::validate::asked;
use crate::describe::count;
use crate::{Answer, Call, Operations, Rejection};

impl Operations {
    pub async fn batch_import_secrets(
        &self,
        call: &Call,
        request: BatchImportSecretsRequest,
    ) -> Answer<BatchImportSecretsResponse> {
        let project = self.project(call, &request.project_id)?;
        let total = request.secrets.len();
        let (on_existing, on_pending) = (request.on_existing, request.on_pending);
        let size = strongroom_validation::batch_import(total, self.limits.import_entries);
        let policies = Policy::problems(on_existing, on_pending);
        let problems: Vec<_> = size.into_iter().chain(policies).collect();
        if !problems.is_empty() {
            return Err(Rejection::Invalid(problems).into());
        }

        let rules = self.rules(call, project, Policy::of(on_existing, on_pending)).await?;
        let entries = self.judge(rules, asked(0, request.secrets)).await?;
        let mut import = Import::of(call, project, total, request.atomic);
        let (decisions, outcomes) = self.import(call, &mut import, &entries, true).await?;
        // Of a batch that is all or nothing, nothing is a success once one entry is rejected.
        let stood = |decision: &&Decision| !matches!(decision, Decision::Rejected(_) | Decision::Withheld);
        let error_list: Vec<_> =
            entries.iter().zip(&decisions).filter_map(|(entry, decision)| decision.error(entry)).collect();
        Ok(BatchImportSecretsResponse {
            total: count(total),
            success: count(decisions.iter().filter(stood).count()),
            failed: count(error_list.len()),
            error_list,
            outcomes,
            batch_id: if call.is_dry_run() { String::new() } else { import.batch_id() },
            ..Default::default()
        })
    }
}
