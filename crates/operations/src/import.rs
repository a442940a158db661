//! Storing new secrets: parse, validate, plan, write.
//!
//! 1. [`validate`] holds each entry against the rules, and [`parse`] turns it into a record and a value.
//! 2. [`plan`] reads the store and decides about each entry, without changing anything.
//! 3. [`mod@write`] seals the values and stages what was decided.
//!
//! `CreateSecret` is an import of one entry. A large import takes as many transactions as the engine needs.

pub(crate) mod decision;
pub(crate) mod dry_run_quota;
pub(crate) mod duplicates;
pub(crate) mod entry;
pub(crate) mod parse;
mod plan;
pub(crate) mod policy;
pub(crate) mod size;
pub(crate) mod stream;
pub(crate) mod validate;
mod write;

use strongroom_contract::safeguards::Changed;
use strongroom_contract::v1::Outcome;

use crate::journal::{BatchJournal, JournalState};
use crate::transaction::Progress;
use crate::{Answer, Call, Operations};
use decision::Decision;
use entry::ValidatedEntry;

/// What spans the transactions of an import.
pub(crate) struct Import {
    /// True if one rejected entry rejects all others.
    atomic: bool,
    /// True if all entries must fit into one transaction.
    is_one_transaction: bool,
    /// The number of the next transaction.
    part: u32,
    /// None for a secret created alone, and for the dry run of a stream.
    journal: Option<BatchJournal>,
}

/// The entries that one transaction has taken: all it was given, or as many of the first as it holds.
pub(crate) struct Chunk {
    pub(crate) decisions: Vec<Decision>,
    pub(crate) outcomes: Vec<Outcome>,
    journal: Option<JournalState>,
}

impl Chunk {
    /// The id of the batch as callers know it; empty if nothing is stored of it.
    fn batch_id(&self, call: &Call) -> String {
        match &self.journal {
            Some(JournalState::Stored(journal)) if !call.is_dry_run() => journal.batch_id(),
            Some(JournalState::Stored(_) | JournalState::Held(_)) | None => String::new(),
        }
    }
}

impl Import {
    /// One secret, which belongs to no batch.
    pub(crate) fn of_one_secret() -> Self {
        Self { atomic: false, is_one_transaction: true, part: 0, journal: None }
    }

    fn of_batch(call: &Call, total: usize, atomic: bool) -> Self {
        let journal = Some(BatchJournal::new(call, total));
        Self { atomic, is_one_transaction: atomic || call.is_one_transaction(), part: 0, journal }
    }

    /// One whose entries come over time.
    pub(crate) fn of_stream(call: &Call, dry_run: bool) -> Self {
        let journal = (!dry_run).then(|| BatchJournal::new(call, 0));
        Self { atomic: false, is_one_transaction: false, part: 0, journal }
    }

    /// How many entries have arrived so far.
    pub(crate) fn set_total(&mut self, total: usize) {
        if let Some(journal) = &mut self.journal {
            journal.record_mut().total = u32::try_from(total).unwrap_or(u32::MAX);
        }
    }

    /// The id of the batch as callers know it; empty while nothing is stored.
    pub(crate) fn batch_id(&self) -> String {
        self.journal.as_ref().map(BatchJournal::batch_id).unwrap_or_default()
    }

    /// Goes on after a transaction was committed.
    fn accept(&mut self, journal: Option<JournalState>) {
        if let (Some(own), Some(state)) = (&mut self.journal, journal) {
            own.accept(state);
        }
        self.part += 1;
    }
}

impl Operations {
    /// Stores a batch and answers with what `respond` makes of the decisions, the outcomes and the id of the batch.
    pub(crate) async fn import_batch<A: Changed>(
        &self,
        call: &Call,
        entries: &[ValidatedEntry],
        atomic: bool,
        respond: impl Fn(Vec<Decision>, Vec<Outcome>, String) -> A,
    ) -> Answer<A> {
        let mut import = Import::of_batch(call, entries.len(), atomic);
        let (journalled, respond) = (&import, &respond);
        let first = self
            .transact(call, |mut tx| async move {
                let chunk = self.import_chunk(&mut tx, call, journalled, &[], entries, true).await?;
                if chunk.decisions.len() < entries.len() {
                    return Ok(tx.done(Progress::Unfinished(chunk)));
                }
                let batch_id = chunk.batch_id(call);
                let answer = respond(chunk.decisions, chunk.outcomes, batch_id);
                Ok(tx.answer(answer).await?.map(Progress::Answered))
            })
            .await?;
        let first = match first {
            Progress::Answered(answer) => return Ok(answer),
            Progress::Unfinished(first) => first,
        };
        import.accept(first.journal);
        let rest = entries.get(first.decisions.len()..).unwrap_or_default();
        let (decisions, outcomes) =
            self.import_rest(call, &mut import, first.decisions, first.outcomes, rest, true).await?;
        Ok(respond(decisions, outcomes, import.batch_id()))
    }

    /// Stores the next entries of a stream. With the `last` ones, of which there may be none, the batch is finished.
    pub(crate) async fn import_next(
        &self,
        call: &Call,
        import: &mut Import,
        entries: &[ValidatedEntry],
        last: bool,
    ) -> Answer<(Vec<Decision>, Vec<Outcome>)> {
        let chunk = self.import_transaction(call, import, &[], entries, last).await?;
        let rest = entries.get(chunk.decisions.len()..).unwrap_or_default();
        self.import_rest(call, import, chunk.decisions, chunk.outcomes, rest, last).await
    }

    async fn import_rest(
        &self,
        call: &Call,
        import: &mut Import,
        mut decisions: Vec<Decision>,
        mut outcomes: Vec<Outcome>,
        mut rest: &[ValidatedEntry],
        last: bool,
    ) -> Answer<(Vec<Decision>, Vec<Outcome>)> {
        while !rest.is_empty() {
            let chunk = self.import_transaction(call, import, &decisions, rest, last).await?;
            rest = rest.get(chunk.decisions.len()..).unwrap_or_default();
            decisions.extend(chunk.decisions);
            outcomes.extend(chunk.outcomes);
        }
        Ok((decisions, outcomes))
    }

    async fn import_transaction(
        &self,
        call: &Call,
        import: &mut Import,
        before: &[Decision],
        entries: &[ValidatedEntry],
        last: bool,
    ) -> Answer<Chunk> {
        let started = &*import;
        let mut chunk = self
            .transact_part(call, import.part, |mut tx| async move {
                let chunk = self.import_chunk(&mut tx, call, started, before, entries, last).await?;
                Ok(tx.done(chunk))
            })
            .await?;
        import.accept(chunk.journal.take());
        Ok(chunk)
    }
}
