//! Storing entries in one durable transaction: decide what becomes of each, seal, and commit it with the audit record and the
//! batch's report.

use std::collections::BTreeMap;

use strongroom_contract::v1::Outcome;
use strongroom_sealing::Place;
use strongroom_storage::records::{AuditLine, SecretRecord};
use strongroom_storage::{Change, Id, Versioned, View};

use super::decision::{Decision, FIRST, UpdatedSecret};
use super::policy::{Plan, with_new_version};
use super::report::{JournalState, Report};
use super::validate::{New, ParsedEntry, ValidatedEntry};
use crate::change::{DONE, line};
use crate::counts::Reservation;
use crate::keys::ToSeal;
use crate::{Answer, Call, OperationError, Operations, Rejection, life_cycle};

/// The outcome of an audit line for a new version of a secret that was there.
const NEW_VERSION: &str = "new version";

/// The same for a value that a dry run has compared with another.
const COMPARED: &str = "compared";

/// One transaction of an import.
pub(crate) struct ImportTransaction<'a> {
    pub(crate) call: &'a Call,
    pub(crate) project: Id,
    /// The number of this transaction within the call.
    pub(crate) part: u32,
    /// True if one rejected entry rejects all others.
    pub(crate) atomic: bool,
    /// True if all entries must fit into this transaction.
    pub(crate) whole: bool,
    /// The decisions on earlier entries, which these may repeat.
    pub(crate) before: &'a [Decision],
    /// The batch it belongs to, and whether it is the last transaction of it.
    pub(crate) report: Option<&'a Report>,
    pub(crate) last: bool,
}

/// The result of a transaction.
pub(crate) struct Done {
    /// One for each entry it took, which may be fewer than it was given.
    pub(crate) decisions: Vec<Decision>,
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) told: Option<JournalState>,
}

/// What a look at the store says about entries, and what storing them takes.
#[derive(Default)]
struct WritePlan {
    /// Secrets whose names are asked for, but whose time has come. With one of them the rest is not decided yet.
    overdue: Vec<(Id, Versioned<SecretRecord>)>,
    decisions: Vec<Decision>,
    change: Change,
    lines: Vec<AuditLine>,
    /// Secrets whose value was compared with one that was sent.
    compared: Vec<AuditLine>,
    keys: Vec<(String, ToSeal)>,
}

/// The keys that seal, by name, or why one cannot be had; with the places of what each seals.
type Keys = BTreeMap<String, (Result<ToSeal, Rejection>, Vec<usize>)>;

impl Operations {
    /// Stores what may be stored of the entries, or of as many of the first as a commit holds.
    pub(crate) async fn store(
        &self,
        transaction: &ImportTransaction<'_>,
        entries: &[ValidatedEntry],
    ) -> Answer<Done> {
        let wanted = entries.iter().filter(|entry| entry.to_store().is_some()).count();
        let mut reservation = self.reserve(transaction.project, wanted).await?;
        // Most names are free, and the commit finds out by itself whether all are: only if not, they are looked up. So they
        // are when there is not room for all, because a name that is taken needs none; and when it is known that there
        // will be no commit, or that other names than free ones are meant.
        let withheld = transaction.atomic && wanted < entries.len();
        let meant = |entry: &ValidatedEntry| entry.to_store().is_some_and(|new| !new.policy.only_rejects());
        let mut look = transaction.call.is_pending()
            || withheld
            || reservation.held() < wanted
            || entries.iter().any(meant);
        loop {
            let view = self.view().await?;
            let mut plan = self.decide(transaction, &view, entries, look, &reservation).await?;
            // A name must be free before it is taken again, and a commit touches a record once.
            if !plan.overdue.is_empty() {
                self.remove_overdue(&plan.overdue, transaction.call.now).await?;
                continue;
            }
            // A dry run leaves no other trace of somebody who tries whether a value is the stored one.
            if transaction.call.is_dry_run() && !plan.compared.is_empty() {
                self.audit_apart(transaction.call, transaction.part, std::mem::take(&mut plan.compared))
                    .await?;
            }
            let pairs = || entries.iter().zip(&plan.decisions);
            let outcomes: Vec<_> = pairs().map(|(entry, decision)| decision.outcome(entry)).collect();
            let last = transaction.last && outcomes.len() == entries.len();
            let records = || {
                plan.decisions.iter().zip(&outcomes).map(|(decision, own)| decision.recorded(own)).collect()
            };
            let told = match transaction.report {
                Some(of) if plan.change.is_empty() && of.may_hold() => Some(JournalState::Held(records())),
                Some(of) => {
                    let put = of.put(&view, &mut plan.change, records(), last, transaction.call.now);
                    Some(JournalState::Stored(Box::new(put.await?)))
                }
                None => None,
            };
            let stored =
                plan.decisions.iter().filter(|decision| matches!(decision, Decision::Created)).count();
            let done = Done { decisions: std::mem::take(&mut plan.decisions), outcomes, told };
            if plan.change.is_empty() {
                return Ok(done);
            }
            if !plan.lines.is_empty() {
                self.audit(transaction.call, &mut plan.change, transaction.part, plan.lines)?;
            }
            // A commit while the view is held would have the engine in memory copy everything.
            drop(view);
            match self.commit_stored(transaction.call, plan.change, reservation, stored).await? {
                None => {
                    self.keys.remember(transaction.call, transaction.project, plan.keys);
                    return Ok(done);
                }
                Some(held) => (reservation, look) = (held, true),
            }
        }
    }

    async fn decide(
        &self,
        transaction: &ImportTransaction<'_>,
        view: &View,
        entries: &[ValidatedEntry],
        look: bool,
        reservation: &Reservation,
    ) -> Answer<WritePlan> {
        let mut plan = WritePlan::default();
        for entry in entries {
            let decision = match &entry.said {
                ParsedEntry::Store(new) if look => self.look(transaction, view, new, &mut plan).await?,
                ParsedEntry::Store(_) => Decision::Created,
                ParsedEntry::Again { first, .. } => Decision::Again(*first),
                ParsedEntry::Wrong { .. } => self.decide_fresh(transaction, view, entry).await?,
            };
            plan.decisions.push(decision);
        }
        if !plan.overdue.is_empty() {
            return Ok(plan);
        }
        self.cut(transaction, entries, &mut plan.decisions)?;
        let keys = self.admit(transaction, view, entries, &mut plan, reservation).await?;
        share(transaction.before, entries, &mut plan.decisions);
        if transaction.atomic && plan.decisions.iter().any(Decision::is_rejected) {
            for decision in plan.decisions.iter_mut().filter(|decision| !decision.is_rejected()) {
                *decision = Decision::Withheld;
            }
            return Ok(plan);
        }
        for (name, (key, places)) in keys {
            if let Ok(key) = key {
                seal(transaction.project, entries, &mut plan, name, key, &places)?;
            }
        }
        Ok(plan)
    }

    /// What becomes of an entry that may have the name of a stored secret.
    async fn look(
        &self,
        transaction: &ImportTransaction<'_>,
        view: &View,
        new: &New,
        plan: &mut WritePlan,
    ) -> Answer<Decision> {
        let found = view.secret(transaction.project, &new.secret.name).await;
        let Some(existing) = found.map_err(OperationError::internal("reading a secret"))? else {
            return Ok(weak(new).map_or(Decision::Created, Decision::Rejected));
        };
        if life_cycle::is_gone(&existing.record, transaction.call.now) {
            if let Err(rejection) = life_cycle::may_replace(&existing.record, self.certain_now().await?) {
                plan.lines.push(line(&existing.record, rejection.code().as_str()));
                return Ok(Decision::Rejected(rejection));
            }
            plan.overdue.push((transaction.project, existing));
            return Ok(Decision::Created);
        }
        let rejected = |rejection: Rejection, plan: &mut WritePlan| {
            plan.lines.push(line(&existing.record, rejection.code().as_str()));
            Decision::Rejected(rejection)
        };
        let is_different = match new.policy.plan(&existing.record) {
            Plan::Reject(rejection) => {
                let all = Rejection::all(weak(new).into_iter().chain([rejection.clone()]));
                return Ok(rejected(all.unwrap_or(rejection), plan));
            }
            Plan::Skip => return Ok(Decision::Skipped(Box::new(existing.record))),
            Plan::NewVersion => Ok(true),
            Plan::NewVersionIfDifferent => {
                plan.compared.push(line(&existing.record, COMPARED));
                self.is_different(view, transaction.project, &existing.record, new).await
            }
        };
        match is_different {
            Ok(true) => {}
            Ok(false) => return Ok(Decision::Unchanged(Box::new(existing.record))),
            Err(OperationError::Rejected(rejection)) => return Ok(rejected(rejection, plan)),
            Err(fault) => return Err(fault),
        }
        if let Some(weak) = weak(new) {
            return Ok(rejected(weak, plan));
        }
        match with_new_version(&existing.record, new.binary(), &self.limits, transaction.call.now) {
            Ok(after) => Ok(Decision::NewVersion(Box::new(UpdatedSecret { before: existing, after }))),
            Err(rejection) => Ok(rejected(rejection, plan)),
        }
    }

    /// Whether a value is another than the current one. That it was read is not noted: its caller does not get to see it.
    async fn is_different(&self, view: &View, project: Id, secret: &SecretRecord, new: &New) -> Answer<bool> {
        let current = life_cycle::version(secret, "latest")?;
        let value = self.open_value(view, project, secret, current).await?;
        Ok(current.binary != new.binary() || !value.equals(&new.value))
    }

    /// Whether the name of an entry that breaks the rules could not be had either, so that all is told at once.
    async fn decide_fresh(
        &self,
        transaction: &ImportTransaction<'_>,
        view: &View,
        entry: &ValidatedEntry,
    ) -> Answer<Decision> {
        let ParsedEntry::Wrong { name, rejection, policy } = &entry.said else {
            return Ok(Decision::Withheld);
        };
        let mut taken = None;
        if !rejection.problems().iter().any(|problem| problem.field == "name") {
            let found = view
                .secret(transaction.project, name)
                .await
                .map_err(OperationError::internal("reading a secret"))?;
            let there = found.filter(|existing| !life_cycle::is_gone(&existing.record, transaction.call.now));
            if let Some(Plan::Reject(rejection)) = there.map(|existing| policy.plan(&existing.record)) {
                taken = Some(rejection);
            }
        }
        Ok(Rejection::all([rejection.clone()].into_iter().chain(taken))
            .map_or(Decision::Withheld, Decision::Rejected))
    }

    /// Leaves to the next transaction what does not fit into this one beside the versions that secrets get.
    fn cut(
        &self,
        transaction: &ImportTransaction<'_>,
        entries: &[ValidatedEntry],
        decisions: &mut Vec<Decision>,
    ) -> Answer<()> {
        let bytes = |(entry, decision): (&ValidatedEntry, &Decision)| entry.bytes() + decision.bytes();
        let most = self.storage.limits().bytes;
        let mut needed = 0;
        let fitting = entries.iter().zip(decisions.iter()).map(bytes).take_while(|bytes| {
            needed += bytes;
            needed <= most
        });
        let fitting = fitting.count().max(1);
        if fitting < decisions.len() && transaction.whole {
            let needed = entries.iter().zip(decisions.iter()).map(bytes).sum();
            return Err(Rejection::BatchTooLarge { what: "bytes", needed, allowed: most }.into());
        }
        decisions.truncate(fitting);
        Ok(())
    }

    /// Finds the keys. Rejects new secrets for which there is no room, and entries
    /// whose key cannot be had, in the order in which they were sent.
    async fn admit(
        &self,
        transaction: &ImportTransaction<'_>,
        view: &View,
        entries: &[ValidatedEntry],
        plan: &mut WritePlan,
        reservation: &Reservation,
    ) -> Answer<Keys> {
        let (mut keys, mut room) = (Keys::new(), reservation.held());
        for (place, entry) in entries.iter().enumerate() {
            let Some(decision) = plan.decisions.get(place) else { break };
            let Some(secret) = to_be(entry, decision) else { continue };
            let is_new = matches!(decision, Decision::Created);
            if is_new && room == 0 {
                reject(entry, plan, place, reservation.full(self.limits.secrets));
                continue;
            }
            if !keys.contains_key(&secret.kms_key_id) {
                let key = match self.keys.to_seal(view, transaction.project, &secret.kms_key_id).await {
                    Ok(key) => Ok(key),
                    Err(OperationError::Rejected(rejection)) => Err(rejection),
                    Err(fault) => return Err(fault),
                };
                keys.insert(secret.kms_key_id.clone(), (key, Vec::new()));
            }
            match keys.get_mut(&secret.kms_key_id) {
                Some((Ok(_), places)) => {
                    places.push(place);
                    room -= usize::from(is_new);
                }
                Some((Err(rejection), _)) => reject(entry, plan, place, rejection.clone()),
                None => {}
            }
        }
        Ok(keys)
    }
}

fn weak(new: &New) -> Option<Rejection> {
    new.weak.as_deref().cloned()
}

/// The secret as it will be, of an entry that is stored.
pub(super) fn to_be<'a>(entry: &'a ValidatedEntry, decision: &'a Decision) -> Option<&'a SecretRecord> {
    match decision {
        Decision::Created => entry.to_store().map(|new| &new.secret),
        Decision::NewVersion(versioned) => Some(&versioned.after),
        Decision::Unchanged(_)
        | Decision::Skipped(_)
        | Decision::Again(_)
        | Decision::Rejected(_)
        | Decision::Withheld => None,
    }
}

fn reject(entry: &ValidatedEntry, plan: &mut WritePlan, place: usize, rejection: Rejection) {
    plan.lines.push(AuditLine {
        secret_name: entry.name().to_owned(),
        outcome: rejection.code().as_str().to_owned(),
        ..AuditLine::default()
    });
    if let Some(decision) = plan.decisions.get_mut(place) {
        *decision = Decision::Rejected(rejection);
    }
}

/// What is rejected of an entry is rejected of those that say the same.
fn share(before: &[Decision], entries: &[ValidatedEntry], decisions: &mut [Decision]) {
    let start = entries.first().map_or(0, |entry| entry.place.index.saturating_sub(before.len()));
    for place in 0..decisions.len() {
        let Some(Decision::Again(first)) = decisions.get(place) else { continue };
        let first = first.index.checked_sub(start).and_then(|first| match first.checked_sub(before.len()) {
            Some(own) => decisions.get(own),
            None => before.get(first),
        });
        let Some(Decision::Rejected(rejection)) = first else { continue };
        let rejection = rejection.clone();
        if let Some(decision) = decisions.get_mut(place) {
            *decision = Decision::Rejected(rejection);
        }
    }
}

/// Seals the values of one key together, so that randomness is drawn once. A key that seals nothing is not stored.
fn seal(
    project: Id,
    entries: &[ValidatedEntry],
    plan: &mut WritePlan,
    name: String,
    key: ToSeal,
    places: &[usize],
) -> Answer<()> {
    let WritePlan { decisions, change, lines, keys, .. } = plan;
    let mut stored = Vec::with_capacity(places.len());
    let mut placed = Vec::with_capacity(places.len());
    for place in places {
        let (Some(entry), Some(decision)) = (entries.get(*place), decisions.get(*place)) else { continue };
        let (Some(secret), Some(new)) = (to_be(entry, decision), entry.to_store()) else { continue };
        let id =
            Id::from_stored(&secret.id).map_err(OperationError::internal("reading the id of a secret"))?;
        let place =
            Place { project: *project.as_bytes(), secret: *id.as_bytes(), version: secret.last_version };
        placed.push((place, &new.value));
        stored.push((decision, secret));
    }
    if stored.is_empty() {
        return Ok(());
    }
    let sealed = key.master.seal_all(&placed).map_err(OperationError::internal("sealing values"))?;
    for ((decision, secret), ((place, _), value)) in stored.into_iter().zip(placed.iter().zip(sealed)) {
        let written = match decision {
            Decision::NewVersion(versioned) => change.update_secret(project, &versioned.before, secret),
            Decision::Created
            | Decision::Unchanged(_)
            | Decision::Skipped(_)
            | Decision::Again(_)
            | Decision::Rejected(_)
            | Decision::Withheld => change.create_secret(project, secret),
        };
        written.map_err(OperationError::internal("storing a secret"))?;
        change.put_value(Id::new(place.secret), place.version, value);
        lines.push(line(secret, if place.version == FIRST { DONE } else { NEW_VERSION }));
    }
    key.put(change, project, &name);
    keys.push((name, key));
    Ok(())
}
