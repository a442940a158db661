//! Storing the entries of an import, group by group: each group in as few transactions as hold it.

use prost::Message;
use strongroom_contract::v1::Outcome;
use strongroom_storage::Id;

use super::decision::Decision;
use super::report::Report;
use super::store::ImportTransaction;
use super::validate::{ParsedEntry, ValidatedEntry};
use crate::{Answer, Call, Operations, Rejection};

/// Records that one entry can take: its secret, its value, its entries by id, due time, instance and event, and a key of its
/// own. A new secret has no tags; one that is there keeps its own, and what may give way to a new version is one value.
const RECORDS_PER_ENTRY: usize = 7;

/// Records that a transaction adds once: of the audit, of the batch, of when it expires, of its outcomes, and two of a named
/// request.
pub(super) const RECORDS_PER_TRANSACTION: usize = 6;

/// Bytes an entry takes in a commit beside its record and its value: keys, index entries, an audit line, its outcome. Each
/// is bounded by the rules; the instance, up to 1,024 characters, stands in three of them.
pub(crate) const BYTES_BESIDE: usize = 8 * 1024;

/// An import under way: what spans its groups.
pub(crate) struct Import {
    project: Id,
    atomic: bool,
    /// Whether it has to be one transaction.
    whole: bool,
    part: u32,
    /// None of a dry run in groups.
    report: Option<Report>,
}

impl Import {
    pub(crate) fn of(call: &Call, project: Id, total: usize, atomic: bool) -> Self {
        let report = Some(Report::of(call, total));
        Self { project, atomic, whole: atomic || call.is_pending(), part: 0, report }
    }

    /// One whose entries come over time.
    pub(crate) fn in_groups(call: &Call, project: Id, dry_run: bool) -> Self {
        let report = (!dry_run).then(|| Report::of(call, 0));
        Self { project, atomic: false, whole: false, part: 0, report }
    }

    pub(crate) fn has_come_to(&mut self, total: usize) {
        if let Some(report) = &mut self.report {
            report.record_mut().total = u32::try_from(total).unwrap_or(u32::MAX);
        }
    }

    /// As callers name it; empty while nothing is stored.
    pub(crate) fn batch_id(&self) -> String {
        self.report.as_ref().map(Report::batch_id).unwrap_or_default()
    }
}

impl ValidatedEntry {
    /// At most how much of a commit it takes, the secret that may be there already not counted.
    pub(crate) fn bytes(&self) -> usize {
        match &self.said {
            ParsedEntry::Store(new) => new.secret.encoded_len() + new.value.expose().len() + BYTES_BESIDE,
            ParsedEntry::Again { .. } | ParsedEntry::Wrong { .. } => BYTES_BESIDE,
        }
    }
}

impl Decision {
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
            | Self::Rejected(_)
            | Self::Withheld => 0,
        }
    }
}

impl Operations {
    /// Stores what may be stored of the next entries, and tells what became of each. What is told is on disk. With the
    /// `last` ones, of which there may be none, the batch is finished.
    pub(crate) async fn import(
        &self,
        call: &Call,
        import: &mut Import,
        entries: &[ValidatedEntry],
        last: bool,
    ) -> Answer<(Vec<Decision>, Vec<Outcome>)> {
        if import.whole {
            self.fits_one_step(entries)?;
        }
        let (mut decisions, mut outcomes) = (Vec::new(), Vec::new());
        let mut rest = entries;
        loop {
            let group = rest.get(..self.fitting(rest)).unwrap_or(rest);
            let transaction = ImportTransaction {
                call,
                project: import.project,
                part: import.part,
                atomic: import.atomic,
                whole: import.whole,
                before: &decisions,
                report: import.report.as_ref(),
                last: last && group.len() == rest.len(),
            };
            let done = self.store(&transaction, group).await?;
            if let (Some(report), Some(told)) = (&mut import.report, done.told) {
                report.resume(told);
            }
            if let (false, Some(pending)) = (import.whole, &call.pending) {
                // A dry run in several transactions keeps neither the staged change of the last one nor its quota.
                drop(pending.take());
            }
            import.part += 1;
            rest = rest.get(done.decisions.len()..).unwrap_or_default();
            decisions.extend(done.decisions);
            outcomes.extend(done.outcomes);
            if rest.is_empty() {
                return Ok((decisions, outcomes));
            }
        }
    }

    /// Most entries that one transaction holds.
    pub(crate) fn step_entries(&self) -> usize {
        (self.storage.limits().operations.saturating_sub(RECORDS_PER_TRANSACTION) / RECORDS_PER_ENTRY).max(1)
    }

    /// How many of the first entries fit into one commit; at least one, so that the engine can say what is too large.
    fn fitting(&self, entries: &[ValidatedEntry]) -> usize {
        let (most, mut held) = (self.storage.limits().bytes, 0);
        let fitting = entries.iter().take(self.step_entries()).take_while(|entry| {
            held += entry.bytes();
            held <= most
        });
        fitting.count().max(1).min(entries.len())
    }

    fn fits_one_step(&self, entries: &[ValidatedEntry]) -> Result<(), Rejection> {
        if self.fitting(entries) == entries.len() {
            return Ok(());
        }
        let (needed, allowed) = (entries.len(), self.step_entries());
        if needed > allowed {
            return Err(Rejection::BatchTooLarge { what: "entries", needed, allowed });
        }
        let needed = entries.iter().map(ValidatedEntry::bytes).sum();
        Err(Rejection::BatchTooLarge { what: "bytes", needed, allowed: self.storage.limits().bytes })
    }
}
