//! Undoing a batch.
//!
//! A part of the journal and the secrets it is about were written by one commit. So the revision of a secret's content shows
//! whether it was written since, and such a secret is left alone. Undoing gives the content its old revision again, so that
//! earlier batches can be undone as well.

use std::sync::OnceLock;

use strongroom_contract::v1::{Action, Outcome, UndoBatchRequest, UndoBatchResponse};
use strongroom_storage::records::{BatchPart, BatchRecord, OutcomeRecord, SecretRecord};
use strongroom_storage::{Id, Versioned, View};

use crate::bulk::{BulkChange, Entry, Open, Undone};
use crate::describe::count;
use crate::journal::BatchJournal;
use crate::journal::outcome::Place;
use crate::journal::undo::{Expected, Past, is_restored, undo_outcome};
use crate::transaction::Progress;
use crate::{Answer, Call, OperationError, Operations, Rejection};

/// Milliseconds without a commit after which an undo counts as interrupted, so that another may go on. Chosen by us: its
/// commits follow each other within milliseconds.
const INTERRUPTED_AFTER: i64 = 60_000;

impl Operations {
    pub async fn undo_batch(&self, call: &Call, request: UndoBatchRequest) -> Answer<UndoBatchResponse> {
        if let Some(problem) = strongroom_validation::batch_id(&request.batch_id) {
            return Err(Rejection::invalid(problem).into());
        }
        let batch = Id::parse(&request.batch_id);
        let batch = batch.ok_or_else(|| Rejection::BatchNotFound { batch: request.batch_id.clone() })?;
        let decide = |past: &Past, found: Option<&Versioned<SecretRecord>>, outcome: &mut Outcome| {
            undo_outcome(past, found, call.now, outcome)
        };
        let (request, decide, first_begun_by) = (&request, &decide, &OnceLock::new());
        let _turn = self.bulk_turn().await?;
        let first = self
            .transact(call, |mut tx| async move {
                let mut undo = self.begin_undo(tx.view(), call, request, batch).await?;
                // Of two at once only one goes on.
                if *first_begun_by.get_or_init(|| undo.begun_by) != undo.begun_by
                    && let Some(by) = undo.begun_by
                {
                    return Err(
                        Rejection::BatchUndone { batch: batch.to_string(), by: by.to_string() }.into()
                    );
                }
                let entries = undo.next_entries(tx.view()).await?;
                let staged = undo.bulk.stage(&mut tx, &entries, undo.is_at_end(), decide).await?;
                let rest = undo.bulk.accept(staged, entries);
                if !rest.is_empty() || !undo.is_at_end() {
                    return Ok(tx.done(Progress::Unfinished((undo, rest))));
                }
                Ok(tx.answer(undo.answer()).await?.map(Progress::Answered))
            })
            .await?;
        let (mut undo, mut rest) = match first {
            Progress::Answered(answer) => return Ok(answer),
            Progress::Unfinished(unfinished) => unfinished,
        };
        loop {
            undo.bulk.commit(rest, undo.is_at_end(), decide).await?;
            if undo.is_at_end() {
                return Ok(undo.answer());
            }
            rest = undo.next_entries(&self.view().await?).await?;
        }
    }

    async fn begin_undo<'a>(
        &'a self,
        view: &View,
        call: &'a Call,
        request: &UndoBatchRequest,
        batch: Id,
    ) -> Answer<Undo<'a>> {
        let (total, begun_by) = self.undoable(view, call, batch).await?;
        // What is one transaction is read as a whole; anything else part by part, however many there are.
        let is_whole = request.atomic || call.is_one_transaction();
        let allowed = self.limits.selected_secrets;
        if is_whole && total > allowed {
            return Err(Rejection::BatchTooLarge { what: "secrets", needed: total, allowed }.into());
        }
        let mut journal = BatchJournal::new(call, total);
        journal.record_mut().undoes = batch.to_stored();
        journal.record_mut().goes_on_after = begun_by.map(|by| by.to_stored()).unwrap_or_default();
        let bulk = BulkChange::new(self, call, request.atomic, journal).undoing(Undone { batch, begun_by });
        let earlier = EarlierUndo::new(begun_by);
        Ok(Undo {
            operations: self,
            call,
            batch,
            begun_by,
            earlier,
            is_whole,
            bulk,
            total,
            read: 0,
            place: 0,
        })
    }

    /// How many outcomes of a batch there are to undo, and the interrupted undo to go on after.
    async fn undoable(&self, view: &View, call: &Call, batch: Id) -> Answer<(usize, Option<Id>)> {
        let record = self.batch(view, call, batch).await?.record;
        let begun_by = Id::from_stored(&record.undone_by).ok();
        if let Some(by) = begun_by
            && !self.has_left_some(view, call.project(), by).await?
        {
            return Err(Rejection::BatchUndone { batch: batch.to_string(), by: by.to_string() }.into());
        }
        match count_restorable(&record) {
            0 => Err(Rejection::BatchNotUndoable { batch: batch.to_string() }.into()),
            steps => Ok((steps, begun_by)),
        }
    }

    /// True if something of the batch can be restored and has not been undone.
    pub(crate) async fn can_undo(&self, view: &View, project: Id, batch: &BatchRecord) -> Answer<bool> {
        if count_restorable(batch) == 0 {
            return Ok(false);
        }
        match Id::from_stored(&batch.undone_by) {
            Ok(by) => self.has_left_some(view, project, by).await,
            Err(_) => Ok(true),
        }
    }

    /// True if another undo may go on after this one, because it was interrupted or had rejections.
    async fn has_left_some(&self, view: &View, project: Id, undo: Id) -> Answer<bool> {
        let undo = view.batch(project, undo).await.map_err(OperationError::internal("reading a batch"))?;
        Ok(undo.is_some_and(|undo| match undo.record.finished {
            true => count_outcomes(&undo.record, |action| action == Action::Rejected) > 0,
            false => {
                undo.record.update_time.saturating_add(INTERRUPTED_AFTER) < self.clock.now().milliseconds()
            }
        }))
    }
}

/// An undo in progress.
struct Undo<'a> {
    operations: &'a Operations,
    call: &'a Call,
    /// The batch that is undone.
    batch: Id,
    begun_by: Option<Id>,
    earlier: EarlierUndo,
    is_whole: bool,
    bulk: BulkChange<'a>,
    /// Outcomes to undo, and how many of them have been read.
    total: usize,
    read: usize,
    /// The place in the journal to read on from.
    place: u32,
}

impl Undo<'_> {
    fn is_at_end(&self) -> bool {
        self.read == self.total
    }

    /// The entries of the next part of the journal that has any, or of all parts if they have to be one transaction.
    async fn next_entries(&mut self, view: &View) -> Answer<Vec<Entry<Past>>> {
        let mut entries = Vec::new();
        while !self.is_at_end() && (self.is_whole || entries.is_empty()) {
            let part = self.operations.batch_part(view, self.call.project(), self.batch, self.place).await?;
            let part = part.ok_or_else(|| Rejection::BatchNotFound { batch: self.batch.to_string() })?;
            entries.extend(self.entries_of(view, part).await?);
        }
        Ok(entries)
    }

    async fn entries_of(&mut self, view: &View, part: Versioned<BatchPart>) -> Answer<Vec<Entry<Past>>> {
        let (at, project) = (part.revision, self.call.project());
        let BatchPart { first, mut outcomes } = part.record;
        self.place = first.saturating_add(u32::try_from(outcomes.len()).unwrap_or(u32::MAX));
        outcomes.retain(|outcome| is_restored(Action::try_from(outcome.action).unwrap_or_default()));
        let names: Vec<_> = outcomes.iter().map(|outcome| outcome.name.as_str()).collect();
        let secrets = view.secrets_by_name(project, &names).await;
        let secrets = secrets.map_err(OperationError::internal("reading secrets"))?;
        let mut entries = Vec::with_capacity(outcomes.len());
        for (outcome, found) in outcomes.into_iter().zip(secrets) {
            let line = i32::try_from(outcome.line).unwrap_or_default();
            let place = Place { index: self.read, line, name: &outcome.name };
            self.read += 1;
            if let Some(by) = self.earlier.undone_by(self.operations, view, project, place.index).await? {
                let message = format!("Batch {by} has left nothing of it to undo.");
                let outcome = Outcome { message, ..place.outcome(Action::Unchanged) };
                entries.push(Entry { outcome, open: None });
                continue;
            }
            let placed: Outcome = place.outcome(Action::Unspecified);
            let expected = Expected::by(&outcome, at);
            let open = Some(Open { about: Past { outcome, expected }, found });
            entries.push(Entry { outcome: placed, open });
        }
        Ok(entries)
    }

    fn answer(self) -> UndoBatchResponse {
        let (tally, batch_id) = self.bulk.finish();
        UndoBatchResponse {
            total: count(self.total),
            success: tally.of(Action::Undone),
            failed: tally.of(Action::Rejected),
            outcomes: tally.outcomes,
            batch_id,
            ..Default::default()
        }
    }
}

fn count_restorable(batch: &BatchRecord) -> usize {
    count_outcomes(batch, is_restored)
}

fn count_outcomes(batch: &BatchRecord, is: impl Fn(Action) -> bool) -> usize {
    let actions = (0..).zip(&batch.counts);
    let meant = actions.filter(|(action, _)| is(Action::try_from(*action).unwrap_or_default()));
    meant.map(|(_, count)| usize::try_from(*count).unwrap_or_default()).sum()
}

/// Earlier, interrupted undos of the batch. Each has the outcome of an entry at the same place.
struct EarlierUndo {
    /// The latest one that may have reached the place that is looked up.
    undo: Option<Id>,
    part: BatchPart,
}

impl EarlierUndo {
    fn new(undo: Option<Id>) -> Self {
        Self { undo, part: BatchPart::default() }
    }

    /// The undo that has undone the entry at this place, if one has.
    async fn undone_by(
        &mut self,
        operations: &Operations,
        view: &View,
        project: Id,
        place: usize,
    ) -> Answer<Option<Id>> {
        let sought = u32::try_from(place).unwrap_or(u32::MAX);
        while let (Some(undo), None) = (self.undo, self.at(place)) {
            match operations.batch_part(view, project, undo, sought).await? {
                Some(part) if part.record.first <= sought => self.part = part.record,
                // It got no further, and the one before it may have.
                Some(_) | None => {
                    let record = view
                        .batch(project, undo)
                        .await
                        .map_err(OperationError::internal("reading a batch"))?;
                    self.undo = record.and_then(|undo| Id::from_stored(&undo.record.goes_on_after).ok());
                }
            }
        }
        // One that went on after another has left what was undone then.
        let is_done = |action| matches!(action, Action::Undone | Action::Unchanged);
        let done = self.at(place).and_then(|outcome| Action::try_from(outcome.action).ok());
        Ok(self.undo.filter(|_| done.is_some_and(is_done)))
    }

    fn at(&self, place: usize) -> Option<&OutcomeRecord> {
        let first = usize::try_from(self.part.first).unwrap_or_default();
        self.part.outcomes.get(place.checked_sub(first)?)
    }
}
