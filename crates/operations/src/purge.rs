//! Removing what is overdue. Callers do not see it any more; this frees the space.
//!
//! Safe to call twice, and from several replicas at once: a secret that somebody else has removed is a conflict, and the
//! next turn does not find it any more.

use std::collections::BTreeMap;

use strongroom_storage::records::{AuditRecord, SecretRecord};
use strongroom_storage::{Change, Id, Timestamp, Versioned};

use crate::change::{DONE, line};
use crate::{Answer, OperationError, Operations};

/// Secrets looked up and removed at a time: few enough that callers' commits hardly wait for it. Chosen by us.
const GROUP: usize = 100;

/// What the audit record names as its event, beside the documented ones.
const EVENT: &str = "purgeSecret";

impl Operations {
    /// Removes every secret that is overdue beyond doubt. Answers how many.
    pub async fn purge(&self) -> Answer<usize> {
        self.purge_until(self.certain_now().await?).await
    }

    /// Removes the batches whose time has come. Answers how many records are gone. Doing it twice, or at two places, does no
    /// harm.
    pub async fn forget_batches(&self) -> Answer<usize> {
        let (now, mut removed) = (self.certain_now().await?, 0);
        let most = self.storage.limits().operations.saturating_sub(2).clamp(1, GROUP);
        loop {
            let expired = self.view().await?.expired_batches(now, most).await;
            let expired = expired.map_err(OperationError::internal("looking for expired batches"))?;
            if expired.is_empty() {
                return Ok(removed);
            }
            let mut change = Change::new();
            for batch in &expired {
                change.remove_batch(batch);
                removed += batch.records();
            }
            // It relies on nothing, so it cannot conflict.
            let _committed = self.write(change).await?;
        }
    }

    /// Removes the tokens that have expired beyond doubt. Answers how many.
    pub async fn remove_expired_tokens(&self) -> Answer<usize> {
        let removed = self.access.remove_expired_tokens(self.certain_now().await?).await;
        removed.map_err(OperationError::internal("removing expired tokens"))
    }

    pub(crate) async fn purge_until(&self, now: Timestamp) -> Answer<usize> {
        let mut purged = 0;
        loop {
            let overdue = self.view().await?.overdue(now, GROUP).await;
            let overdue = overdue.map_err(OperationError::internal("looking for overdue secrets"))?;
            if overdue.is_empty() {
                return Ok(purged);
            }
            purged += self.remove_overdue(&overdue, now).await?;
        }
    }

    /// Removes these; those that have moved since they were read are left to the next turn. Answers how many are gone.
    pub(crate) async fn remove_overdue(
        &self,
        overdue: &[(Id, Versioned<SecretRecord>)],
        now: Timestamp,
    ) -> Answer<usize> {
        let (mut removed, mut rest) = (0, overdue);
        while !rest.is_empty() {
            let most = self.removable(rest.iter().map(|(_, secret)| &secret.record));
            let (group, after) = rest.split_at(most.min(GROUP));
            rest = after;
            let mut change = Change::new();
            for (project, secret) in group {
                change
                    .remove_secret(*project, secret)
                    .map_err(OperationError::internal("purging a secret"))?;
            }
            let mut projects: BTreeMap<Id, usize> = BTreeMap::new();
            for (project, _) in group {
                *projects.entry(*project).or_default() += 1;
            }
            for project in projects.keys() {
                let own = group.iter().filter(|(of, _)| of == project);
                let record = AuditRecord {
                    time: now.milliseconds(),
                    request_id: uuid::Uuid::new_v4().into_bytes().to_vec(),
                    project_id: project.to_string(),
                    event: EVENT.to_owned(),
                    lines: own.map(|(_, secret)| line(&secret.record, DONE)).collect(),
                    ..AuditRecord::default()
                };
                change
                    .audit(*project, &record)
                    .map_err(OperationError::internal("writing the audit record"))?;
            }
            if self.write_removed(change, projects).await? {
                removed += group.len();
            }
        }
        Ok(removed)
    }
}
