//! Storing the entries of an import, group by group: each group in as few durable steps as hold it.

use prost::Message;
use strongroom_contract::v1::Outcome;
use strongroom_storage::Id;

use super::fate::Fate;
use super::judge::{Judged, Said};
use super::report::Report;
use super::store::Step;
use crate::{Answer, Call, Operations, Refusal};

/// Records that one entry can take: its secret, its value, its entries by id, due time, instance and event, and a key of its
/// own. A new secret has no tags; one that is there keeps its own, and what may give way to a new version is one value.
const RECORDS_PER_ENTRY: usize = 7;

/// Records that a step takes once: of the audit, of the batch, of when it expires, of its outcomes, and two of a named
/// request.
pub(super) const RECORDS_PER_STEP: usize = 6;

/// Bytes an entry takes in a commit beside its record and its value: keys, index entries, an audit line, its outcome. Each
/// is bounded by the rules; the instance, up to 1,024 characters, stands in three of them.
pub(crate) const BYTES_BESIDE: usize = 8 * 1024;

/// An import under way: what spans its groups.
pub(crate) struct Import<'a> {
    call: &'a Call,
    project: Id,
    atomic: bool,
    pub(crate) part: u32,
    pub(crate) report: Report,
}

impl<'a> Import<'a> {
    pub(crate) fn of(call: &'a Call, project: Id, total: usize, atomic: bool) -> Self {
        Self { call, project, atomic, part: 0, report: Report::of(call, total) }
    }

    /// One that had so many steps before.
    pub(crate) fn part_of(call: &'a Call, project: Id, part: u32, report: Report) -> Self {
        Self { call, project, atomic: false, part, report }
    }

    /// As callers name it; empty while nothing is changed, and where nothing shall be.
    pub(crate) fn batch_id(&self) -> String {
        if self.call.is_dry_run() { String::new() } else { self.report.batch_id() }
    }
}

impl Judged {
    /// At most how much of a commit it takes, the secret that may be there already not counted.
    pub(crate) fn bytes(&self) -> usize {
        match &self.said {
            Said::Store(new) => new.secret.encoded_len() + new.value.expose().len() + BYTES_BESIDE,
            Said::Again { .. } | Said::Wrong { .. } => BYTES_BESIDE,
        }
    }
}

impl Fate {
    /// At most how much it takes beside the entry: the stored secret as it was, and as it is.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::NewVersion(versioned) => {
                versioned.before.record.encoded_len() + versioned.after.encoded_len()
            }
            Self::Created
            | Self::Unchanged(_)
            | Self::Skipped(_)
            | Self::Again(_)
            | Self::Refused(_)
            | Self::Withheld => 0,
        }
    }
}

impl Operations {
    /// Stores what may be stored of the next entries, and tells what became of each. What is told is on disk. With the
    /// `last` ones, of which there may be none, the batch is finished.
    pub(crate) async fn import(
        &self,
        import: &mut Import<'_>,
        entries: &[Judged],
        last: bool,
    ) -> Answer<(Vec<Fate>, Vec<Outcome>)> {
        if import.atomic || import.call.is_trial() {
            self.fits_one_step(entries)?;
        }
        let (mut fates, mut outcomes) = (Vec::new(), Vec::new());
        let mut rest = entries;
        loop {
            let group = rest.get(..self.fitting(rest)).unwrap_or(rest);
            let step = Step {
                call: import.call,
                project: import.project,
                part: import.part,
                atomic: import.atomic,
                report: Some(&import.report),
                last: last && group.len() == rest.len(),
            };
            let done = self.store(&step, group).await?;
            import.report = done.report.unwrap_or_else(|| import.report.clone());
            import.part += 1;
            rest = rest.get(done.fates.len()..).unwrap_or_default();
            fates.extend(done.fates);
            outcomes.extend(done.outcomes);
            if rest.is_empty() {
                return Ok((fates, outcomes));
            }
        }
    }

    /// Most entries that one durable step holds.
    pub(crate) fn step_entries(&self) -> usize {
        (self.storage.limits().operations.saturating_sub(RECORDS_PER_STEP) / RECORDS_PER_ENTRY).max(1)
    }

    /// How many of the first entries fit into one commit; at least one, so that the engine can say what is too large.
    fn fitting(&self, entries: &[Judged]) -> usize {
        let (most, mut held) = (self.storage.limits().bytes, 0);
        let fitting = entries.iter().take(self.step_entries()).take_while(|entry| {
            held += entry.bytes();
            held <= most
        });
        fitting.count().max(1).min(entries.len())
    }

    fn fits_one_step(&self, entries: &[Judged]) -> Result<(), Refusal> {
        if self.fitting(entries) == entries.len() {
            return Ok(());
        }
        let (needed, allowed) = (entries.len(), self.step_entries());
        if needed > allowed {
            return Err(Refusal::BatchTooLarge { what: "entries", needed, allowed });
        }
        let needed = entries.iter().map(Judged::bytes).sum();
        Err(Refusal::BatchTooLarge { what: "bytes", needed, allowed: self.storage.limits().bytes })
    }
}
