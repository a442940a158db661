//! What becomes of each entry of an import, given the store. Reads, and changes nothing.

use std::collections::BTreeMap;

use strongroom_storage::records::{AuditLine, SecretRecord};
use strongroom_storage::{Versioned, View};

use super::Import;
use super::decision::{Decision, UpdatedSecret};
use super::entry::{NewSecret, ParsedEntry, ValidatedEntry};
use super::policy::{Action, with_new_version};
use crate::keys::ToSeal;
use crate::transaction::{Reservation, audit_line};
use crate::{Answer, Call, OperationError, Operations, Rejection, lifecycle};

/// The outcome of an audit line for a value that a dry run has compared with another.
const COMPARED: &str = "compared";

/// The decisions on the entries of one transaction, and what carrying them out takes.
#[derive(Default)]
pub(super) struct Plan {
    /// One for each entry that the transaction takes.
    pub(super) decisions: Vec<Decision>,
    /// Secrets past their deletion date whose names are taken again. They have to be purged first.
    pub(super) expired: Vec<Versioned<SecretRecord>>,
    pub(super) keys: SealingKeys,
    /// Of rejected entries.
    pub(super) audit: Vec<AuditLine>,
    /// Of secrets whose value was compared with one that was sent.
    pub(super) compared: Vec<AuditLine>,
}

/// The keys that seal, by name, each with the places of the entries that it seals.
pub(super) type SealingKeys = BTreeMap<String, (ToSeal, Vec<usize>)>;

/// What the decisions of one transaction depend on.
pub(super) struct Planning<'a> {
    pub(super) operations: &'a Operations,
    pub(super) call: &'a Call,
    pub(super) import: &'a Import,
    pub(super) view: &'a View,
    /// False to take every name for free: the commit finds out whether it is.
    pub(super) reads_names: bool,
    pub(super) quota: &'a Reservation,
}

impl Planning<'_> {
    /// Decides about as many of the first entries as one transaction holds. `before` are the decisions on the entries of
    /// earlier transactions, which these may repeat.
    pub(super) async fn plan(&self, before: &[Decision], entries: &[ValidatedEntry]) -> Answer<Plan> {
        let mut plan = Plan::default();
        for (entry, existing) in entries.iter().zip(self.existing(entries).await?) {
            let decision = self.decide(entry, existing, &mut plan).await?;
            plan.decisions.push(decision);
        }
        if !plan.expired.is_empty() {
            return Ok(plan);
        }
        let fitting = self.fitting(entries, &plan.decisions)?;
        plan.decisions.truncate(fitting);
        self.assign_keys(entries, &mut plan).await?;
        reject_duplicates(before, entries, &mut plan.decisions);
        if self.import.atomic && plan.decisions.iter().any(Decision::is_rejected) {
            plan.withhold();
        }
        Ok(plan)
    }

    /// The stored secret that has the name of each entry, where that matters: all are read in one round trip.
    async fn existing(&self, entries: &[ValidatedEntry]) -> Answer<Vec<Option<Versioned<SecretRecord>>>> {
        let wanted = entries.iter().map(|entry| match &entry.parsed {
            ParsedEntry::Store(new) => self.reads_names.then_some(new.secret.name.as_str()),
            ParsedEntry::Duplicate { .. } => None,
            ParsedEntry::Invalid { name, rejection, .. } => {
                let is_name_valid = !rejection.problems().iter().any(|problem| problem.field == "name");
                is_name_valid.then_some(name.as_str())
            }
        });
        let wanted: Vec<_> = wanted.collect();
        let names: Vec<_> = wanted.iter().flatten().copied().collect();
        let found = self.view.secrets_by_name(self.call.project(), &names).await;
        let mut found = found.map_err(OperationError::internal("reading secrets"))?.into_iter();
        Ok(wanted.into_iter().map(|name| name.and_then(|_| found.next().flatten())).collect())
    }

    async fn decide(
        &self,
        entry: &ValidatedEntry,
        existing: Option<Versioned<SecretRecord>>,
        plan: &mut Plan,
    ) -> Answer<Decision> {
        match &entry.parsed {
            ParsedEntry::Store(new) => self.decide_by_store(new, existing, plan).await,
            ParsedEntry::Duplicate { first, .. } => Ok(Decision::Duplicate(*first)),
            ParsedEntry::Invalid { rejection, policy, .. } => {
                // So that one answer names every problem.
                let live = existing.filter(|existing| !lifecycle::is_gone(&existing.record, self.call.now));
                let taken = live.and_then(|existing| policy.action(&existing.record).rejection());
                let all = Rejection::all([rejection.clone()].into_iter().chain(taken));
                Ok(all.map_or(Decision::Withheld, Decision::Rejected))
            }
        }
    }

    async fn decide_by_store(
        &self,
        new: &NewSecret,
        existing: Option<Versioned<SecretRecord>>,
        plan: &mut Plan,
    ) -> Answer<Decision> {
        let Some(existing) = existing else {
            return Ok(new.weakness().map_or(Decision::Created, Decision::Rejected));
        };
        if lifecycle::is_gone(&existing.record, self.call.now) {
            let certain = self.operations.certain_now().await?;
            if let Err(rejection) = lifecycle::may_replace(&existing.record, certain) {
                return Ok(plan.reject(&existing.record, rejection));
            }
            plan.expired.push(existing);
            return Ok(Decision::Created);
        }
        let is_different = match new.policy.action(&existing.record) {
            Action::Reject(rejection) => {
                let all = Rejection::all(new.weakness().into_iter().chain([rejection.clone()]));
                return Ok(plan.reject(&existing.record, all.unwrap_or(rejection)));
            }
            Action::Skip => return Ok(Decision::Skipped(Box::new(existing.record))),
            Action::AddVersion => Ok(true),
            Action::AddVersionIfDifferent => {
                plan.compared.push(audit_line(&existing.record, COMPARED));
                self.is_different(&existing.record, new).await
            }
        };
        match is_different {
            Ok(true) => {}
            Ok(false) => return Ok(Decision::Unchanged(Box::new(existing.record))),
            Err(OperationError::Rejected(rejection)) => return Ok(plan.reject(&existing.record, rejection)),
            Err(error) => return Err(error),
        }
        if let Some(weakness) = new.weakness() {
            return Ok(plan.reject(&existing.record, weakness));
        }
        let limits = &self.operations.limits;
        match with_new_version(&existing.record, new.is_binary(), limits, self.call.now) {
            Ok(after) => Ok(Decision::NewVersion(Box::new(UpdatedSecret { before: existing, after }))),
            Err(rejection) => Ok(plan.reject(&existing.record, rejection)),
        }
    }

    /// Compares a value with the current one. This is no access: the caller does not get to see the value.
    async fn is_different(&self, secret: &SecretRecord, new: &NewSecret) -> Answer<bool> {
        let current = lifecycle::version(secret, "latest")?;
        let value = self.operations.open_value(self.view, self.call.project(), secret, current).await?;
        Ok(current.binary != new.is_binary() || !value.equals(&new.value))
    }

    /// How many of the first entries fit, now that it is known which stored secrets they change.
    fn fitting(&self, entries: &[ValidatedEntry], decisions: &[Decision]) -> Result<usize, Rejection> {
        let bytes = |(entry, decision): (&ValidatedEntry, &Decision)| entry.bytes() + decision.bytes();
        let allowed = self.operations.storage.limits().bytes;
        let mut needed = 0;
        let fitting = entries.iter().zip(decisions).map(bytes).take_while(|bytes| {
            needed += bytes;
            needed <= allowed
        });
        let fitting = fitting.count().max(1);
        if fitting < decisions.len() && self.import.is_one_transaction {
            let needed = entries.iter().zip(decisions).map(bytes).sum();
            return Err(Rejection::BatchTooLarge { what: "bytes", needed, allowed });
        }
        Ok(fitting)
    }

    /// Finds the key of each entry that is stored. Rejects new secrets over the quota, and entries whose key cannot be had,
    /// in the order in which they were sent.
    async fn assign_keys(&self, entries: &[ValidatedEntry], plan: &mut Plan) -> Answer<()> {
        let mut unusable: BTreeMap<String, Rejection> = BTreeMap::new();
        let mut quota_left = self.quota.held();
        for (place, entry) in entries.iter().enumerate() {
            let Some(decision) = plan.decisions.get(place) else { break };
            let Some(secret) = decision.stored_secret(entry) else { continue };
            let is_new = matches!(decision, Decision::Created);
            let name = secret.kms_key_id.clone();
            if is_new && quota_left == 0 {
                plan.reject_entry(place, entry, self.quota.full(self.operations.limits.secrets));
                continue;
            }
            if !plan.keys.contains_key(&name) && !unusable.contains_key(&name) {
                match self.operations.keys.to_seal(self.view, self.call.project(), &name).await {
                    Ok(key) => drop(plan.keys.insert(name.clone(), (key, Vec::new()))),
                    Err(OperationError::Rejected(rejection)) => {
                        unusable.insert(name.clone(), rejection);
                    }
                    Err(error) => return Err(error),
                }
            }
            if let Some((_, places)) = plan.keys.get_mut(&name) {
                places.push(place);
                quota_left -= usize::from(is_new);
            } else if let Some(rejection) = unusable.get(&name) {
                plan.reject_entry(place, entry, rejection.clone());
            }
        }
        Ok(())
    }
}

impl Plan {
    fn reject(&mut self, existing: &SecretRecord, rejection: Rejection) -> Decision {
        self.audit.push(audit_line(existing, rejection.code().as_str()));
        Decision::Rejected(rejection)
    }

    fn reject_entry(&mut self, place: usize, entry: &ValidatedEntry, rejection: Rejection) {
        self.audit.push(AuditLine {
            secret_name: entry.name().to_owned(),
            outcome: rejection.code().as_str().to_owned(),
            ..AuditLine::default()
        });
        if let Some(decision) = self.decisions.get_mut(place) {
            *decision = Decision::Rejected(rejection);
        }
    }

    /// Withholds every entry of an atomic batch that would have been stored.
    fn withhold(&mut self) {
        self.keys.clear();
        for decision in self.decisions.iter_mut().filter(|decision| !decision.is_rejected()) {
            *decision = Decision::Withheld;
        }
    }
}

/// Rejects duplicates of entries that were rejected.
fn reject_duplicates(before: &[Decision], entries: &[ValidatedEntry], decisions: &mut [Decision]) {
    let start = entries.first().map_or(0, |entry| entry.place.index.saturating_sub(before.len()));
    for place in 0..decisions.len() {
        let Some(Decision::Duplicate(first)) = decisions.get(place) else { continue };
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
