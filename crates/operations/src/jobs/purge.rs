//! Removing secrets past their deletion date. Callers do not see them any more; this frees the space.
//!
//! Safe to run twice, and on several replicas: a secret that another one has removed is a conflict, and the next attempt does
//! not find it any more.

use std::collections::BTreeMap;

use strongroom_storage::records::{AuditLine, AuditRecord, SecretRecord};
use strongroom_storage::{Id, Timestamp, Versioned};

use crate::transaction::{DONE, Transaction, audit_line};
use crate::{Answer, OperationError, Operations};

/// Secrets removed per commit. Chosen by us: few enough that callers' commits hardly wait for it.
const GROUP: usize = 100;

/// The event of the audit record, beside the documented ones.
const EVENT: &str = "purgeSecret";

impl Operations {
    /// Removes every secret whose deletion date has passed beyond doubt. Returns how many.
    pub async fn purge(&self) -> Answer<usize> {
        let (now, mut purged) = (self.certain_now().await?, 0);
        loop {
            let removed = self
                .transact_job(|mut tx| async move {
                    let expired = tx.view().overdue(now, GROUP).await;
                    let expired = expired.map_err(OperationError::internal("looking for expired secrets"))?;
                    let removable = self.removable(expired.iter().map(|(_, secret)| &secret.record));
                    let removed = expired.iter().take(removable).map(|(project, secret)| (*project, secret));
                    let removed = tx.purge(removed, now)?;
                    Ok(tx.done(removed))
                })
                .await?;
            if removed == 0 {
                return Ok(purged);
            }
            purged += removed;
        }
    }

    /// Removes secrets past their deletion date, so that their names can be taken. Those that have changed since they were
    /// read stay.
    pub(crate) async fn purge_secrets(
        &self,
        project: Id,
        expired: &[Versioned<SecretRecord>],
        now: Timestamp,
    ) -> Answer<()> {
        let mut rest = expired;
        while !rest.is_empty() {
            let removable = self.removable(rest.iter().map(|secret| &secret.record));
            let (group, after) = rest.split_at(removable.min(GROUP));
            rest = after;
            self.transact_job(|mut tx| async move {
                if !tx.is_retry() {
                    tx.purge(group.iter().map(|secret| (project, secret)), now)?;
                }
                Ok(tx.done(()))
            })
            .await?;
        }
        Ok(())
    }
}

impl Transaction<'_> {
    fn purge<'s>(
        &mut self,
        secrets: impl IntoIterator<Item = (Id, &'s Versioned<SecretRecord>)>,
        now: Timestamp,
    ) -> Answer<usize> {
        let mut lines: BTreeMap<Id, Vec<AuditLine>> = BTreeMap::new();
        for (project, secret) in secrets {
            let removed = self.change().remove_secret(project, secret);
            removed.map_err(OperationError::internal("purging a secret"))?;
            lines.entry(project).or_default().push(audit_line(&secret.record, DONE));
        }
        let mut purged = 0;
        for (project, lines) in lines {
            purged += lines.len();
            self.count_removed(project, lines.len());
            let record = AuditRecord {
                time: now.milliseconds(),
                request_id: uuid::Uuid::new_v4().into_bytes().to_vec(),
                project_id: project.to_string(),
                event: EVENT.to_owned(),
                lines,
                ..AuditRecord::default()
            };
            let written = self.change().audit(project, &record);
            written.map_err(OperationError::internal("writing the audit record"))?;
        }
        Ok(purged)
    }
}
