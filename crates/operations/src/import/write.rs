//! Staging what was planned: sealed values, records, the journal of the batch.

use strongroom_sealing::Place;
use strongroom_storage::Id;

use super::decision::{Decision, FIRST_VERSION};
use super::entry::ValidatedEntry;
use super::plan::{Plan, Planning};
use super::{Chunk, Import};
use crate::journal::JournalState;
use crate::keys::ToSeal;
use crate::transaction::{DONE, Transaction, audit_line};
use crate::{Answer, Call, OperationError, Operations};

/// The outcome of an audit line for a new version of a stored secret.
const NEW_VERSION: &str = "new version";

impl Operations {
    /// Plans and stages as many of the first entries as one transaction holds. `before` are the decisions on the entries of
    /// earlier transactions, and `last` is true if nothing follows these.
    pub(crate) async fn import_chunk(
        &self,
        tx: &mut Transaction<'_>,
        call: &Call,
        import: &Import,
        before: &[Decision],
        entries: &[ValidatedEntry],
        last: bool,
    ) -> Answer<Chunk> {
        if import.is_one_transaction {
            self.check_fits_one_transaction(entries)?;
        }
        let given = entries.len();
        let entries = entries.get(..self.fitting(entries)).unwrap_or(entries);
        let wanted = entries.iter().filter(|entry| entry.to_store().is_some()).count();
        let quota = self.reserve(call.project(), wanted).await?;
        // Most names are free, and the commit finds out whether all are. They are read first if a conflict said that some
        // are not, if nothing is committed, or if the decision depends on the secret that has the name.
        let may_replace =
            |entry: &ValidatedEntry| entry.to_store().is_some_and(|new| !new.policy.only_rejects());
        let reads_names = tx.is_retry()
            || call.is_previewed()
            || (import.atomic && wanted < entries.len())
            || quota.held() < wanted
            || entries.iter().any(may_replace);
        let mut plan = loop {
            let planning =
                Planning { operations: self, call, import, view: tx.view(), reads_names, quota: &quota };
            let plan = planning.plan(before, entries).await?;
            if plan.expired.is_empty() {
                break plan;
            }
            // A name must be free before it is taken again: a commit writes each record once.
            self.purge_secrets(call.project(), &plan.expired, call.now).await?;
            tx.refresh().await?;
        };
        // A dry run leaves no other trace of a caller who tries whether a value is the stored one.
        if call.is_dry_run() && !plan.compared.is_empty() {
            self.audit_apart(call, import.part, std::mem::take(&mut plan.compared)).await?;
        }
        tx.audit(std::mem::take(&mut plan.audit));
        tx.stage_plan(call, entries, &mut plan)?;
        let stored = plan.decisions.iter().filter(|decision| matches!(decision, Decision::Created)).count();
        tx.use_quota(quota, stored);
        let decisions = plan.decisions;
        let outcomes: Vec<_> =
            entries.iter().zip(&decisions).map(|(entry, decision)| decision.outcome(entry)).collect();
        let records = decisions.iter().zip(&outcomes).map(|(decision, own)| decision.recorded(own)).collect();
        let (view, change) = tx.view_and_change();
        let journal = match &import.journal {
            Some(journal) if change.is_empty() && journal.may_hold() => Some(JournalState::Held(records)),
            Some(journal) => {
                let is_finished = last && decisions.len() == given;
                let staged = journal.stage(view, change, records, is_finished, call.now).await?;
                Some(JournalState::Stored(Box::new(staged)))
            }
            None => None,
        };
        Ok(Chunk { decisions, outcomes, journal })
    }
}

impl Transaction<'_> {
    /// Seals the values of each key together, so that randomness is drawn once, and stages them with their records. A key
    /// that seals nothing is not stored.
    fn stage_plan(&mut self, call: &Call, entries: &[ValidatedEntry], plan: &mut Plan) -> Answer<()> {
        for (name, (key, places)) in std::mem::take(&mut plan.keys) {
            if !places.is_empty() {
                self.stage_sealed(call, entries, &plan.decisions, &key, &places)?;
                self.seal_with(call.project(), &name, key);
            }
        }
        Ok(())
    }

    fn stage_sealed(
        &mut self,
        call: &Call,
        entries: &[ValidatedEntry],
        decisions: &[Decision],
        key: &ToSeal,
        places: &[usize],
    ) -> Answer<()> {
        let project = call.project();
        let mut stored = Vec::with_capacity(places.len());
        let mut placed = Vec::with_capacity(places.len());
        for place in places {
            let (Some(entry), Some(decision)) = (entries.get(*place), decisions.get(*place)) else {
                continue;
            };
            let (Some(secret), Some(new)) = (decision.stored_secret(entry), entry.to_store()) else {
                continue;
            };
            let id = Id::from_stored(&secret.id)
                .map_err(OperationError::internal("reading the id of a secret"))?;
            let version = secret.last_version;
            placed
                .push((Place { project: *project.as_bytes(), secret: *id.as_bytes(), version }, &new.value));
            stored.push((decision, secret));
        }
        let sealed = key.master.seal_all(&placed).map_err(OperationError::internal("sealing values"))?;
        for ((decision, secret), ((place, _), value)) in stored.into_iter().zip(placed.iter().zip(sealed)) {
            let change = self.change();
            let written = match decision {
                Decision::NewVersion(updated) => change.update_secret(project, &updated.before, secret),
                Decision::Created
                | Decision::Unchanged(_)
                | Decision::Skipped(_)
                | Decision::Duplicate(_)
                | Decision::Rejected(_)
                | Decision::Withheld => change.create_secret(project, secret),
            };
            written.map_err(OperationError::internal("storing a secret"))?;
            change.put_value(Id::new(place.secret), place.version, value);
            let outcome = if place.version == FIRST_VERSION { DONE } else { NEW_VERSION };
            self.audit([audit_line(secret, outcome)]);
        }
        Ok(())
    }
}
