//! Reading and changing one secret in a transaction.

use strongroom_contract::v1;
use strongroom_sealing::{Place, Value};
use strongroom_storage::records::{AuditLine, SecretRecord};
use strongroom_storage::{Id, Versioned};

use super::{DONE, Transaction};
use crate::{Answer, OperationError};

/// How a request says which secret it means.
#[derive(Clone, Copy)]
pub(crate) enum SecretRef<'a> {
    Name(&'a str),
    Id(&'a str),
}

impl Transaction<'_> {
    /// The secret that the request means, unless it is past its deletion date.
    ///
    /// # Errors
    /// `InvalidParameter` if it cannot be the name or the id of a secret, `SecretNotFound` or `NotFound` if there is none.
    pub(crate) async fn secret(&self, target: SecretRef<'_>) -> Answer<Versioned<SecretRecord>> {
        self.operations.secret(&self.view, self.call()?, target).await
    }

    /// Stages the next state of a secret. A version that it no longer has loses its value.
    pub(crate) fn update_secret(
        &mut self,
        before: &Versioned<SecretRecord>,
        after: &SecretRecord,
    ) -> Answer<()> {
        let project = self.call()?.project();
        let updated = self.change.update_secret(project, before, after);
        updated.map_err(OperationError::internal("changing a secret"))?;
        self.audit([audit_line(after, DONE)]);
        Ok(())
    }

    /// Seals and stages the value of the newest version, with the key that seals it if that is new.
    pub(crate) async fn put_newest_value(&mut self, secret: &SecretRecord, value: &Value) -> Answer<()> {
        let project = self.call()?.project();
        let key = self.operations.keys.to_seal(&self.view, project, &secret.kms_key_id).await?;
        let id =
            Id::from_stored(&secret.id).map_err(OperationError::internal("reading the id of a secret"))?;
        let version = secret.last_version;
        let place = Place { project: *project.as_bytes(), secret: *id.as_bytes(), version };
        let sealed = key.master.seal(&place, value).map_err(OperationError::internal("sealing a value"))?;
        self.change.put_value(id, version, sealed);
        self.seal_with(project, &secret.kms_key_id, key);
        Ok(())
    }

    /// Stages the deletion of a secret with all its values.
    pub(crate) fn delete_secret(&mut self, secret: &Versioned<SecretRecord>) -> Answer<()> {
        let project = self.call()?.project();
        let removed = self.change.remove_secret(project, secret);
        removed.map_err(OperationError::internal("deleting a secret"))?;
        self.audit([audit_line(&secret.record, DONE)]);
        self.count_removed(project, 1);
        Ok(())
    }

    /// A secret as callers see it.
    pub(crate) async fn describe(&self, secret: SecretRecord) -> Answer<v1::Secret> {
        self.operations.described(&self.view, self.call()?, secret).await
    }
}

pub(crate) fn audit_line(secret: &SecretRecord, outcome: &str) -> AuditLine {
    AuditLine {
        secret_name: secret.name.clone(),
        secret_id: secret.id.clone(),
        outcome: outcome.to_owned(),
        ..AuditLine::default()
    }
}
