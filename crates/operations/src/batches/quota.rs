//! What room a dry run in groups would have found: its groups are forgotten one by one, so what they would have taken is
//! counted here.

use std::collections::BTreeSet;

use strongroom_contract::v1::{Action, Outcome};
use strongroom_storage::Id;

use super::decision::Decision;
use super::outcome::reject;
use super::store::to_be;
use super::validate::ValidatedEntry;
use crate::{Answer, Limits, OperationError, Operations, Rejection};

pub(super) struct QuotaReservation {
    /// Secrets and keys there are.
    stored: usize,
    known: Vec<String>,
    /// How many more secrets there may be.
    secrets: usize,
    /// The keys there are, or would be by now.
    keys: BTreeSet<String>,
}

impl Operations {
    pub(super) async fn room(&self, project: Id) -> Answer<QuotaReservation> {
        // Those whose time has come are gone for everybody, so they must not take up room.
        self.purge().await?;
        let stored = self.counts.current(&self.storage, project).await;
        let stored = stored.map_err(OperationError::internal("counting the secrets of a project"))?;
        let keys = self.keys.names(project).await?;
        let known = crate::keys::some(&keys);
        Ok(QuotaReservation { stored, known, secrets: self.limits.secrets.saturating_sub(stored), keys })
    }
}

impl QuotaReservation {
    /// Takes what an entry would have taken, or rejects it.
    pub(super) fn take(
        &mut self,
        limits: &Limits,
        entry: &ValidatedEntry,
        decision: &Decision,
        outcome: &mut Outcome,
    ) {
        let Some(secret) = to_be(entry, decision) else { return };
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
