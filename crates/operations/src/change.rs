//! Changing stored secrets: load, decide, commit if nothing has moved, and again if it has.

use strongroom_sealing::{Place, Value};
use strongroom_storage::records::{AuditLine, AuditRecord, SecretRecord};
use strongroom_storage::{Change, Id, Outcome, Timestamp, Versioned, View};

use crate::keys::ToSeal;
use crate::safeguards::StagedChange;
use crate::{Answer, Call, OperationError, Operations, Rejection, life_cycle};

/// How a request says which secret it means.
pub(crate) enum Which<'a> {
    Name(&'a str),
    Id(&'a str),
}

/// The outcome of an audit line for what was done; a rejected one carries the code instead.
pub(crate) const DONE: &str = "done";

impl Operations {
    pub(crate) async fn view(&self) -> Answer<View> {
        self.storage.view().await.map_err(OperationError::internal("reading the store"))
    }

    /// True when the change is on disk, or kept back for a pending transaction; false when something it was decided on has moved.
    pub(crate) async fn commit(&self, call: &Call, change: Change) -> Answer<bool> {
        match &call.pending {
            Some(pending) => {
                Ok(pending.stage(StagedChange { change, ..StagedChange::default() }).map(|()| true)?)
            }
            None => {
                let committed = self.write(change).await?;
                self.settle_signed(call, committed).await
            }
        }
    }

    /// The same for what no call asks for.
    pub(crate) async fn write(&self, change: Change) -> Answer<bool> {
        match self.storage.commit(change).await.map_err(OperationError::internal("writing the store"))? {
            Outcome::Committed(_) => Ok(true),
            Outcome::Conflict => Ok(false),
        }
    }

    /// The secret of a name, unless its time has come.
    pub(crate) async fn secret(
        &self,
        view: &View,
        call: &Call,
        project: Id,
        name: &str,
    ) -> Answer<Versioned<SecretRecord>> {
        let found = view.secret(project, name).await.map_err(OperationError::internal("reading a secret"))?;
        Ok(life_cycle::present(found, name, call.now)?)
    }

    /// The secret of an id, unless its time has come or it is another project's.
    pub(crate) async fn secret_by_id(
        &self,
        view: &View,
        call: &Call,
        project: Id,
        id: &str,
    ) -> Answer<Versioned<SecretRecord>> {
        let not_found = || Rejection::SecretIdNotFound { id: id.to_owned() };
        let id = Id::parse(&id.replace('-', "")).ok_or_else(not_found)?;
        let found = view.secret_by_id(id).await.map_err(OperationError::internal("reading a secret"))?;
        let found =
            found.filter(|(of, secret)| *of == project && !life_cycle::is_gone(&secret.record, call.now));
        Ok(found.ok_or_else(not_found)?.1)
    }

    /// Reads a secret, computes its next state with `decide`, and commits the result together with its audit record.
    ///
    /// `decide` returns the new record, or `None` to delete the secret. It is called again with fresh data if another
    /// transaction changed the secret in the meantime. Returns the new record, or the last one of a deleted secret.
    pub(crate) async fn change_secret(
        &self,
        call: &Call,
        project: Id,
        which: Which<'_>,
        decide: impl Fn(&SecretRecord, Timestamp) -> Result<Option<SecretRecord>, Rejection> + Send + Sync,
    ) -> Answer<SecretRecord> {
        let problem = match which {
            Which::Name(name) => strongroom_validation::secret_name(name),
            Which::Id(id) => strongroom_validation::secret_id(id),
        };
        if let Some(problem) = problem {
            return Err(Rejection::invalid(problem).into());
        }
        loop {
            let view = self.view().await?;
            let before = match which {
                Which::Name(name) => self.secret(&view, call, project, name).await?,
                Which::Id(id) => self.secret_by_id(&view, call, project, id).await?,
            };
            let mut change = Change::new();
            let (after, committed) = match decide(&before.record, call.now)? {
                Some(after) => {
                    change
                        .update_secret(project, &before, &after)
                        .map_err(OperationError::internal("changing a secret"))?;
                    self.audit(call, &mut change, 0, vec![line(&after, DONE)])?;
                    (after, self.commit(call, change).await?)
                }
                None => {
                    change
                        .remove_secret(project, &before)
                        .map_err(OperationError::internal("removing a secret"))?;
                    self.audit(call, &mut change, 0, vec![line(&before.record, DONE)])?;
                    (before.record, self.commit_removed(call, change, 1).await?)
                }
            };
            if committed {
                return Ok(after);
            }
        }
    }

    /// The same where `decide` adds a version, whose value is this one. It is sealed anew at each turn, because what it is
    /// bound to, its number, may be another one by then.
    pub(crate) async fn change_value(
        &self,
        call: &Call,
        project: Id,
        name: &str,
        value: &Value,
        decide: impl Fn(&SecretRecord, Timestamp) -> Result<SecretRecord, Rejection> + Send + Sync,
    ) -> Answer<SecretRecord> {
        loop {
            let view = self.view().await?;
            let before = self.secret(&view, call, project, name).await?;
            let after = decide(&before.record, call.now)?;
            let mut change = Change::new();
            change
                .update_secret(project, &before, &after)
                .map_err(OperationError::internal("changing a secret"))?;
            let key = self.keys.to_seal(&view, project, &after.kms_key_id).await?;
            put_value(&mut change, project, &after, &key, value)?;
            self.audit(call, &mut change, 0, vec![line(&after, DONE)])?;
            if self.commit(call, change).await? {
                self.keys.remember(call, project, vec![(after.kms_key_id.clone(), key)]);
                return Ok(after);
            }
        }
    }

    /// Adds the audit record of a call, and that a signed one was carried out. `part` tells the commits of one call apart.
    pub(crate) fn audit(
        &self,
        call: &Call,
        change: &mut Change,
        part: u32,
        lines: Vec<AuditLine>,
    ) -> Answer<()> {
        if let (Some(signed), None) = (&call.signed, &call.pending) {
            signed.put_first(call, change);
        }
        let caller = &call.caller;
        let record = AuditRecord {
            time: call.now.milliseconds(),
            request_id: call.request_id.to_vec(),
            part,
            caller: caller.user_id.to_string(),
            caller_name: caller.user_name.to_string(),
            access_key: caller.access_key.as_deref().unwrap_or_default().to_owned(),
            project_id: caller.project_id.to_string(),
            operation: call.operation.to_owned(),
            event: call.event.to_owned(),
            lines,
        };
        change.audit(caller.project_id, &record).map_err(OperationError::internal("writing the audit record"))
    }

    /// Writes an audit record at once, with no change to go with it.
    pub(crate) async fn audit_apart(&self, call: &Call, part: u32, lines: Vec<AuditLine>) -> Answer<()> {
        let mut change = Change::new();
        self.audit(call, &mut change, part, lines)?;
        // It relies only on its own id being new.
        let _committed = self.write(change).await?;
        Ok(())
    }
}

/// Seals the value of the newest version. A key made for it is stored along.
fn put_value(
    change: &mut Change,
    project: Id,
    secret: &SecretRecord,
    key: &ToSeal,
    value: &Value,
) -> Answer<()> {
    let id = Id::from_stored(&secret.id).map_err(OperationError::internal("reading the id of a secret"))?;
    let version = secret.last_version;
    let place = Place { project: *project.as_bytes(), secret: *id.as_bytes(), version };
    let sealed = key.master.seal(&place, value).map_err(OperationError::internal("sealing a value"))?;
    change.put_value(id, version, sealed);
    key.put(change, project, &secret.kms_key_id);
    Ok(())
}

pub(crate) fn line(secret: &SecretRecord, outcome: &str) -> AuditLine {
    AuditLine {
        secret_name: secret.name.clone(),
        secret_id: secret.id.clone(),
        outcome: outcome.to_owned(),
        ..AuditLine::default()
    }
}
