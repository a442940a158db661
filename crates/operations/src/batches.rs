//! Many secrets in one call: loops over the single step, sealed together and committed together.

mod batch_cancel_deletions;
mod batch_delete_secrets;
mod batch_import_secrets;
mod import_secrets_stream;
mod import_secrets_with_progress;
mod list_batches;
pub(crate) mod report;
pub(crate) mod outcome;
mod show_batch;
mod undo_batch;

use std::collections::BTreeMap;

use prost::Message;
use strongroom_sealing::{Place, Value};
use strongroom_storage::records::{AuditLine, SecretRecord};
use strongroom_storage::{Change, Id, Kept, View};

use crate::change::{DONE, line};
use crate::counts::Reservation;
use crate::keys::ToSeal;
use crate::{Answer, Call, Denial, Operations, Refusal, life_cycle};

/// A new secret and its value, not sealed yet.
pub(crate) struct New {
    /// Place of the entry in the request.
    pub(crate) index: usize,
    pub(crate) secret: SecretRecord,
    pub(crate) value: Value,
}

/// The first version of a secret.
const FIRST: u32 = 1;

/// Bytes a new secret takes in a commit beside its record and its value: keys, index entries, an audit line. Each is
/// bounded by the rules; the instance, up to 1,024 characters, stands in three of them.
const BESIDE: usize = 8 * 1024;

impl New {
    /// At most how much of a commit it takes.
    fn bytes(&self) -> usize {
        self.secret.encoded_len() + self.value.expose().len() + BESIDE
    }
}

/// What a look at the store says about new secrets: who is refused, and what storing the others takes.
#[derive(Default)]
struct Decision {
    /// Secrets whose names are asked for, but whose time has come. With one of them the rest is not decided yet.
    overdue: Vec<(Id, Kept<SecretRecord>)>,
    refusals: Vec<Option<Refusal>>,
    change: Change,
    lines: Vec<AuditLine>,
    keys: Vec<(String, ToSeal)>,
}

impl Operations {
    /// Stores new secrets in one durable step. Answers for each in turn why it was refused, or nothing.
    pub(crate) async fn store(
        &self,
        call: &Call,
        project: Id,
        part: u32,
        new: &[New],
    ) -> Answer<Vec<Option<Refusal>>> {
        let mut reservation = self.reserve(project, new.len(), call.now).await?;
        // Most names are free, and the commit finds out by itself whether all are: only if not, they are looked up. So they
        // are when there is not room for all, because a name that is taken needs none.
        let mut look = call.is_trial() || reservation.held() < new.len();
        loop {
            let view = self.view().await?;
            let mut decision = self.decide(&view, call, project, new, look, &reservation).await?;
            // A name must be free before it is taken again, and a commit touches a record once.
            if !decision.overdue.is_empty() {
                self.remove_overdue(&decision.overdue, call.now).await?;
                continue;
            }
            if decision.change.is_empty() {
                return Ok(decision.refusals);
            }
            self.audit(call, &mut decision.change, part, decision.lines)?;
            let stored = decision.refusals.iter().filter(|refusal| refusal.is_none()).count();
            match self.commit_stored(call, decision.change, reservation, stored).await? {
                None => {
                    self.keys.remember(call, project, decision.keys);
                    return Ok(decision.refusals);
                }
                Some(held) => (reservation, look) = (held, true),
            }
        }
    }

    async fn decide(
        &self,
        view: &View,
        call: &Call,
        project: Id,
        new: &[New],
        look: bool,
        reservation: &Reservation,
    ) -> Answer<Decision> {
        let (mut decision, mut room) = (Decision::default(), reservation.held());
        let mut by_key: BTreeMap<&str, Vec<(usize, &New)>> = BTreeMap::new();
        for (position, entry) in new.iter().enumerate() {
            let old = match look {
                true => view.secret(project, &entry.secret.name).await,
                false => Ok(None),
            };
            match old.map_err(Denial::fault("reading a secret"))? {
                Some(old) if life_cycle::is_gone(&old.record, call.now) => {
                    decision.overdue.push((project, old))
                }
                Some(old) => {
                    let refusal = life_cycle::taken(&old.record);
                    decision.lines.push(line(&old.record, refusal.code().as_str()));
                    decision.refusals.push(Some(refusal));
                }
                None if room == 0 => {
                    let refusal = Refusal::TooManySecrets {
                        current: reservation.current(),
                        allowed: self.limits.secrets,
                    };
                    let name = entry.secret.name.clone();
                    let outcome = refusal.code().as_str().to_owned();
                    decision.lines.push(AuditLine { secret_name: name, outcome, ..AuditLine::default() });
                    decision.refusals.push(Some(refusal));
                }
                None => {
                    room -= 1;
                    by_key.entry(&entry.secret.kms_key_id).or_default().push((position, entry));
                    decision.refusals.push(None);
                }
            }
        }
        if !decision.overdue.is_empty() {
            return Ok(decision);
        }
        for (name, entries) in by_key {
            match self.keys.to_seal(view, project, name).await {
                Ok(key) => seal(&mut decision, project, name, key, &entries)?,
                Err(Denial::Refused(refusal)) => {
                    for (position, _) in entries {
                        if let Some(place) = decision.refusals.get_mut(position) {
                            *place = Some(refusal.clone());
                        }
                    }
                }
                Err(fault) => return Err(fault),
            }
        }
        Ok(decision)
    }

    /// How many new secrets a commit can hold when each takes so many records; one is left for the audit record.
    fn secrets_in_a_commit(&self, records: usize) -> usize {
        (self.storage.limits().operations.saturating_sub(1) / records).max(1)
    }

    /// How many of the first secrets a commit can remove with all that belongs to them; at least one, so that the engine
    /// can say what is too large.
    pub(crate) fn removable<'a>(&self, secrets: impl Iterator<Item = &'a SecretRecord>) -> usize {
        let mut left = self.storage.limits().operations;
        let removable = secrets.map_while(|secret| {
            left = left.checked_sub(records_of(secret))?;
            Some(())
        });
        removable.count().max(1)
    }
}

/// At most how many records removing a secret touches: itself, its entries by id, due time and instance, when it was read,
/// the audit record of its project, and one for each of what it may have several of.
fn records_of(secret: &SecretRecord) -> usize {
    6 + secret.versions.len() + secret.tags.len() + secret.event_subscriptions.len()
}

/// Seals the values of one key together, so that randomness is drawn once.
fn seal(
    decision: &mut Decision,
    project: Id,
    name: &str,
    key: ToSeal,
    entries: &[(usize, &New)],
) -> Answer<()> {
    let mut placed = Vec::with_capacity(entries.len());
    for (_, entry) in entries {
        let id = Id::from_stored(&entry.secret.id).map_err(Denial::fault("making the id of a secret"))?;
        let place = Place { project: *project.as_bytes(), secret: *id.as_bytes(), version: FIRST };
        placed.push((place, &entry.value));
    }
    let sealed = key.master.seal_all(&placed).map_err(Denial::fault("sealing values"))?;
    for ((_, entry), ((place, _), value)) in entries.iter().zip(placed.iter().zip(&sealed)) {
        decision.change.create_secret(project, &entry.secret).map_err(Denial::fault("storing a secret"))?;
        decision.change.put_value(Id::new(place.secret), FIRST, value);
        decision.lines.push(line(&entry.secret, DONE));
    }
    key.put(&mut decision.change, project, name);
    decision.keys.push((name.to_owned(), key));
    Ok(())
}
