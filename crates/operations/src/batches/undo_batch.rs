//! Undoing a batch.
//!
//! A part of a batch and the secrets it changed were written by one commit, so whoever has written one since shows by the
//! revision of its content. Such a secret is left alone. Undoing gives the content its old revision again, so that what
//! came before can be undone as well.

use strongroom_contract::v1::{Action, Outcome, UndoBatchRequest, UndoBatchResponse};
use strongroom_storage::records::{BatchPart, BatchRecord, OutcomeRecord};
use strongroom_storage::{Id, View};

use super::bulk::{BulkChange, Entry, Open, Taken, Undone};
use super::outcome::Place;
use super::report::Report;
use super::undo_outcome::{Expected, Past, is_restored, undo_outcome};
use crate::describe::count;
use crate::{Answer, Call, OperationError, Operations, Rejection};

/// After this time without a step, an undo that has not ended is taken for broken off, and another may go on. Chosen by us:
/// its steps follow each other within milliseconds.
const BROKEN_OFF: i64 = 60_000;

impl Operations {
    pub async fn undo_batch(&self, call: &Call, request: UndoBatchRequest) -> Answer<UndoBatchResponse> {
        let project = self.project(call, &request.project_id)?;
        if let Some(problem) = strongroom_validation::batch_id(&request.batch_id) {
            return Err(Rejection::invalid(problem).into());
        }
        let undone = Id::parse(&request.batch_id);
        let undone = undone.ok_or_else(|| Rejection::BatchNotFound { batch: request.batch_id.clone() })?;
        // What has to be done as a whole is looked at as a whole; else part by part, however many there are.
        let whole = request.atomic || call.is_pending();
        let mut found_begun = None;
        let _turn = self.bulk_turn().await?;
        'again: loop {
            let view = self.view().await?;
            let (total, begun_by) = self.undoable(&view, call, project, undone).await?;
            // Of two at once one goes on.
            if let (Some(by), true) = (begun_by, *found_begun.get_or_insert(begun_by) != begun_by) {
                return Err(Rejection::BatchUndone { batch: undone.to_string(), by: by.to_string() }.into());
            }
            let allowed = self.limits.selected_secrets;
            if whole && total > allowed {
                return Err(Rejection::BatchTooLarge { what: "secrets", needed: total, allowed }.into());
            }
            let mut report = Report::of(call, total);
            report.record_mut().undoes = undone.to_stored();
            report.record_mut().goes_on_after = begun_by.map(|by| by.to_stored()).unwrap_or_default();
            let mut steps = BulkChange::new(self, call, request.atomic, report)
                .undoing(Undone { batch: undone, begun_by });
            let mut earlier = Earlier::of(begun_by);
            let (mut place, mut index, mut view) = (0, 0, Some(view));
            while index < total {
                let seen = match view.take() {
                    Some(view) => view,
                    None => self.view().await?,
                };
                let mut entries = Vec::new();
                while index < total && (whole || entries.is_empty()) {
                    let next = self.steps_from(&seen, project, undone, place, index, &mut earlier).await?;
                    let Some((next_place, found)) = next else {
                        return Err(Rejection::BatchNotFound { batch: undone.to_string() }.into());
                    };
                    place = next_place;
                    index += found.len();
                    entries.extend(found);
                }
                let taken = steps.apply(seen, entries, index == total, |past, found, outcome| {
                    undo_outcome(past, found, call.now, outcome)
                });
                if taken.await? == Taken::Moved {
                    continue 'again;
                }
            }
            let (tally, batch_id) = steps.finish().await?;
            return Ok(UndoBatchResponse {
                total: count(total),
                success: tally.of(Action::Undone),
                failed: tally.of(Action::Rejected),
                outcomes: tally.outcomes,
                batch_id,
                ..Default::default()
            });
        }
    }

    /// How many steps of a batch there are to undo, if it can be, and who has undone a part of them before.
    async fn undoable(
        &self,
        view: &View,
        call: &Call,
        project: Id,
        batch: Id,
    ) -> Answer<(usize, Option<Id>)> {
        let record = self.batch(view, call, project, batch).await?.record;
        let begun_by = Id::from_stored(&record.undone_by).ok();
        if let Some(by) = begun_by
            && !self.has_left_some(view, project, by).await?
        {
            return Err(Rejection::BatchUndone { batch: batch.to_string(), by: by.to_string() }.into());
        }
        match steps_that_come_back(&record) {
            0 => Err(Rejection::BatchNotUndoable { batch: batch.to_string() }.into()),
            steps => Ok((steps, begun_by)),
        }
    }

    /// Whether a batch can be undone: it has something that comes back, and nobody has undone all of it.
    pub(super) async fn can_undo(&self, view: &View, project: Id, batch: &BatchRecord) -> Answer<bool> {
        if steps_that_come_back(batch) == 0 {
            return Ok(false);
        }
        match Id::from_stored(&batch.undone_by) {
            Ok(by) => self.has_left_some(view, project, by).await,
            Err(_) => Ok(true),
        }
    }

    /// Whether another undo may go on after this one: it was rejected something, or has broken off.
    async fn has_left_some(&self, view: &View, project: Id, undo: Id) -> Answer<bool> {
        let undo = view.batch(project, undo).await.map_err(OperationError::internal("reading a batch"))?;
        Ok(undo.is_some_and(|undo| match undo.record.finished {
            true => steps_where(&undo.record, |action| action == Action::Rejected) > 0,
            false => undo.record.update_time.saturating_add(BROKEN_OFF) < self.clock.now().milliseconds(),
        }))
    }

    /// What there is to undo of the part with this place, and the place of the next one.
    async fn steps_from(
        &self,
        view: &View,
        project: Id,
        batch: Id,
        place: u32,
        first: usize,
        earlier: &mut Earlier,
    ) -> Answer<Option<(u32, Vec<Entry<Past>>)>> {
        let Some(part) = self.part(view, project, batch, place).await? else { return Ok(None) };
        let (at, outcomes) = (part.revision, part.record.outcomes);
        let next = part.record.first.saturating_add(u32::try_from(outcomes.len()).unwrap_or(u32::MAX));
        let mut entries = Vec::new();
        for outcome in outcomes {
            if !is_restored(Action::try_from(outcome.action).unwrap_or_default()) {
                continue;
            }
            let found = view.secret(project, &outcome.name).await;
            let found = found.map_err(OperationError::internal("reading a secret"))?;
            let line = i32::try_from(outcome.line).unwrap_or_default();
            let place = Place { index: first + entries.len(), line, name: &outcome.name };
            if let Some(by) = earlier.took_back(self, view, project, place.index).await? {
                let message = format!("Batch {by} has left nothing of it to undo.");
                let outcome = Outcome { message, ..place.outcome(Action::Unchanged) };
                entries.push(Entry { outcome, open: None });
                continue;
            }
            let placed: Outcome = place.outcome(Action::Unspecified);
            let left = Expected::by(&outcome, at);
            let open = Some(Open { about: Past { outcome, left }, found });
            entries.push(Entry { outcome: placed, open });
        }
        Ok(Some((next, entries)))
    }
}

fn steps_that_come_back(batch: &BatchRecord) -> usize {
    steps_where(batch, is_restored)
}

fn steps_where(batch: &BatchRecord, is: impl Fn(Action) -> bool) -> usize {
    let actions = (0..).zip(&batch.counts);
    let meant = actions.filter(|(action, _)| is(Action::try_from(*action).unwrap_or_default()));
    meant.map(|(_, count)| usize::try_from(*count).unwrap_or_default()).sum()
}

/// What those who took a part of the batch back have done. The outcomes of each stand at the same places.
struct Earlier {
    /// The latest that may have got to the place that is asked for.
    undo: Option<Id>,
    part: BatchPart,
}

impl Earlier {
    fn of(undo: Option<Id>) -> Self {
        Self { undo, part: BatchPart::default() }
    }

    /// Who undid the step at this place, if it was.
    async fn took_back(
        &mut self,
        operations: &Operations,
        view: &View,
        project: Id,
        place: usize,
    ) -> Answer<Option<Id>> {
        let sought = u32::try_from(place).unwrap_or(u32::MAX);
        while let (Some(undo), None) = (self.undo, self.at(place)) {
            match operations.part(view, project, undo, sought).await? {
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
