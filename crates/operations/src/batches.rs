//! Many secrets in one call: loops over the single step, sealed together and committed together.

mod batch_delete_secrets;
mod batch_import_secrets;

use std::collections::BTreeMap;

use prost::Message;
use strongroom_sealing::{Place, Sealed, Value};
use strongroom_storage::records::SecretRecord;
use strongroom_storage::{Change, Id, Kept, View};

use crate::change::{DONE, line};
use crate::{Answer, Call, Denial, Operations, Refusal, life_cycle};

/// A new secret, its value sealed.
pub(crate) struct Ready {
    /// Place of the entry in the request.
    pub(crate) index: usize,
    pub(crate) secret: SecretRecord,
    value: Sealed,
}

impl Ready {
    /// About how much of a commit it takes.
    fn bytes(&self) -> usize {
        self.secret.encoded_len() + self.value.as_bytes().len()
    }
}

/// The first version of a secret.
const FIRST: u32 = 1;

impl Operations {
    /// Seals the values of new secrets, each under the key its record names.
    pub(crate) async fn seal(
        &self,
        project: Id,
        new: Vec<(usize, SecretRecord, Value)>,
    ) -> Answer<Vec<Ready>> {
        let mut by_key: BTreeMap<String, Vec<(usize, SecretRecord, Value)>> = BTreeMap::new();
        for entry in new {
            by_key.entry(entry.1.kms_key_id.clone()).or_default().push(entry);
        }
        let mut ready = Vec::new();
        for (name, entries) in by_key {
            let key = self.keys.to_seal(&self.storage, project, &name).await?;
            let mut placed = Vec::with_capacity(entries.len());
            for (_, secret, value) in &entries {
                let id = Id::from_stored(&secret.id).map_err(Denial::fault("making the id of a secret"))?;
                placed.push((
                    Place { project: *project.as_bytes(), secret: *id.as_bytes(), version: FIRST },
                    value,
                ));
            }
            let sealed = key.seal_all(&placed).map_err(Denial::fault("sealing values"))?;
            let sealed = entries.into_iter().zip(sealed);
            ready.extend(sealed.map(|((index, secret, _), value)| Ready { index, secret, value }));
        }
        ready.sort_by_key(|entry| entry.index);
        Ok(ready)
    }

    /// Stores new secrets in one durable step. Answers for each in turn why it was refused, or nothing.
    pub(crate) async fn store(
        &self,
        call: &Call,
        project: Id,
        part: u32,
        ready: &[Ready],
    ) -> Answer<Vec<Option<Refusal>>> {
        loop {
            let view = self.view().await?;
            let (mut change, mut refusals, mut lines) =
                (Change::new(), Vec::with_capacity(ready.len()), Vec::new());
            let mut overdue = Vec::new();
            for new in ready {
                match self.stored(&view, project, &new.secret.name).await? {
                    Some(old) if life_cycle::is_gone(&old.record, self.clock.now()) => {
                        overdue.push((project, old))
                    }
                    Some(old) => {
                        let refusal = life_cycle::taken(&old.record);
                        lines.push(line(&old.record, refusal.code().as_str()));
                        refusals.push(Some(refusal));
                    }
                    None => {
                        self.put(&mut change, project, new)?;
                        lines.push(line(&new.secret, DONE));
                        refusals.push(None);
                    }
                }
            }
            // A name must be free before it is taken again, and a commit touches a record once.
            if !overdue.is_empty() {
                self.remove_overdue(&overdue).await?;
                continue;
            }
            if change.is_empty() {
                return Ok(refusals);
            }
            self.audit(call, &mut change, part, lines)?;
            if self.commit(change).await? {
                return Ok(refusals);
            }
        }
    }

    fn put(&self, change: &mut Change, project: Id, new: &Ready) -> Answer<()> {
        let id = Id::from_stored(&new.secret.id).map_err(Denial::fault("making the id of a secret"))?;
        change.create_secret(project, &new.secret).map_err(Denial::fault("storing a secret"))?;
        change.put_value(id, FIRST, &new.value);
        Ok(())
    }

    async fn stored(&self, view: &View, project: Id, name: &str) -> Answer<Option<Kept<SecretRecord>>> {
        view.secret(project, name).await.map_err(Denial::fault("reading a secret"))
    }
}
