//! Removing what is overdue. Callers do not see it any more; this frees the space.
//!
//! Safe to call twice, and from several replicas at once: a secret that somebody else has removed is a conflict, and the
//! next turn does not find it any more.

use strongroom_storage::records::AuditRecord;
use strongroom_storage::records::SecretRecord;
use strongroom_storage::{Change, Id, Kept};

use crate::change::{DONE, line};
use crate::{Answer, Denial, Operations};

/// Secrets removed in one commit: small enough that callers' commits hardly wait for it. Chosen by us.
const GROUP: usize = 100;

/// What the audit record names as its event, beside the documented ones.
const EVENT: &str = "purgeSecret";

impl Operations {
    /// Removes every overdue secret. Answers how many.
    pub async fn purge(&self) -> Answer<usize> {
        let mut purged = 0;
        loop {
            let overdue = self.view().await?.overdue(self.clock.now(), GROUP).await;
            let overdue = overdue.map_err(Denial::fault("looking for overdue secrets"))?;
            if overdue.is_empty() {
                return Ok(purged);
            }
            if self.remove_overdue(&overdue).await? {
                purged += overdue.len();
            }
        }
    }

    /// False when one of them has moved since it was read.
    pub(crate) async fn remove_overdue(&self, overdue: &[(Id, Kept<SecretRecord>)]) -> Answer<bool> {
        let mut change = Change::new();
        let request_id = uuid::Uuid::new_v4().into_bytes().to_vec();
        let mut projects: Vec<Id> = Vec::new();
        for (project, secret) in overdue {
            change.remove_secret(*project, secret).map_err(Denial::fault("purging a secret"))?;
            if !projects.contains(project) {
                projects.push(*project);
            }
        }
        for project in projects {
            let own = overdue.iter().filter(|(of, _)| *of == project);
            let record = AuditRecord {
                time: self.clock.now().milliseconds(),
                request_id: request_id.clone(),
                project_id: project.to_string(),
                event: EVENT.to_owned(),
                lines: own.map(|(_, secret)| line(&secret.record, DONE)).collect(),
                ..AuditRecord::default()
            };
            change.audit(project, &record).map_err(Denial::fault("writing the audit record"))?;
        }
        self.commit(change).await
    }
}
