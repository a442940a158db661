//! Storing entries in one durable step: decide what becomes of each, seal, and commit it with the audit record and the
//! batch's report.

use std::collections::BTreeMap;

use strongroom_contract::v1::Outcome;
use strongroom_sealing::Place;
use strongroom_storage::records::{AuditLine, SecretRecord};
use strongroom_storage::{Change, Id, Kept, View};

use super::fate::{FIRST, Fate, Versioned};
use super::judge::{Judged, New, Said};
use super::policy::{Plan, with_new_version};
use super::report::{Report, Told};
use crate::change::{DONE, line};
use crate::counts::Reservation;
use crate::keys::ToSeal;
use crate::{Answer, Call, Denial, Operations, Refusal, life_cycle};

/// The outcome of an audit line for a new version of a secret that was there.
const NEW_VERSION: &str = "new version";

/// The same for a value that a dry run has compared with another.
const COMPARED: &str = "compared";

/// One durable step of a call.
pub(crate) struct Step<'a> {
    pub(crate) call: &'a Call,
    pub(crate) project: Id,
    /// Tells the steps of one call apart.
    pub(crate) part: u32,
    /// Whether a refused entry keeps the others from being stored.
    pub(crate) atomic: bool,
    /// Whether it has to take all entries.
    pub(crate) whole: bool,
    /// What became of the entries before these, of which these may be repetitions.
    pub(crate) before: &'a [Fate],
    /// The batch that it belongs to, if it does to one, and whether no step follows.
    pub(crate) report: Option<&'a Report>,
    pub(crate) last: bool,
}

/// What a step has done.
pub(crate) struct Done {
    /// Of as many of the first entries as it took.
    pub(crate) fates: Vec<Fate>,
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) told: Option<Told>,
}

/// What a look at the store says about entries, and what storing them takes.
#[derive(Default)]
struct Decision {
    /// Secrets whose names are asked for, but whose time has come. With one of them the rest is not decided yet.
    overdue: Vec<(Id, Kept<SecretRecord>)>,
    fates: Vec<Fate>,
    change: Change,
    lines: Vec<AuditLine>,
    /// Secrets whose value was compared with one that was sent.
    compared: Vec<AuditLine>,
    keys: Vec<(String, ToSeal)>,
}

/// The keys that seal, by name, or why one cannot be had; with the places of what each seals.
type Keys = BTreeMap<String, (Result<ToSeal, Refusal>, Vec<usize>)>;

impl Operations {
    /// Stores what may be stored of the entries, or of as many of the first as a commit holds.
    pub(crate) async fn store(&self, step: &Step<'_>, entries: &[Judged]) -> Answer<Done> {
        let wanted = entries.iter().filter(|entry| entry.to_store().is_some()).count();
        let mut reservation = self.reserve(step.project, wanted).await?;
        // Most names are free, and the commit finds out by itself whether all are: only if not, they are looked up. So they
        // are when there is not room for all, because a name that is taken needs none; and when it is known that there
        // will be no commit, or that other names than free ones are meant.
        let withheld = step.atomic && wanted < entries.len();
        let meant = |entry: &Judged| entry.to_store().is_some_and(|new| !new.policy.only_refuses());
        let mut look =
            step.call.is_trial() || withheld || reservation.held() < wanted || entries.iter().any(meant);
        loop {
            let view = self.view().await?;
            let mut decision = self.decide(step, &view, entries, look, &reservation).await?;
            // A name must be free before it is taken again, and a commit touches a record once.
            if !decision.overdue.is_empty() {
                self.remove_overdue(&decision.overdue, step.call.now).await?;
                continue;
            }
            // A dry run leaves no other trace of somebody who tries whether a value is the stored one.
            if step.call.is_dry_run() && !decision.compared.is_empty() {
                self.audit_apart(step.call, step.part, std::mem::take(&mut decision.compared)).await?;
            }
            let pairs = || entries.iter().zip(&decision.fates);
            let outcomes: Vec<_> = pairs().map(|(entry, fate)| fate.outcome(entry)).collect();
            let last = step.last && outcomes.len() == entries.len();
            let records =
                || decision.fates.iter().zip(&outcomes).map(|(fate, own)| fate.recorded(own)).collect();
            let told = match step.report {
                Some(of) if decision.change.is_empty() && of.may_hold() => Some(Told::Held(records())),
                Some(of) => {
                    let put = of.put(&view, &mut decision.change, records(), last, step.call.now);
                    Some(Told::Stored(Box::new(put.await?)))
                }
                None => None,
            };
            let stored = decision.fates.iter().filter(|fate| matches!(fate, Fate::Created)).count();
            let done = Done { fates: std::mem::take(&mut decision.fates), outcomes, told };
            if decision.change.is_empty() {
                return Ok(done);
            }
            if !decision.lines.is_empty() {
                self.audit(step.call, &mut decision.change, step.part, decision.lines)?;
            }
            // A commit while the view is held would have the engine in memory copy everything.
            drop(view);
            match self.commit_stored(step.call, decision.change, reservation, stored).await? {
                None => {
                    self.keys.remember(step.call, step.project, decision.keys);
                    return Ok(done);
                }
                Some(held) => (reservation, look) = (held, true),
            }
        }
    }

    async fn decide(
        &self,
        step: &Step<'_>,
        view: &View,
        entries: &[Judged],
        look: bool,
        reservation: &Reservation,
    ) -> Answer<Decision> {
        let mut decision = Decision::default();
        for entry in entries {
            let fate = match &entry.said {
                Said::Store(new) if look => self.look(step, view, new, &mut decision).await?,
                Said::Store(_) => Fate::Created,
                Said::Again { first, .. } => Fate::Again(*first),
                Said::Wrong { .. } => self.look_too(step, view, entry).await?,
            };
            decision.fates.push(fate);
        }
        if !decision.overdue.is_empty() {
            return Ok(decision);
        }
        self.cut(step, entries, &mut decision.fates)?;
        let keys = self.admit(step, view, entries, &mut decision, reservation).await?;
        share(step.before, entries, &mut decision.fates);
        if step.atomic && decision.fates.iter().any(Fate::is_refused) {
            for fate in decision.fates.iter_mut().filter(|fate| !fate.is_refused()) {
                *fate = Fate::Withheld;
            }
            return Ok(decision);
        }
        for (name, (key, places)) in keys {
            if let Ok(key) = key {
                seal(step.project, entries, &mut decision, name, key, &places)?;
            }
        }
        Ok(decision)
    }

    /// What becomes of an entry that may have the name of a stored secret.
    async fn look(&self, step: &Step<'_>, view: &View, new: &New, decision: &mut Decision) -> Answer<Fate> {
        let found = view.secret(step.project, &new.secret.name).await;
        let Some(existing) = found.map_err(Denial::fault("reading a secret"))? else {
            return Ok(weak(new).map_or(Fate::Created, Fate::Refused));
        };
        if life_cycle::is_gone(&existing.record, step.call.now) {
            if let Err(refusal) = life_cycle::may_replace(&existing.record, self.certain_now().await?) {
                decision.lines.push(line(&existing.record, refusal.code().as_str()));
                return Ok(Fate::Refused(refusal));
            }
            decision.overdue.push((step.project, existing));
            return Ok(Fate::Created);
        }
        let refused = |refusal: Refusal, decision: &mut Decision| {
            decision.lines.push(line(&existing.record, refusal.code().as_str()));
            Fate::Refused(refusal)
        };
        let is_different = match new.policy.plan(&existing.record) {
            Plan::Refuse(refusal) => {
                let all = Refusal::all(weak(new).into_iter().chain([refusal.clone()]));
                return Ok(refused(all.unwrap_or(refusal), decision));
            }
            Plan::Skip => return Ok(Fate::Skipped(Box::new(existing.record))),
            Plan::NewVersion => Ok(true),
            Plan::NewVersionIfDifferent => {
                decision.compared.push(line(&existing.record, COMPARED));
                self.is_different(view, step.project, &existing.record, new).await
            }
        };
        match is_different {
            Ok(true) => {}
            Ok(false) => return Ok(Fate::Unchanged(Box::new(existing.record))),
            Err(Denial::Refused(refusal)) => return Ok(refused(refusal, decision)),
            Err(fault) => return Err(fault),
        }
        if let Some(weak) = weak(new) {
            return Ok(refused(weak, decision));
        }
        match with_new_version(&existing.record, new.binary(), &self.limits, step.call.now) {
            Ok(after) => Ok(Fate::NewVersion(Box::new(Versioned { before: existing, after }))),
            Err(refusal) => Ok(refused(refusal, decision)),
        }
    }

    /// Whether a value is another than the current one. That it was read is not noted: its caller does not get to see it.
    async fn is_different(&self, view: &View, project: Id, secret: &SecretRecord, new: &New) -> Answer<bool> {
        let current = life_cycle::version(secret, "latest")?;
        let value = self.open_value(view, project, secret, current).await?;
        Ok(current.binary != new.binary() || !value.equals(&new.value))
    }

    /// Whether the name of an entry that breaks the rules could not be had either, so that all is told at once.
    async fn look_too(&self, step: &Step<'_>, view: &View, entry: &Judged) -> Answer<Fate> {
        let Said::Wrong { name, refusal, policy } = &entry.said else { return Ok(Fate::Withheld) };
        let mut taken = None;
        if !refusal.problems().iter().any(|problem| problem.field == "name") {
            let found = view.secret(step.project, name).await.map_err(Denial::fault("reading a secret"))?;
            let there = found.filter(|existing| !life_cycle::is_gone(&existing.record, step.call.now));
            if let Some(Plan::Refuse(refusal)) = there.map(|existing| policy.plan(&existing.record)) {
                taken = Some(refusal);
            }
        }
        Ok(Refusal::all([refusal.clone()].into_iter().chain(taken)).map_or(Fate::Withheld, Fate::Refused))
    }

    /// Leaves to the next step what does not fit into this one beside the versions that secrets get.
    fn cut(&self, step: &Step<'_>, entries: &[Judged], fates: &mut Vec<Fate>) -> Answer<()> {
        let bytes = |(entry, fate): (&Judged, &Fate)| entry.bytes() + fate.bytes();
        let most = self.storage.limits().bytes;
        let mut needed = 0;
        let fitting = entries.iter().zip(fates.iter()).map(bytes).take_while(|bytes| {
            needed += bytes;
            needed <= most
        });
        let fitting = fitting.count().max(1);
        if fitting < fates.len() && step.whole {
            let needed = entries.iter().zip(fates.iter()).map(bytes).sum();
            return Err(Refusal::BatchTooLarge { what: "bytes", needed, allowed: most }.into());
        }
        fates.truncate(fitting);
        Ok(())
    }

    /// Finds the keys. Refuses new secrets for which there is no room, and entries
    /// whose key cannot be had, in the order in which they were sent.
    async fn admit(
        &self,
        step: &Step<'_>,
        view: &View,
        entries: &[Judged],
        decision: &mut Decision,
        reservation: &Reservation,
    ) -> Answer<Keys> {
        let (mut keys, mut room) = (Keys::new(), reservation.held());
        for (place, entry) in entries.iter().enumerate() {
            let Some(fate) = decision.fates.get(place) else { break };
            let Some(secret) = to_be(entry, fate) else { continue };
            let is_new = matches!(fate, Fate::Created);
            if is_new && room == 0 {
                refuse(entry, decision, place, reservation.full(self.limits.secrets));
                continue;
            }
            if !keys.contains_key(&secret.kms_key_id) {
                let key = match self.keys.to_seal(view, step.project, &secret.kms_key_id).await {
                    Ok(key) => Ok(key),
                    Err(Denial::Refused(refusal)) => Err(refusal),
                    Err(fault) => return Err(fault),
                };
                keys.insert(secret.kms_key_id.clone(), (key, Vec::new()));
            }
            match keys.get_mut(&secret.kms_key_id) {
                Some((Ok(_), places)) => {
                    places.push(place);
                    room -= usize::from(is_new);
                }
                Some((Err(refusal), _)) => refuse(entry, decision, place, refusal.clone()),
                None => {}
            }
        }
        Ok(keys)
    }
}

fn weak(new: &New) -> Option<Refusal> {
    new.weak.as_deref().cloned()
}

/// The secret as it will be, of an entry that is stored.
pub(super) fn to_be<'a>(entry: &'a Judged, fate: &'a Fate) -> Option<&'a SecretRecord> {
    match fate {
        Fate::Created => entry.to_store().map(|new| &new.secret),
        Fate::NewVersion(versioned) => Some(&versioned.after),
        Fate::Unchanged(_) | Fate::Skipped(_) | Fate::Again(_) | Fate::Refused(_) | Fate::Withheld => None,
    }
}

fn refuse(entry: &Judged, decision: &mut Decision, place: usize, refusal: Refusal) {
    decision.lines.push(AuditLine {
        secret_name: entry.name().to_owned(),
        outcome: refusal.code().as_str().to_owned(),
        ..AuditLine::default()
    });
    if let Some(fate) = decision.fates.get_mut(place) {
        *fate = Fate::Refused(refusal);
    }
}

/// What is refused of an entry is refused of those that say the same.
fn share(before: &[Fate], entries: &[Judged], fates: &mut [Fate]) {
    let start = entries.first().map_or(0, |entry| entry.place.index.saturating_sub(before.len()));
    for place in 0..fates.len() {
        let Some(Fate::Again(first)) = fates.get(place) else { continue };
        let first = first.index.checked_sub(start).and_then(|first| match first.checked_sub(before.len()) {
            Some(own) => fates.get(own),
            None => before.get(first),
        });
        let Some(Fate::Refused(refusal)) = first else { continue };
        let refusal = refusal.clone();
        if let Some(fate) = fates.get_mut(place) {
            *fate = Fate::Refused(refusal);
        }
    }
}

/// Seals the values of one key together, so that randomness is drawn once. A key that seals nothing is not stored.
fn seal(
    project: Id,
    entries: &[Judged],
    decision: &mut Decision,
    name: String,
    key: ToSeal,
    places: &[usize],
) -> Answer<()> {
    let Decision { fates, change, lines, keys, .. } = decision;
    let mut stored = Vec::with_capacity(places.len());
    let mut placed = Vec::with_capacity(places.len());
    for place in places {
        let (Some(entry), Some(fate)) = (entries.get(*place), fates.get(*place)) else { continue };
        let (Some(secret), Some(new)) = (to_be(entry, fate), entry.to_store()) else { continue };
        let id = Id::from_stored(&secret.id).map_err(Denial::fault("reading the id of a secret"))?;
        let place =
            Place { project: *project.as_bytes(), secret: *id.as_bytes(), version: secret.last_version };
        placed.push((place, &new.value));
        stored.push((fate, secret));
    }
    if stored.is_empty() {
        return Ok(());
    }
    let sealed = key.master.seal_all(&placed).map_err(Denial::fault("sealing values"))?;
    for ((fate, secret), ((place, _), value)) in stored.into_iter().zip(placed.iter().zip(sealed)) {
        let written = match fate {
            Fate::NewVersion(versioned) => change.update_secret(project, &versioned.before, secret),
            Fate::Created
            | Fate::Unchanged(_)
            | Fate::Skipped(_)
            | Fate::Again(_)
            | Fate::Refused(_)
            | Fate::Withheld => change.create_secret(project, secret),
        };
        written.map_err(Denial::fault("storing a secret"))?;
        change.put_value(Id::new(place.secret), place.version, value);
        lines.push(line(secret, if place.version == FIRST { DONE } else { NEW_VERSION }));
    }
    key.put(change, project, &name);
    keys.push((name, key));
    Ok(())
}
