//! The quota that the dry run of a stream would have used. Its groups are dropped one by one, so their use is counted here.

use std::collections::BTreeSet;

use strongroom_contract::v1::{Action, Outcome};
use strongroom_storage::Id;

use super::decision::Decision;
use super::entry::ValidatedEntry;
use crate::journal::outcome::reject;
use crate::{Answer, Limits, OperationError, Operations, Rejection};

pub(crate) struct DryRunQuota {
    /// Secrets that are stored.
    stored: usize,
    /// Names of existing keys, to suggest when the quota of keys is reached.
    known: Vec<String>,
    /// How many more secrets there may be.
    secrets: usize,
    /// The keys that exist, or would by now.
    keys: BTreeSet<String>,
}

impl Operations {
    pub(crate) async fn dry_run_quota(&self, project: Id) -> Answer<DryRunQuota> {
        // Secrets past their deletion date are deleted for every caller, so they must not use up quota.
        self.purge().await?;
        let stored = self.counts.current(&self.storage, project).await;
        let stored = stored.map_err(OperationError::internal("counting the secrets of a project"))?;
        let keys = self.keys.names(project).await?;
        let known = crate::keys::some(&keys);
        Ok(DryRunQuota { stored, known, secrets: self.limits.secrets.saturating_sub(stored), keys })
    }
}

impl DryRunQuota {
    /// Counts what an entry would use, or rejects the entry.
    pub(crate) fn count(
        &mut self,
        limits: &Limits,
        entry: &ValidatedEntry,
        decision: &Decision,
        outcome: &mut Outcome,
    ) {
        let Some(secret) = decision.stored_secret(entry) else { return };
        let is_new = outcome.action() == Action::Created;
        if is_new && self.secrets == 0 {
            let (current, allowed) = (self.stored, limits.secrets);
            let coming = allowed.saturating_sub(current);
            return reject(outcome, &Rejection::TooManySecrets { current, coming, allowed });
        }
        let key = secret.kms_key_id.as_str();
        if crate::keys::counts(key) && !self.keys.contains(key) {
            let (needed, allowed) = (self.keys.len() + 1, limits.keys);
            if needed > allowed {
                let known = self.known.clone();
                return reject(outcome, &Rejection::TooManyKeys { needed, allowed, known });
            }
            self.keys.insert(key.to_owned());
        }
        self.secrets -= usize::from(is_new);
    }
}
