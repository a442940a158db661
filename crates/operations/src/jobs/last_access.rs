//! When values were last read.
//!
//! A read must not cost a durable write. So it is noted in memory, and what was noted is stored together: once a minute,
//! and when the server stops. A crash loses at most what was noted since.

use std::collections::HashMap;

use strongroom_contract::v1;
use strongroom_storage::records::SecretRecord;
use strongroom_storage::{Id, StorageError, Timestamp, View};

use super::last_access_times::Access;
use crate::{Answer, Call, OperationError, Operations, describe};

/// Notes stored in one commit: few enough that callers' commits hardly wait for it. Chosen by us.
const GROUP: usize = 1_000;

impl Operations {
    /// Stores what was noted of reads. Answers how many notes are on disk.
    pub async fn store_last_access_times(&self) -> Answer<usize> {
        let noted = self.last_access.all();
        // One to be stored is one put; half of a group whose secrets are being changed is tried on its own.
        let group = self.storage.limits().operations.clamp(1, GROUP);
        let mut groups: Vec<Vec<_>> = noted.chunks(group).map(<[_]>::to_vec).collect();
        let (mut stored, mut failed) = (0, None);
        while let Some(mut group) = groups.pop() {
            let puts = match self.store_group(&group).await {
                Ok(puts) => puts,
                // The others may still be stored; these are tried again in the next round.
                Err(fault) => {
                    failed = Some(fault);
                    continue;
                }
            };
            match puts {
                Some(puts) => {
                    stored += puts;
                    self.last_access.forget(&group);
                }
                // One secret that never rests is left to the next round.
                None if group.len() > 1 => {
                    let rest = group.split_off(group.len() / 2);
                    groups.extend([rest, group]);
                }
                None => {}
            }
        }
        failed.map_or(Ok(stored), Err)
    }

    /// `None` if one of the secrets has changed in the meantime.
    async fn store_group(&self, group: &[(Id, Access)]) -> Answer<Option<usize>> {
        self.transact_job(|mut tx| async move {
            if tx.is_retry() {
                return Ok(tx.done(None));
            }
            let mut puts = 0;
            for (id, noted) in group {
                let found = match tx.view().secret(noted.project, &noted.name).await {
                    // Nobody can read this secret any more.
                    Err(StorageError::Damaged { .. }) => continue,
                    found => found.map_err(OperationError::internal("reading a secret"))?,
                };
                let Some(secret) = found.filter(|secret| secret.record.id == id.as_bytes()) else { continue };
                // Another replica may have stored a later time.
                let before = self.stored_use(tx.view(), noted.project, &secret.record).await?;
                if before.is_none_or(|before| before < noted.time) {
                    tx.change().put_use(noted.project, &secret, noted.time);
                    puts += 1;
                }
            }
            Ok(tx.done(Some(puts)))
        })
        .await
    }

    /// A secret as callers see it.
    pub(crate) async fn described(
        &self,
        view: &View,
        call: &Call,
        secret: SecretRecord,
    ) -> Answer<v1::Secret> {
        let used = self.last_use(view, call.project(), &secret).await?;
        Ok(describe::secret(secret, &call.caller, used))
    }

    /// When the value was last read, or `None` if it never was.
    pub(crate) async fn last_use(
        &self,
        view: &View,
        project: Id,
        secret: &SecretRecord,
    ) -> Answer<Option<Timestamp>> {
        match self.noted_use(secret)? {
            Some(noted) => Ok(Some(noted)),
            None => self.stored_use(view, project, secret).await,
        }
    }

    /// Secrets that an index leads to, which lie apart, as callers see them.
    pub(crate) async fn described_each(
        &self,
        view: &View,
        call: &Call,
        secrets: Vec<SecretRecord>,
    ) -> Answer<Vec<v1::Secret>> {
        let uses = self.last_uses_by_name(view, call.project(), &secrets).await?;
        let described =
            secrets.into_iter().zip(uses).map(|(secret, used)| describe::secret(secret, &call.caller, used));
        Ok(described.collect())
    }

    /// When the value of each was last read, wherever the secrets lie.
    pub(crate) async fn last_uses_by_name(
        &self,
        view: &View,
        project: Id,
        secrets: &[SecretRecord],
    ) -> Answer<Vec<Option<Timestamp>>> {
        let names: Vec<_> = secrets.iter().map(|secret| secret.name.as_str()).collect();
        let stored = view.last_uses_by_name(project, &names).await;
        let stored = stored.map_err(OperationError::internal("reading when values were read"))?;
        let uses = secrets.iter().zip(stored).map(|(secret, stored)| {
            let own = stored.filter(|stored| stored.secret_id == secret.id);
            let stored = own.map(|stored| Timestamp::from_milliseconds(stored.time));
            Ok(self.noted_use(secret)?.or(stored))
        });
        uses.collect()
    }

    /// Secrets that are neighbours by name, as callers see them.
    pub(crate) async fn described_page(
        &self,
        view: &View,
        call: &Call,
        secrets: Vec<SecretRecord>,
    ) -> Answer<Vec<v1::Secret>> {
        let uses = self.last_uses(view, call.project(), &secrets).await?;
        let described =
            secrets.into_iter().zip(uses).map(|(secret, used)| describe::secret(secret, &call.caller, used));
        Ok(described.collect())
    }

    /// When the value of each was last read, where the secrets are neighbours by name: one read for all of them.
    pub(crate) async fn last_uses(
        &self,
        view: &View,
        project: Id,
        secrets: &[SecretRecord],
    ) -> Answer<Vec<Option<Timestamp>>> {
        let (Some(first), Some(last)) = (secrets.first(), secrets.last()) else { return Ok(Vec::new()) };
        let stored = view.last_uses(project, &first.name, &last.name).await;
        let stored = stored.map_err(OperationError::internal("reading when values were read"))?;
        let stored: HashMap<_, _> = stored
            .into_iter()
            .map(|stored| (stored.secret_id, Timestamp::from_milliseconds(stored.time)))
            .collect();
        let uses = secrets
            .iter()
            .map(|secret| Ok(self.noted_use(secret)?.or_else(|| stored.get(&secret.id).copied())));
        uses.collect()
    }

    fn noted_use(&self, secret: &SecretRecord) -> Answer<Option<Timestamp>> {
        let id =
            Id::from_stored(&secret.id).map_err(OperationError::internal("reading the id of a secret"))?;
        Ok(self.last_access.of(id))
    }

    async fn stored_use(&self, view: &View, project: Id, secret: &SecretRecord) -> Answer<Option<Timestamp>> {
        let stored = view.last_use(project, &secret.name).await;
        let stored = stored.map_err(OperationError::internal("reading when a value was read"))?;
        let own = stored.filter(|stored| stored.secret_id == secret.id);
        Ok(own.map(|stored| Timestamp::from_milliseconds(stored.time)))
    }
}
